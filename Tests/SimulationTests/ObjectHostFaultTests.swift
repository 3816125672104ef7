import Faults
import FramePath
import FrameTrace
import ObjectCore
import ObjectLink
import Testing

import struct NIOCore.ByteBuffer

/// The object server alone: rules at its points, the pump, credit, and the API's limits.
@Suite struct ObjectHostFaultTests {
    private let ping = #"{"type":"ping"}"#

    private func rule(
        _ point: Point,
        _ actions: [Action],
        _ fire: Trigger = .always,
        handlers: [Handler] = []
    ) -> Rule {
        var matcher = Matcher()
        matcher.handlers = handlers
        return Rule(
            id: "r",
            source: "test.yaml:1",
            profile: "test",
            at: point,
            match: matcher,
            fire: fire,
            actions: actions
        )
    }

    private func awake(_ rules: [Rule], credit: UInt32 = 262_144) -> HostDriver {
        let driver = HostDriver(rules: rules)
        driver.wake(.fetch)
        driver.open(credit: credit)
        return driver
    }

    @Test(
        "a message dropped at a point of the object is seen there and nowhere after",
        arguments: [Point.objectRx, .objectDispatch, .objectSend, .objectTx]
    )
    func drops(point: Point) {
        let handlers: [Handler] =
            [.objectSend, .objectTx].contains(point) ? [.webSocketMessage] : []
        let driver = self.awake([self.rule(point, [.drop], handlers: handlers)])
        driver.message(self.ping)
        #expect(driver.takeTexts().count == 1)
        let all = driver.points(.toObject) + driver.points(.toClient).dropFirst(2)
        #expect(all.last == point)
    }

    @Test(
        "a jam stops the session's pump for good and nobody else's",
        arguments: [
            Point.objectSend, .objectTx,
        ]
    )
    func jams(point: Point) {
        var rule = self.rule(point, [.jam], .nth(2))
        rule.match.sessionKey = Glob("k1")
        let driver = self.awake([rule])
        driver.open(2)
        _ = driver.takeTexts()
        for number in UInt32(0)..<3 { driver.message(self.ping, 1, ordinal: number) }
        #expect(driver.takeTexts().isEmpty)
        let seen = driver.trace.count { recorded in
            guard case .frame(let seen) = recorded.event else { return false }
            return seen.point == .objectTx && seen.message.id.session == driver.session(1)
        }
        // The welcome, and where the pump itself jams the one message it never ends.
        #expect(seen == (point == .objectTx ? 2 : 1))
        let packages = driver.sleep()
        #expect(packages.count == 2)
        driver.actions = []
        driver.wake(.text, highestWake: 0, packages: packages)
        driver.message(self.ping, 2, ordinal: 9)
        #expect(driver.takeTexts().count == 1)
    }

    @Test("a delayed message keeps its place and prevents sleep meanwhile")
    func delays() {
        let delay = Action.delay(time: .seconds(15), jitter: .zero)
        let driver = self.awake([self.rule(.objectDispatch, [delay], .nth(1))])
        _ = driver.takeTexts()
        driver.message(self.ping)
        driver.message(#"{"message":"second"}"#, ordinal: 1)
        driver.advance(.seconds(14))
        #expect(driver.takeTexts().isEmpty)
        #expect(driver.count(.hibernateBegin) == 0 && driver.count(.hibernateBlocked) == 1)
        driver.advance(.seconds(1))
        let texts = driver.takeTexts()
        #expect(texts.count == 2 && texts[0].contains("pong") && texts[1].contains("second"))
        #expect(driver.sleep().count == 1)
    }

    @Test("a close waits behind a delayed message and ends a lane that stands still")
    func closeBehind() {
        let driver = self.awake([self.rule(.objectRx, [.stall(nil)])])
        driver.message(self.ping)
        _ = driver.takeTexts()
        let close = LinkMessage.close(
            session: driver.session(1),
            code: 1000,
            reason: "",
            wasClean: true
        )
        driver.send(.stream(driver.current, close))
        #expect(driver.takeTexts().isEmpty)
        #expect(driver.logs.last == "Cleaned up connection")
    }

    @Test("a duplicate is a copy with a number of its own")
    func duplicates() {
        let copies = Action.duplicate(copies: 2, after: .zero)
        let driver = self.awake([self.rule(.objectTx, [copies])])
        #expect(driver.sent.map(\.id.copy) == [0, 1, 2])
    }

    @Test("close and reset at a point cut the client's leg")
    func cuts() {
        let rules = [self.rule(.objectDispatch, [.close(code: 1011, reason: "no")])]
        let driver = self.awake(rules)
        driver.message(self.ping)
        let cut = LinkMessage.cutSession(session: driver.session(1), code: 1011, reason: "no")
        #expect(driver.links.last == cut)
        let other = self.awake([self.rule(.objectDispatch, [.reset])])
        other.message(self.ping)
        guard case .cutSession(_, nil, _) = other.links.last else {
            Issue.record("no reset")
            return
        }
    }

    @Test(
        "an eviction destroys the instance, with or without its sockets",
        arguments: [true, false]
    )
    func evicts(keepsSockets: Bool) {
        let evict = Action.evict(keepsSockets: keepsSockets)
        let driver = self.awake([self.rule(.objectDispatch, [evict])])
        driver.actions = []
        driver.message(self.ping)
        #expect(driver.host.instanceCount == 0)
        #expect(driver.steps.last?.what == .evicted)
        switch driver.actions.last {
        case .resetStream: #expect(keepsSockets && driver.links.isEmpty)
        case .endStream: #expect(!keepsSockets && driver.links.count == 1)
        default: Issue.record("the stream goes on")
        }
        driver.message(self.ping)
        driver.wake(.text, packages: [])
        #expect(driver.links.contains(.life(phase: .woken, wake: 1)))
    }

    @Test("an eviction at a send ends the handler's other sends")
    func evictsInSend() {
        let evict = Action.evict(keepsSockets: true)
        let driver = self.awake([self.rule(.objectSend, [evict], handlers: [.webSocketMessage])])
        _ = driver.takeTexts()
        driver.message(self.ping)
        #expect(driver.takeTexts().isEmpty)
        #expect(driver.host.instanceCount == 0)
    }

    @Test("writes end when the credit is used up and go on when it is granted")
    func credit() {
        let driver = self.awake([], credit: 1)
        #expect(driver.takeTexts().count == 1)
        for number in UInt32(0)..<3 { driver.message(self.ping, ordinal: number) }
        #expect(driver.takeTexts().isEmpty)
        driver.advance(.seconds(20))
        #expect(driver.count(.hibernateBegin) == 0)
        let blocked = driver.steps.last { $0.what == .hibernateBlocked }
        #expect(blocked?.why?.contains("slow client (3 messages)") ?? false)
        for _ in 0..<3 {
            let grant = LinkMessage.credit(session: driver.session(1), bytes: 1_000)
            driver.send(.stream(driver.current, grant))
            #expect(driver.takeTexts().count == 1)
        }
        #expect(driver.sleep().count == 1)
    }

    @Test("a message that a rule dropped at object.tx takes no credit")
    func creditOfDropped() {
        let rules = [self.rule(.objectTx, [.drop], .nth(1))]
        let driver = self.awake(rules, credit: 1)
        driver.message(self.ping)
        #expect(driver.takeTexts().count == 1)
    }

    @Test("an outgoing queue that is full closes the session 1013")
    func queueFull() {
        var limits = ObjectLimits()
        limits.outgoingMessagesMax = 4
        let driver = HostDriver(ObjectConfiguration(limits: limits))
        driver.wake(.fetch)
        driver.open(credit: 1)
        for number in UInt32(0)..<6 { driver.message(self.ping, ordinal: number) }
        #expect(driver.count(.queueFull) == 1)
        let cut = LinkMessage.cutSession(
            session: driver.session(1),
            code: 1013,
            reason: "outgoing queue full"
        )
        #expect(driver.links.contains(cut))
    }

    @Test("the same events give the same actions and instance ids")
    func repeats() {
        func run() -> [Message] {
            let driver = self.awake([self.rule(.objectTx, [.drop], .probability(0.5))])
            for number in UInt32(0)..<50 { driver.message(self.ping, ordinal: number) }
            return driver.sent
        }
        let (one, two) = (run(), run())
        #expect(one == two && one.count > 5 && one.count < 45)
    }

    @Test("a profile that cannot be read is refused with its reason")
    func helloRefused() {
        struct Unreadable: Error, CustomStringConvertible {
            var description: String { "x.yaml:1:1: no" }
        }
        var host = ObjectHost(configuration: ObjectConfiguration(), entropy: 1) { _, _, _ in
            .failure(Unreadable())
        }
        let hello = LinkMessage.hello(edge: 1, run: "", seed: 0, profiles: [], version: 1)
        host.receive(.control(edge: 1, hello), at: .zero)
        guard case .control(1, .helloRefused("x.yaml:1:1: no")) = host.nextAction() else {
            Issue.record("not refused")
            return
        }
    }
}
