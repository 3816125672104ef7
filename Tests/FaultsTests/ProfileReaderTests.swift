import FaultFiles
import Faults
import FramePath
import Testing

@Suite struct ProfileReaderTests {
    private func findings(_ text: String) -> [ProfileError] {
        ProfileReader.inspect(text: text, file: "x.yaml").findings.errors
    }

    /// One rule in a profile; the rule starts on line 4.
    private func rule(_ text: String) -> String {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let body = lines.enumerated().map { ($0.offset == 0 ? "  - " : "    ") + $0.element }
        return "version: 1\nname: x\nrules:\n" + body.joined(separator: "\n") + "\n"
    }

    @Test("every part of the grammar is read")
    func whole() throws {
        let text = """
            version: 1
            name: all
            about: what
            source: where
            seed: 18446744073709551615
            rules:
              - id: one
                at: object.tx
                match:
                  direction: to-client
                  phase: [woken, active]
                  wake: {gte: 1, lte: 3}
                  handler: alarm
                  opcode: [text]
                  json: {/type: echo, /n: 5, /ok: true, "/q": "5", /none: null}
                  session: {key: "a*", attempt: 2}
                  object: room-?
                  size: {lte: 16KiB}
                fire: {every: 3, offset: 1, limit: 8, per: session}
                do:
                  - delay: {time: 1.5s, jitter: 500us}
                  - reorder: {window: 4, max_hold: 250ms}
                  - duplicate: {copies: 2, after: 20ms}
                  - stall: {for: 2s}
                  - stall: {}
                  - jam: {}
                  - close: {code: 1012, reason: restart}
              - {id: two, at: edge.tx, fire: {probability: 5%}, do: [{reset: {}}]}
              - {id: three, at: object.rx, fire: {nth: 2}, do: [{evict: {sockets: close}}]}
            expect:
              finding: {between: [object.tx, edge.rx], kind: missing, handler: alarm, phase: woken}
            """
        let profile = try ProfileReader.read(text: text, file: "a.yaml").get()
        #expect(profile.name == "all")
        #expect(profile.seed == .max)
        #expect(profile.rules.map(\.source) == ["a.yaml:7", "a.yaml:28", "a.yaml:29"])
        let one = profile.rules[0]
        #expect(one.profile == "all")
        #expect(one.at == .objectTx)
        #expect(one.match.phases == [.woken, .active])
        #expect(one.match.wake == Bounds(least: 1, most: 3))
        #expect(one.match.handlers == [.alarm])
        #expect(
            one.match.fields.map(\.value) == [
                .string("echo"), .number("5"), .bool(true), .string("5"), .null,
            ]
        )
        #expect(one.match.attempt == Bounds(exactly: 2))
        #expect(one.match.object == Glob("room-?"))
        #expect(one.match.size == Bounds(most: 16_384))
        #expect(one.fire == .every(period: 3, offset: 1))
        #expect(one.limit == 8)
        #expect(
            one.actions == [
                .delay(time: .milliseconds(1_500), jitter: .init(nanoseconds: 500_000)),
                .reorder(window: 4, holdMax: .milliseconds(250)),
                .duplicate(copies: 2, after: .milliseconds(20)), .stall(.seconds(2)), .stall(nil),
                .jam, .close(code: 1012, reason: "restart"),
            ]
        )
        #expect(profile.rules[1].fire == .probability(0.05))
        #expect(profile.rules[2].actions == [.evict(keepsSockets: false)])
        let expect = try #require(profile.expect)
        #expect(expect.between == .init(last: .objectTx, first: .edgeRx))
        #expect(expect.handler == .alarm)
        #expect(expect.phase == .woken)
        #expect(self.findings(text).isEmpty)
    }

    @Test("an error shows its line, a marker, what was expected and the nearest word")
    func rendering() {
        let text = self.rule(
            "id: r\nat: edge.tx\nmatch: {phase: [hybernated]}\nfire: {always: true}\ndo: [{drop: {}}]"
        )
        let errors = ProfileErrors(errors: self.findings(text))
        let wanted = """
            x.yaml:6:21: error[E012]: unknown phase "hybernated"
               6 |     match: {phase: [hybernated]}
                 |                     ^^^^^^^^^^ expected one of: fresh, active, idle, hibernating, \
            hibernated, waking, woken, evicted, closing
                 = help: did you mean "hibernated"?
            """
        #expect(errors.rendered == wanted)
        #expect(errors.json.contains(#""line":6,"column":21,"endColumn":31,"severity":"error""#))
    }

    @Test("all errors of a file are reported, in its order")
    func all() {
        let text = """
            version: 2
            nmae: x
            rules:
              - id: a b
                at: client.rx
                match: {direction: up, wake: {gte: 3, lte: 1}, sise: 3}
                fire: {probability: 5, nth: 1}
                do: [{dleay: {time: 150}}, drop]
              - id: r
                at: object.rx
                match: {direction: to-client, json: {type: x}}
                fire: {probability: 5}
                do: [{delay: {time: 150}}, {close: {code: 1006}}, {jam: {}}]
            """
        let found = self.findings(text).map { "\($0.line):\($0.column) \($0.code)" }
        #expect(
            found == [
                "1:1 E003", "1:10 E006", "2:1 E002", "4:9 E004", "5:9 E022", "6:24 E012",
                "6:34 E007", "6:52 E002", "7:12 E013", "8:11 E012", "8:32 E004", "11:24 E021",
                "11:42 E011", "12:25 E007", "13:25 E008", "13:47 E031", "13:56 E020",
            ]
        )
    }

    @Test(
        "what cannot work is an error with its own code",
        arguments: [
            ("fire: {}\ndo: [{drop: {}}]", "E013"),
            ("fire: {always: false}\ndo: [{drop: {}}]", "E013"),
            ("fire: {nth: 0}\ndo: [{drop: {}}]", "E007"),
            ("fire: {every: 3, offset: 3}\ndo: [{drop: {}}]", "E007"),
            ("fire: {nth: 1, offset: 1}\ndo: [{drop: {}}]", "E013"),
            ("do: [{drop: {}}]", "E003"), ("fire: {always: true}", "E003"),
            ("fire: {always: true}\ndo: []", "E004"),
            ("fire: {always: true}\ndo: [{drop: {}, jam: {}}]", "E004"),
            ("fire: {always: true}\ndo: [{drop: 1}]", "E004"),
            ("fire: {always: true}\ndo: [{close: {code: 1005}}]", "E031"),
            ("fire: {always: true}\ndo: [{close: {code: 1015}}]", "E031"),
            ("fire: {always: true}\ndo: [{jam: {}}]", "E020"),
            ("fire: {always: true}\ndo: [{evict: {}}]", "E020"),
            ("fire: {always: true}\ndo: [{reorder: {window: 1, max_hold: 1s}}]", "E007"),
            ("fire: {always: true}\ndo: [{delay: {time: 1s, jitter: 2s}}]", "E007"),
            (
                "fire: {always: true}\nmatch: {direction: to-object, handler: alarm}\ndo: [{drop: {}}]",
                "E021"
            ),
            ("fire: {always: true}\nmatch: {opcode: continuation}\ndo: [{drop: {}}]", "E021"),
            ("fire: {always: true, per: connection}\ndo: [{drop: {}}]", "E012"),
        ]
    )
    func refused(rest: String, code: String) {
        let found = self.findings(self.rule("id: r\nat: edge.rx\n" + rest))
        #expect(found.map(\.code) == [code])
        #expect(
            ProfileReader.inspect(text: self.rule("id: r\nat: edge.rx\n" + rest), file: "x")
                .profile == nil
        )
    }

    @Test(
        "what is not a profile at all is an error with a place",
        arguments: [
            ("", "1:1 E003"), ("- a\n", "1:1 E004"),
            ("version: 1\nname: x\nrules: [\n", "4:1 E001"),
            ("version: 1\nversion: 1\n", "1:1 E002"), ("a: &x 1\nb: *x\n", "1:4 E005"),
            ("version: 1\nname: x\nrules: []\n---\nb: 1\n", "4:1 E001"),
            ("version: 1\n\tname: x\n", "2:1 E001"),
        ]
    )
    func garbage(text: String, place: String) {
        let found = self.findings(text).map { "\($0.line):\($0.column) \($0.code)" }
        #expect(found.first == place, "\(found)")
    }

    @Test("likely mistakes are warnings and the profile is read")
    func warnings() throws {
        let text = """
            version: 1
            name: x
            rules:
              - id: a
                at: edge.tx
                match: {direction: to-client}
                fire: {always: true}
                do: [{drop: {}}, {reset: {}}]
              - id: b
                at: edge.tx
                match: {direction: to-client, phase: woken}
                fire: {nth: 1, per: object}
                do: [{delay: {time: 1s}}]
              - id: c
                at: edge.tx
                fire: {nth: 1}
                do: [{delay: {time: 0}}]
            """
        let found = self.findings(text).map { "\($0.line):\($0.column) \($0.code)" }
        #expect(found == ["8:23 W005", "9:9 W004", "12:11 W007", "17:25 W003"])
        #expect(try ProfileReader.read(text: text, file: "x").get().rules.count == 3)
    }

    @Test("a nested document of any depth and a very long one are refused, not a crash")
    func hostile() {
        let deep = String(repeating: "[", count: 20_000)
        #expect(!self.findings(deep).isEmpty)
        let long = String(repeating: "#", count: ProfileReader.lengthMax + 1)
        #expect(self.findings(long).map(\.code) == ["E009"])
        #expect(!self.findings("a: \u{0}\u{1}").isEmpty)
        let many = (0..<500).map { "k\($0): 1\n" }.joined()
        #expect(self.findings(many).count == 100)
    }
}
