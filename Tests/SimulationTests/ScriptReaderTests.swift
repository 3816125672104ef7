import ClientCore
import FaultFiles
import FramePath
import ScriptFiles
import Testing

@Suite("A script is read whole, or all its errors are told with their place")
struct ScriptReaderTests {
    private static let head = "version: 1\nname: mine\n"

    private func read(_ rest: String, _ environment: [String: String] = [:]) throws -> Script {
        try ScriptReader.read(text: Self.head + rest, file: "mine.yaml") { environment[$0] }.get()
    }

    private func errors(_ text: String) -> [ProfileError] {
        switch ScriptReader.read(text: text, file: "mine.yaml", environment: { _ in nil }) {
        case .success: []
        case .failure(let failure): failure.errors
        }
    }

    @Test("the built-in script is read, and judges eight rows in four columns")
    func builtIn() throws {
        let script = try BuiltInScript.read().get()
        #expect(script.rows == PingPongRow.allCases.map(\.rawValue))
        #expect(
            script.columns == [
                ScriptColumn.fresh, ScriptColumn.firstAfterWake, ScriptColumn.later,
                ScriptColumn.secondWake,
            ]
        )
        #expect(script.lanes.count == 8)
    }

    @Test("a step without labels is named by its words and by the idle steps before it")
    func labels() throws {
        let script = try self.read(
            """
            steps:
              - send: {json: {type: hello, id: "{{unique}}"}}
                expect: {json: {/type: reply}}
              - idle: 2s
              - ping
              - expect: pong
              - send: 'a text that is longer than a table has room for'
                expect: [{prefix: ok}, {kind: binary, count: 3}]
              - idle-until-hibernated
              - send: {base64: AAEC}
              - expect: {json: {/done: true}}
              - close: 4001
                expect: {close: [4001, 1000]}
                column: goodbye
            """
        )
        let judged = script.lanes[0].steps.filter(\.isJudged)
        #expect(
            judged.map(\.row) == [
                "hello → reply", "protocol ping → pong", "a text that is longer t… → ok, …",
                "3 bytes → /done", "close → close 4001 or 1000",
            ]
        )
        #expect(
            judged.map(\.column) == ["fresh", "after idle", "later", "first after wake", "goodbye"]
        )
        #expect(script.columns == ["fresh", "after idle", "first after wake", "later", "goodbye"])
    }

    @Test("handshakes, texts and secrets come out as they were written")
    func values() throws {
        let script = try self.read(
            """
            path: /rooms/{{object}}?token=${TOKEN}
            headers: {Authorization: "Bearer ${TOKEN}", X-Plain: "$${TOKEN} {a}"}
            cookies: {sid: "${SID}", theme: dark}
            subprotocols: [chat.v2, chat.v1]
            sessions:
              alice:
              bob: {path: /bob, headers: {X-Plain: b}}
            steps:
              - connect: alice
              - send: "{{number}} {{now}}"
                session: bob
            """,
            ["TOKEN": "s3cret", "SID": "42"]
        )
        let sessions = script.lanes[0].sessions
        #expect(sessions.map(\.name) == ["alice", "bob"])
        #expect(sessions[0].path?.parts.last == .secret(name: "TOKEN", value: "s3cret"))
        #expect(!sessions[0].isPathFixed)
        #expect(sessions[1].isPathFixed)
        #expect(sessions[0].headers.map(\.name) == ["Authorization", "X-Plain", "Cookie"])
        #expect(sessions[0].headers[1].value.parts == [.literal("${TOKEN} {a}")])
        #expect(
            sessions[0].headers[2].value.parts == [
                .literal("sid="), .secret(name: "SID", value: "42"), .literal("; theme="),
                .literal("dark"),
            ]
        )
        #expect(sessions[1].headers.last == .init(name: "X-Plain", value: ScriptText("b")))
        let payload = ScriptText(parts: [.value(.number), .literal(" "), .value(.time)])
        #expect(script.lanes[0].steps[1].action == .send(.text(payload)))
    }

    @Test("a document keeps the order of its keys and the kinds of its values")
    func json() throws {
        let script = try self.read(
            """
            steps:
              - send: {json: {b: 1.5e3, a: [true, null, "1", x], "é": {}}}
            """
        )
        #expect(
            script.lanes[0].steps[0].action
                == .send(
                    .json(
                        .object([
                            .init(key: "b", value: .number("1.5e3")),
                            .init(
                                key: "a",
                                value: .array([
                                    .bool(true), .null, .string(ScriptText("1")),
                                    .string(ScriptText("x")),
                                ])
                            ), .init(key: "é", value: .object([])),
                        ])
                    )
                )
        )
    }

    @Test(
        "what cannot be meant is an error with its code and place",
        arguments: [
            ("steps: []", "3:8 E004"),
            ("steps:\n  - sned: x", "4:5 E002"),
            ("steps:\n  - send: x\n    ping:", "5:5 E042"),
            ("steps:\n  - {}", "4:5 E042"),
            ("steps:\n  - send", "4:5 E003"),
            ("steps:\n  - idle: 3", "4:11 E008"),
            ("steps:\n  - idle: 1s\n    expect: pong", "5:5 E042"),
            ("steps:\n  - send: '{{uniqe}}'", "4:11 E040"),
            ("steps:\n  - send: ${TOKEN}", "4:11 E041"),
            ("path: /{{number}}\nsteps:\n  - connect", "3:7 E040"),
            ("path: rooms\nsteps:\n  - connect", "3:7 E004"),
            ("headers: {Host: x}\nsteps:\n  - connect", "3:11 E043"),
            ("headers: {A: \"x\\r\\ny: z\"}\nsteps:\n  - connect", "3:14 E004"),
            ("sessions: [a, b]\nsteps:\n  - ping", "5:5 E003"),
            ("sessions: [a, a]\nsteps:\n  - ping", "3:15 E010"),
            ("sessions: [alice, bob]\nsteps:\n  - connect: alcie", "5:14 E012"),
            ("steps:\n  - expect: {never: true}", "4:14 E042"),
            ("steps:\n  - expect: {pong: true, close: 1000}", "4:26 E042"),
            ("steps:\n  - expect: {refused: 401}", "4:23 E042"),
            ("steps:\n  - expect: {json: {type: x}}", "4:21 E011"),
            ("steps:\n  - expect: {kind: binary, prefix: x}", "4:14 E042"),
            ("steps:\n  - expect: {count: 0}", "4:21 E007"),
            ("steps:\n  - connect\n    repeat: 2", "5:11 E001"),
            ("steps:\n  - connect:\n    repeat: 2", "5:5 E042"),
            ("steps:\n  - close: 1006", "4:12 E007"),
            ("steps:\n  - send: {base64: '?'}", "4:20 E004"),
            ("steps:\n  - send: {json: {a: 1_0}}", ""),
            ("steps:\n  - send: {json: {a: 01}}", "4:22 E004"),
            ("steps:\n  - send: &a x", "4:11 E005"),
            ("steps: [ping]\nlanes: [{steps: [ping]}]", "4:1 E042"),
            ("about: nothing", "1:1 E003"),
            ("greeting: pong\nsteps: [ping]", "3:11 E042"),
            ("steps:\n  - send: x\n    expect: pong\n    await: pong", "6:5 E042"),
            ("steps:\n  - send: x\n    row: ''", "5:10 E004"),
        ]
    )
    func mistakes(rest: String, place: String) {
        let found = self.errors(Self.head + rest).map { "\($0.line):\($0.column) \($0.code)" }
        #expect(found.joined(separator: ", ") == place)
    }

    @Test("all errors of a file are told at once, with the nearest word")
    func all() {
        let text = """
            version: 2
            name: m
            steps:
              - sned: x
              - idel-until-hibernated
              - send: {txt: x}
            """
        let found = self.errors(text)
        #expect(found.map(\.code) == ["E006", "E002", "E012", "E002"])
        #expect(found[1].help == "did you mean \"send\"?")
        #expect(found[2].help == "did you mean \"idle-until-hibernated\"?")
    }

    @Test("a script of any size is refused over its limits, not a crash")
    func bounds() {
        let many = String(repeating: "  - ping\n", count: ScriptLimits.stepsMax + 1)
        #expect(self.errors(Self.head + "steps:\n" + many).map(\.code) == ["E009"])
        let deep = String(repeating: "[", count: 100) + String(repeating: "]", count: 100)
        let nested = "steps:\n  - send: {json: \(deep)}"
        #expect(self.errors(Self.head + nested).map(\.code) == ["E009"])
        let burst =
            "steps:\n"
            + String(
                repeating: "  - {send: x, repeat: 10000, expect: {kind: text, count: 10000}}\n",
                count: 2
            )
        #expect(self.errors(Self.head + burst).map(\.code) == ["E009"])
    }
}
