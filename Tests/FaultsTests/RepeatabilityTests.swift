import FaultFiles
import Faults
import FramePath
import NIOCore
import Testing

/// Concurrent runs differ in the order in which messages of different sessions, directions and
/// control sequences arrive; what is decided about each message must not.
@Suite struct RepeatabilityTests {
    /// Messages of one session, one direction, data or control: their order never changes.
    private struct Stream {
        var session: SessionFacts
        var messages: [Message]
    }

    private static let profile = """
        version: 1
        name: mix
        rules:
          - {id: p50, at: edge.rx, match: {direction: to-object}, fire: {probability: 0.5}, do: [{drop: {}}]}
          - {id: p20, at: edge.rx, match: {direction: to-object, opcode: text}, fire: {probability: 20%}, do: [{duplicate: {}}]}
          - {id: p85, at: edge.rx, match: {direction: to-client}, fire: {probability: 0.85}, do: [{reorder: {window: 3, max_hold: 9ms}}]}
          - {id: p30, at: edge.rx, match: {direction: to-client}, fire: {probability: 0.3}, do: [{delay: {time: 9ms, jitter: 8ms}}]}
          - {id: p40-both, at: edge.rx, fire: {probability: 0.4}, do: [{reset: {}}]}
          - {id: p60-control, at: edge.rx, match: {direction: to-object, opcode: ping}, fire: {probability: 0.6}, do: [{drop: {}}]}
          - {id: nth2-woken, at: edge.rx, match: {direction: to-client, phase: woken}, fire: {nth: 2}, do: [{drop: {}}]}
          - {id: nth3, at: edge.rx, match: {direction: to-object, json: {/n: 3}}, fire: {nth: 1}, do: [{drop: {}}]}
          - {id: every2, at: edge.rx, match: {direction: to-object, opcode: text}, fire: {every: 2}, do: [{delay: {time: 1ms, jitter: 1ms}}]}
          - {id: every3, at: edge.rx, match: {direction: to-client}, fire: {every: 3, offset: 1}, do: [{drop: {}}]}
          - {id: every4, at: edge.rx, match: {direction: to-client, opcode: text}, fire: {every: 4, offset: 3}, do: [{drop: {}}]}
          - {id: first4, at: edge.rx, match: {direction: to-client}, fire: {first: 4}, do: [{stall: {for: 1s}}]}
          - {id: p50-limit, at: edge.rx, match: {direction: to-client}, fire: {probability: 0.5, limit: 5}, do: [{drop: {}}]}
        """

    private static let streams: [Stream] = (1...8).flatMap { number -> [Stream] in
        // Two of the sessions are one key that connected twice.
        let facts = SessionFacts(key: "client-\(min(number, 7))", attempt: number == 8 ? 2 : 1)
        let toObject = (0..<12 as Range<UInt32>).map {
            message($0, direction: .toObject, text: "{\"n\":\($0 % 6)}")
        }
        let pings = (0..<5 as Range<UInt32>).map {
            message($0, direction: .toObject, kind: .ping, text: "")
        }
        let toClient = (0..<3 as Range<UInt32>).flatMap { epoch in
            (0..<5 as Range<UInt32>).map {
                message(
                    $0,
                    epoch: epoch,
                    phase: epoch > 0 && $0 < 2 ? .woken : .active,
                    wake: epoch
                )
            }
        }
        return [toObject, pings, toClient].map { Stream(session: facts, messages: $0) }
    }

    /// Computed by another process: hash seeds, addresses and threads have no say.
    private static let recorded: UInt64 = 16_925_371_258_667_584_986

    /// What was decided, by stream, message and rule, in that order whatever the order of asking.
    private func decisions(
        of profile: Profile,
        seed: UInt64,
        interleaving: UInt64
    ) -> [[[Decision]]] {
        var engine = FaultEngine(profiles: [profile], seed: seed, version: 1)
        var found = Self.streams.map { _ in [[Decision]]() }
        var open = Array(Self.streams.indices)
        var step: UInt64 = 0
        while !open.isEmpty {
            let draw = Philox.draw(key: (interleaving, 7), counter: (step, 0, 0, 0)).0
            let place = Int(draw % UInt64(open.count))
            let stream = open[place]
            let position = found[stream].count
            let asked = engine.ask(
                Self.streams[stream].messages[position],
                at: .edgeRx,
                session: Self.streams[stream].session
            )
            found[stream].append(asked.decisions)
            if found[stream].count == Self.streams[stream].messages.count { open.remove(at: place) }
            step += 1
        }
        return found
    }

    private func digest(_ decisions: [[[Decision]]]) -> UInt64 {
        var bytes = ByteBuffer()
        for decision in decisions.joined().joined() {
            bytes.writeString(decision.rule)
            bytes.writeInteger(UInt8(decision.fired ? 1 : 0))
            bytes.writeInteger(decision.nth)
            bytes.writeInteger(decision.draw ?? 0)
            bytes.writeInteger(decision.delayNanoseconds ?? 0)
        }
        return XXH64.hash(bytes)
    }

    @Test("200 interleavings, and every other process, decide the same")
    func interleavings() throws {
        let profile = try ProfileReader.read(text: Self.profile, file: "mix.yaml").get()
        #expect(profile.rules.count >= 10)
        let first = self.decisions(of: profile, seed: 42, interleaving: 0)
        for rule in profile.rules {
            let own = first.joined().joined().filter { $0.rule == rule.id }
            let share = Double(own.count { $0.fired }) / Double(own.count)
            #expect((0.1...0.9).contains(share), "\(rule.id): \(share)")
        }
        for interleaving in 1..<200 as Range<UInt64> {
            let other = self.decisions(of: profile, seed: 42, interleaving: interleaving)
            try #require(other == first, "interleaving \(interleaving)")
        }
        #expect(self.digest(first) == Self.recorded)
        #expect(
            self.digest(self.decisions(of: profile, seed: 43, interleaving: 0)) != Self.recorded
        )
    }

    @Test("one draw is what the published generator gives for its key and counter")
    func draw() {
        var engine = FaultEngine(
            Rule(id: "r", at: .edgeTx, fire: .probability(0.5), actions: [.drop]),
            seed: 9
        )
        let facts = SessionFacts(key: "key", attempt: 3)
        let asked = engine.ask(message(5, epoch: 2), session: facts).decisions[0]
        let place: UInt64 = 2 << 34 | 5 << 2 | 1
        let words = Philox.draw(
            key: (9, XXH64.hash("r")),
            counter: (XXH64.hash("key"), 3, place, 0)
        )
        #expect(asked.draw == words.0)
        #expect(asked.fired == (Double(words.0 >> 11) / 0x1p53 < 0.5))
    }
}
