import Faults
import FramePath
import FrameTrace
import ObjectCore
import ObjectLink
import Testing

import struct NIOCore.ByteBuffer

/// Any order of events, also one that no edge sends, and any rules.
@Suite struct ObjectHostFuzzTests {
    private struct Draws {
        var state: UInt64

        mutating func below(_ bound: Int) -> Int {
            self.state = self.state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(truncatingIfNeeded: self.state >> 33) % bound
        }
    }

    private static let points: [Point] = [.objectRx, .objectDispatch, .objectSend, .objectTx]

    private func rules(_ draws: inout Draws) -> [Rule] {
        let actions: [Action] = [
            .drop, .delay(time: .milliseconds(700), jitter: .milliseconds(300)), .jam, .reset,
            .reorder(window: 3, holdMax: .seconds(2)), .stall(.seconds(1)), .stall(nil),
            .duplicate(copies: 2, after: .milliseconds(10)), .close(code: 1011, reason: "x"),
            .evict(keepsSockets: true), .evict(keepsSockets: false),
        ]
        return (0..<draws.below(4)).map { number in
            Rule(
                id: "r\(number)",
                source: "f.yaml:\(number)",
                profile: "f",
                at: Self.points[draws.below(4)],
                fire: .probability(0.1),
                actions: [actions[draws.below(actions.count)]]
            )
        }
    }

    private func act(_ driver: HostDriver, _ draws: inout Draws, _ ordinal: UInt32) {
        // No edge gives a session's number twice.
        let newest = 1 + ordinal
        let number = newest - min(ordinal, UInt32(draws.below(40)))
        let session = driver.session(number)
        let texts = [
            #"{"type":"ping"}"#, #"{"type":"heartbeat"}"#, #"{"type":"close","code":4000}"#, "x",
        ]
        switch draws.below(14) {
        case 0: driver.wake(.text, highestWake: UInt32(draws.below(5)))
        case 1, 2: driver.open(newest, credit: UInt32(draws.below(300)))
        case 3: driver.ready()
        case 4: driver.send(.stream(driver.current, .credit(session: session, bytes: 100)))
        case 5:
            let isClean = draws.below(2) == 0
            let close = LinkMessage.close(
                session: session,
                code: isClean ? 1000 : 1006,
                reason: "",
                wasClean: isClean
            )
            driver.send(.stream(driver.current, close))
        case 6: driver.send(.stream(driver.current, .error(session: session, reason: "e")))
        case 7: driver.send(.streamEnded(driver.current, clean: draws.below(2) == 0))
        case 8 where draws.below(10) == 0:
            driver.send(.edgeLost(edge: 1))
            driver.hello()
        case 9 where draws.below(10) == 0: driver.send(.stream(driver.current, .hibernateBegin))
        case 10: driver.advance(.milliseconds(UInt64(draws.below(20_000))))
        default: driver.message(texts[draws.below(texts.count)], number, ordinal: ordinal)
        }
    }

    @Test("the host neither traps nor stands still, and forgets what is over", arguments: 0..<60)
    func anything(seed: UInt64) {
        var draws = Draws(state: seed)
        let mode = ObjectMode.allCases[draws.below(3)]
        let preset = ObjectPreset.allCases[draws.below(2)]
        let driver = HostDriver(
            ObjectConfiguration(mode: mode, preset: preset),
            rules: self.rules(&draws)
        )
        for ordinal in UInt32(0)..<400 { self.act(driver, &draws, ordinal) }
        var ordinals: [MessageID: Int] = [:]
        for message in driver.sent where message.id.copy == 0 {
            ordinals[message.id, default: 0] += 1
        }
        #expect(ordinals.values.allSatisfy { $0 == 1 }, "an identity was sent twice")
        driver.send(.edgeLost(edge: 1))
        driver.hello()
        driver.advance(.seconds(3_600))
        #expect(driver.host.instanceCount == 0)
        #expect(driver.host.nextDeadline == nil)
    }
}
