import FramePath
import FrameTrace
import ObjectCore
import ObjectLink
import Testing

import struct NIOCore.ByteBuffer

/// The object server alone: sleep, wake, pins and alarms.
@Suite struct ObjectHostSleepTests {
    private let ping = #"{"type":"ping"}"#

    private func awake(_ configuration: ObjectConfiguration = .init()) -> HostDriver {
        let driver = HostDriver(configuration)
        driver.wake(.fetch)
        driver.open()
        return driver
    }

    @Test("an idle object sleeps after the barrier and is out of memory")
    func sleeps() throws {
        let driver = self.awake()
        driver.advance(.seconds(9))
        #expect(driver.count(.hibernateBegin) == 0)
        driver.advance(.seconds(1))
        #expect(driver.links.suffix(2) == [.life(phase: .hibernating, wake: 0), .hibernateBegin])
        #expect(driver.host.instanceCount == 1)
        driver.ready()
        #expect(driver.host.instanceCount == 0)
        guard case .endStream(let stream) = driver.actions.last else {
            Issue.record("the stream was not ended")
            return
        }
        #expect(stream == driver.current)
        #expect(driver.count(.hibernated) == 1)
    }

    @Test("a wake restores the socket, one wake ordinal higher, first handler woken, then active")
    func wakes() throws {
        let driver = self.awake()
        let first = try #require(driver.sent.first)
        let packages = driver.sleep()
        driver.actions = []
        driver.wake(.text, highestWake: 0, packages: packages)
        driver.message(self.ping, ordinal: 0)
        driver.message(self.ping, ordinal: 1)
        let sent = driver.sent
        #expect(sent.map(\.phase) == [.woken, .active])
        #expect(sent.map(\.wake) == [1, 1] && sent.map(\.id.epoch) == [1, 1])
        #expect(sent.map(\.id.ordinal) == [0, 1])
        #expect(sent[0].instance != first.instance)
        let lives = driver.links.filter { if case .life = $0 { true } else { false } }
        #expect(lives == [.life(phase: .woken, wake: 1), .life(phase: .active, wake: 1)])
    }

    @Test("the wake ordinal is one above the highest that is known")
    func wakeOrdinal() {
        let driver = HostDriver()
        driver.wake(.text, highestWake: 41)
        #expect(driver.links.first == .life(phase: .woken, wake: 42))
    }

    @Test("an event between announcement and answer cancels the sleep")
    func cancels() {
        let driver = self.awake()
        driver.advance(.seconds(10))
        driver.actions = []
        driver.message(self.ping)
        #expect(driver.links.prefix(2) == [.life(phase: .active, wake: 0), .hibernateCancel])
        #expect(driver.takeTexts().count == 1)
        driver.ready()
        #expect(driver.host.instanceCount == 1)
        #expect(driver.sleep().count == 1)
    }

    @Test("an answer to a cancelled announcement does not end the next one")
    func staleAnswer() {
        let driver = self.awake()
        driver.advance(.seconds(10))
        driver.message(self.ping)
        driver.advance(.seconds(10))
        #expect(driver.count(.hibernateBegin) == 2)
        driver.ready()
        #expect(driver.host.instanceCount == 1)
        driver.ready()
        #expect(driver.host.instanceCount == 0)
    }

    @Test("messages put sleep off")
    func putsOff() {
        let driver = self.awake()
        for number in 0..<5 {
            driver.advance(.seconds(9))
            driver.message(self.ping, ordinal: UInt32(number))
        }
        #expect(driver.count(.hibernateBegin) == 0)
    }

    @Test("preset original is pinned by its timeout, says so, and closes the socket by it")
    func original() {
        let driver = self.awake(ObjectConfiguration(preset: .original))
        let words = "prevents hibernation: setTimeout pending (connection timeout, 60 s)"
        #expect(driver.steps.filter { $0.what == .hibernateBlocked }.map(\.why) == [words])
        driver.advance(.seconds(59))
        #expect(driver.count(.hibernateBegin) == 0)
        driver.advance(.seconds(2))
        let close = LinkMessage.closeSession(
            session: driver.session(1),
            code: 1000,
            reason: "Connection timeout"
        )
        #expect(driver.links.contains(close))
        driver.advance(.seconds(30))
        #expect(driver.count(.hibernateBegin) == 1)
    }

    @Test("preset original: each heartbeat pushes the alarm back, so it never fires")
    func pushedBack() {
        let driver = self.awake(ObjectConfiguration(preset: .original))
        for number in 0..<10 {
            driver.advance(.seconds(20))
            driver.message(#"{"type":"heartbeat"}"#, ordinal: UInt32(number))
        }
        #expect(driver.count(.alarmFire) == 0)
        #expect(driver.count(.hibernateBegin) == 0)
    }

    @Test("resident mode never sleeps and says why once")
    func resident() {
        let driver = self.awake(ObjectConfiguration(mode: .resident))
        driver.advance(.seconds(50))
        driver.message(self.ping)
        driver.advance(.seconds(50))
        #expect(driver.count(.hibernateBegin) == 0)
        #expect(driver.count(.hibernateBlocked) == 1)
    }

    @Test("forgetful mode answers before a sleep and not after it")
    func forgetful() {
        let driver = self.awake(ObjectConfiguration(mode: .forgetful))
        driver.message(self.ping)
        #expect(driver.takeTexts().count == 2)
        let packages = driver.sleep()
        #expect(packages.count == 1)
        driver.actions = []
        driver.wake(.text, highestWake: 0, packages: packages)
        driver.message(self.ping, ordinal: 1)
        #expect(driver.takeTexts().isEmpty)
        #expect(driver.logs.last == "Message of an unknown connection, no answer")
        #expect(driver.points(.toObject).suffix(2) == [.objectRx, .objectDispatch])
        driver.open(2)
        driver.message(self.ping, 2)
        #expect(driver.takeTexts().count == 2)
    }

    @Test("an alarm wakes a sleeping object, closes what is stale and is set again")
    func alarmWakes() {
        let driver = self.awake()
        var packages = driver.sleep()
        for round in UInt32(0)..<2 {
            driver.actions = []
            driver.advance(.seconds(50))
            #expect(
                driver.controls.contains(.attachRequest(object: "test-room", reason: .alarm))
            )
            driver.wake(.alarm, highestWake: round, packages: packages)
            if round == 0 { packages = driver.sleep() }
        }
        #expect(driver.logs.count { $0 == "Alarm triggered - checking for stale connections" } == 2)
        #expect(driver.logs.count { $0 == "Closing stale connection via alarm" } == 1)
        let close = LinkMessage.closeSession(
            session: driver.session(1),
            code: 1000,
            reason: "Connection timeout"
        )
        #expect(driver.links.contains(close))
        #expect(driver.steps.filter { $0.what == .handlerStart }.last?.handler == .alarm)
        driver.send(
            .stream(
                driver.current,
                .close(session: driver.session(1), code: 1000, reason: "", wasClean: true)
            )
        )
        #expect(driver.count(.alarmDelete) == 1)
        _ = driver.sleep()
        #expect(driver.host.nextDeadline.map { $0 <= driver.now } ?? true)
    }

    @Test("a due alarm that no edge answers is asked for six times and then given up")
    func alarmGivesUp() {
        let driver = self.awake()
        _ = driver.sleep()
        driver.actions = []
        driver.advance(.seconds(600))
        #expect(driver.controls.count == 6)
        #expect(driver.steps.last?.what == .alarmDelete)
        #expect(driver.host.nextDeadline == nil)
    }

    @Test("a due alarm with nobody to ask waits for the next edge")
    func alarmWaits() {
        let driver = self.awake()
        _ = driver.sleep()
        driver.send(.edgeLost(edge: 1))
        driver.advance(.seconds(600))
        driver.actions = []
        driver.hello()
        driver.advance(.zero)
        #expect(driver.controls.contains(.attachRequest(object: "test-room", reason: .alarm)))
    }

    @Test("losing the edge destroys the instance and the next one is a wake")
    func edgeLost() {
        let driver = self.awake()
        driver.send(.edgeLost(edge: 1))
        #expect(driver.host.instanceCount == 0 && driver.steps.last?.what == .evicted)
        driver.hello()
        driver.actions = []
        driver.wake(.text)
        #expect(driver.links.first == .life(phase: .woken, wake: 1))
    }

    @Test("a second stream of an attached object is reset, the first goes on")
    func secondStream() {
        let driver = self.awake()
        let other = HostStreamID(edge: 2, number: 1)
        driver.actions = []
        driver.send(.streamOpened(other, object: "test-room"))
        guard case .resetStream(other) = driver.actions.first else {
            Issue.record("not reset")
            return
        }
        driver.message(self.ping)
        #expect(driver.takeTexts().count == 1)
    }

    @Test("an event before wake resets the stream")
    func eventBeforeWake() {
        let driver = HostDriver()
        let stream = HostStreamID(edge: 1, number: 5)
        driver.send(.streamOpened(stream, object: "a"))
        driver.send(.stream(stream, .error(session: driver.session(1), reason: "x")))
        guard case .resetStream(stream) = driver.actions.last else {
            Issue.record("not reset")
            return
        }
    }

    @Test("shutdown ends every stream and finishes")
    func shutdown() {
        let driver = self.awake()
        driver.actions = []
        driver.send(.shutdown)
        #expect(driver.actions.count == 2)
        guard case .finished = driver.actions.last else {
            Issue.record("not finished")
            return
        }
    }
}
