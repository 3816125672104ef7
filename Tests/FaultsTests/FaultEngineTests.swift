import Faults
import FramePath
import Testing

@Suite struct FaultEngineTests {
    @Test("an engine without rules passes everything and says so")
    func empty() {
        var engine = FaultEngine()
        for point in Point.allCases {
            #expect(!engine.hasRules(at: point))
            #expect(engine.ask(message(), at: point).verdict == .pass)
        }
    }

    @Test("a rule is asked at its own point and direction only")
    func place() {
        var match = Matcher()
        match.direction = .toClient
        var engine = FaultEngine(
            Rule(id: "r", at: .edgeRx, match: match, fire: .always, actions: [.drop])
        )
        #expect(Point.allCases.filter { engine.hasRules(at: $0) } == [.edgeRx])
        #expect(engine.ask(message(), at: .edgeTx).verdict == .pass)
        #expect(engine.ask(message(direction: .toObject), at: .edgeRx).decisions.isEmpty)
        #expect(engine.ask(message(), at: .edgeRx).verdict.effects?.ending == .drop)
    }

    @Test("counting triggers fire on the messages they name, up to the limit")
    func triggers() {
        func fired(_ trigger: Trigger, limit: UInt64? = nil) -> [UInt32] {
            var engine = FaultEngine(
                Rule(id: "r", at: .edgeTx, fire: trigger, limit: limit, actions: [.drop])
            )
            return (1...10).filter { engine.ask(message($0)).decisions[0].fired }
        }
        #expect(fired(.always) == Array(1...10))
        #expect(fired(.always, limit: 2) == [1, 2])
        #expect(fired(.nth(3)) == [3])
        #expect(fired(.first(2)) == [1, 2])
        #expect(fired(.every(period: 3, offset: 0)) == [3, 6, 9])
        #expect(fired(.every(period: 3, offset: 1)) == [1, 4, 7, 10])
        #expect(fired(.every(period: 3, offset: 0), limit: 1) == [3])
        #expect(fired(.probability(0)) == [])
        #expect(fired(.probability(1)) == Array(1...10))
    }

    @Test("only matching messages count, and each is decided on whether it fires or not")
    func counting() {
        var match = Matcher()
        match.opcodes = [.text]
        var engine = FaultEngine(
            Rule(id: "r", at: .edgeTx, match: match, fire: .nth(2), actions: [.drop])
        )
        #expect(engine.ask(message(0)).decisions.map(\.nth) == [1])
        #expect(engine.ask(message(1, kind: .binary)).decisions.isEmpty)
        let second = engine.ask(message(2)).decisions
        #expect(second.map(\.nth) == [2])
        #expect(second.map(\.fired) == [true])
    }

    @Test("each scope counts for itself, and an ended session is forgotten")
    func scopes() {
        func counts(_ scope: Scope) -> [UInt64] {
            var engine = FaultEngine(
                Rule(id: "r", at: .edgeTx, fire: .always, per: scope, actions: [.drop])
            )
            let one = SessionFacts(key: "one", attempt: 1)
            let two = SessionFacts(key: "two", attempt: 1)
            var nths: [UInt64] = []
            for (session, object) in [(one, "a"), (two, "a"), (one, "b"), (one, "a")] {
                let decisions = engine.ask(message(), session: session, object: object).decisions
                nths += decisions.map(\.nth)
            }
            engine.sessionEnded(one)
            return nths + engine.ask(message(), session: one, object: "a").decisions.map(\.nth)
        }
        #expect(counts(.session) == [1, 1, 2, 3, 1])
        #expect(counts(.object) == [1, 2, 1, 3, 4])
        #expect(counts(.all) == [1, 2, 3, 4, 5])
    }

    @Test("delays add, and nothing after the first ending applies though it still decides")
    func chain() {
        let second = Tick.Span.seconds(1)
        var engine = FaultEngine(
            Rule(
                id: "a",
                at: .edgeTx,
                fire: .always,
                actions: [
                    .delay(time: second, jitter: .zero), .duplicate(copies: 2, after: second),
                ]
            ),
            Rule(
                id: "b",
                at: .edgeTx,
                fire: .always,
                actions: [.delay(time: second, jitter: .zero), .drop, .jam]
            ),
            Rule(
                id: "c",
                at: .edgeTx,
                fire: .always,
                actions: [.close(code: 1012, reason: "x"), .stall(nil)]
            )
        )
        let (verdict, decisions) = engine.ask(message())
        #expect(verdict.effects?.delay == .seconds(2))
        #expect(verdict.effects?.copies == [second, .seconds(2)])
        #expect(verdict.effects?.ending == .drop)
        #expect(verdict.effects?.jams == false)
        #expect(verdict.effects?.stall == nil)
        #expect(decisions.map(\.rule) == ["a", "b", "c"])
        #expect(decisions.map(\.fired) == [true, true, true])
        #expect(decisions.map(\.action) == ["delay+duplicate", "delay+drop+jam", "close+stall"])
        #expect(decisions.map(\.delayNanoseconds) == [1_000_000_000, 1_000_000_000, nil])
    }

    @Test("removing a rule moves no other rule's draws")
    func independence() {
        let half = Rule(id: "half", at: .edgeTx, fire: .probability(0.5), actions: [.drop])
        let other = Rule(id: "other", at: .edgeTx, fire: .always, actions: [.drop])
        var alone = FaultEngine(half)
        var both = FaultEngine(other, half)
        for ordinal in 0..<200 as Range<UInt32> {
            let one = alone.ask(message(ordinal)).decisions[0]
            let two = both.ask(message(ordinal)).decisions[1]
            #expect(one == two)
        }
    }

    @Test("jittered delays spread over their range, differ by wake, and stay in it")
    func jitter() {
        var engine = FaultEngine(
            Rule(
                id: "r",
                at: .edgeTx,
                fire: .always,
                actions: [.delay(time: .milliseconds(100), jitter: .milliseconds(50))]
            )
        )
        var delays: [UInt64] = []
        for epoch in 0..<2 as Range<UInt32> {
            for ordinal in 0..<500 as Range<UInt32> {
                let verdict = engine.ask(message(ordinal, epoch: epoch)).verdict
                delays.append(verdict.effects?.delay.nanoseconds ?? 0)
            }
        }
        #expect(delays.allSatisfy { (50_000_000...150_000_000).contains($0) })
        #expect(delays.contains { $0 < 60_000_000 })
        #expect(delays.contains { $0 > 140_000_000 })
        #expect(Set(delays).count == 1_000)
    }

    @Test("each part of a matcher excludes what it should")
    func matchers() {
        func matches(_ change: (inout Matcher) -> Void, _ candidate: Message) -> Bool {
            var match = Matcher()
            change(&match)
            var engine = FaultEngine(
                Rule(id: "r", at: .edgeTx, match: match, fire: .always, actions: [.drop])
            )
            return !engine.ask(candidate).decisions.isEmpty
        }
        let echo = message(phase: .woken, wake: 2, text: #"{"type":"echo","n":2.0}"#)
        #expect(matches({ $0.phases = [.woken, .fresh] }, echo))
        #expect(!matches({ $0.phases = [.active] }, echo))
        #expect(matches({ $0.wake = Bounds(least: 1) }, echo))
        #expect(!matches({ $0.wake = Bounds(exactly: 1) }, echo))
        #expect(matches({ $0.handlers = [.webSocketMessage] }, echo))
        #expect(!matches({ $0.handlers = [.fetch] }, echo))
        #expect(!matches({ $0.opcodes = [.binary] }, echo))
        #expect(matches({ $0.object = Glob("ro*") }, echo))
        #expect(!matches({ $0.object = Glob("ro") }, echo))
        #expect(matches({ $0.sessionKey = Glob("k") }, echo))
        #expect(!matches({ $0.attempt = Bounds(least: 2) }, echo))
        #expect(matches({ $0.size = Bounds(least: 23, most: 23) }, echo))
        #expect(!matches({ $0.size = Bounds(most: 22) }, echo))
        guard let type = JSONPointer("/type"), let number = JSONPointer("/n") else { return }
        #expect(matches({ $0.fields = [.init(pointer: type, value: .string("echo"))] }, echo))
        #expect(!matches({ $0.fields = [.init(pointer: type, value: .string("pong"))] }, echo))
        #expect(matches({ $0.fields = [.init(pointer: number, value: .number("2"))] }, echo))
        #expect(!matches({ $0.fields = [.init(pointer: number, value: .string("2"))] }, echo))
        let binary = message(kind: .binary, text: #"{"type":"echo"}"#)
        #expect(!matches({ $0.fields = [.init(pointer: type, value: .string("echo"))] }, binary))
    }

    @Test(
        "a glob matches the whole text",
        arguments: [
            ("", "", true), ("*", "", true), ("a*c", "abc", true), ("a*c", "abcd", false),
            ("a?c", "abc", true), ("a?c", "ac", false), ("*b*b*", "abab", true),
            ("*ab", "aab", true), ("x*", "", false),
        ]
    )
    func globs(pattern: String, text: String, isMatch: Bool) {
        #expect(Glob(pattern).matches(text) == isMatch)
    }

    @Test("after a reload an unchanged rule goes on counting and a changed one begins again")
    func reload() {
        let kept = Rule(id: "kept", source: "f:3", at: .edgeTx, fire: .nth(3), actions: [.drop])
        let changed = Rule(id: "changed", at: .edgeTx, fire: .nth(3), actions: [.jam])
        var old = FaultEngine(kept, changed)
        for ordinal in 0..<2 { _ = old.ask(message(UInt32(ordinal))) }
        var moved = kept
        moved.source = "f:9"
        var other = changed
        other.actions = [.drop]
        var engine = FaultEngine(
            profiles: [Profile(name: "p", rules: [other, moved])],
            seed: 42,
            version: 2
        )
        engine.keepState(of: old)
        let decisions = engine.ask(message(2)).decisions
        #expect(decisions.map(\.rule) == ["changed", "kept"])
        #expect(decisions.map(\.nth) == [1, 3])
        #expect(decisions.map(\.fired) == [false, true])
        #expect(decisions.map(\.version) == [2, 2])
        #expect(decisions.map(\.source) == ["", "f:9"])
    }

    @Test(
        "a rule that comes back after it was gone begins again, and so does one of another profile"
    )
    func reloadElsewhere() {
        let rule = Rule(id: "r", profile: "p", at: .edgeTx, fire: .nth(2), actions: [.drop])
        var old = FaultEngine(rule)
        _ = old.ask(message(0))
        var gone = FaultEngine(profiles: [], seed: 42, version: 2)
        gone.keepState(of: old)
        var back = FaultEngine(rule)
        back.keepState(of: gone)
        #expect(back.ask(message(1)).decisions.map(\.nth) == [1])
        var other = rule
        other.profile = "q"
        var elsewhere = FaultEngine(other)
        elsewhere.keepState(of: old)
        #expect(elsewhere.ask(message(1)).decisions.map(\.nth) == [1])
    }
}
