import FaultFiles
import Faults
import Foundation
import FramePath
import Testing

@Suite("Expectations of a stored run, as YAML")
struct RequirementReaderTests {
    private func errors(_ text: String) -> [ProfileError] {
        switch RequirementReader.read(text: text, file: "e.yaml") {
        case .success: []
        case .failure(let errors): errors.errors
        }
    }

    /// One expectation; it starts on line 3.
    private func one(_ text: String) -> [ProfileError] {
        self.errors("version: 1\nexpect:\n  - \(text)\n")
    }

    @Test("every part of the grammar is read")
    func whole() throws {
        let text = """
            version: 1
            expect:
              - no_loss: {}
                match: {direction: to-client, type: [echo, pong], handler: webSocketMessage, object: "room-*"}
              - no_reorder: {}
              - no_reorder: {across: wake}
              - woke_within: 500ms
                match: {object: room-1}
              - hibernates_within: 12s
              - close_code: 1000
              - close_code: [1000, 1001]
              - finding: none
              - finding: {kind: missing, between: [object.tx, edge.rx], handler: alarm}
                match: {type: echo}
              - finding: {kind: redial-refused}
            """
        let read = try RequirementReader.read(text: text, file: "e.yaml").get()
        #expect(
            read == [
                Requirement(
                    .noLoss,
                    scope: .init(
                        direction: .toClient,
                        types: ["echo", "pong"],
                        handlers: [.webSocketMessage],
                        object: Glob("room-*")
                    ),
                    source: "e.yaml:3"
                ),
                Requirement(.noReorder(acrossWakeOnly: false), source: "e.yaml:5"),
                Requirement(.noReorder(acrossWakeOnly: true), source: "e.yaml:6"),
                Requirement(
                    .wokeWithin(.milliseconds(500)),
                    scope: .init(object: Glob("room-1")),
                    source: "e.yaml:7"
                ),
                Requirement(.hibernatesWithin(.seconds(12)), source: "e.yaml:9"),
                Requirement(.closeCode([1000]), source: "e.yaml:10"),
                Requirement(.closeCode([1000, 1001]), source: "e.yaml:11"),
                Requirement(.finding(Expect(kind: .none)), source: "e.yaml:12"),
                Requirement(
                    .finding(
                        Expect(
                            kind: .missing,
                            between: .init(last: .objectTx, first: .edgeRx),
                            handler: .alarm
                        )
                    ),
                    scope: .init(types: ["echo"]),
                    source: "e.yaml:13"
                ),
                Requirement(.finding(Expect(kind: .redialRefused)), source: "e.yaml:15"),
            ]
        )
        #expect(
            read.map(\.description)[0...3] == [
                "no_loss (to-client; type echo, pong; handler webSocketMessage; object room-*)",
                "no_reorder", "no_reorder across wake", "woke_within 500ms (object room-1)",
            ]
        )
    }

    @Test("all mistakes of a file are told at once, with their places and what was meant")
    func mistakes() {
        let found = self.errors(
            """
            version: 1
            expect:
              - no_los: {}
              - no_loss: {}
                woke_within: 5s
              - woke_within: 500
              - close_code: 99
              - hibernates_within: 5s
                match: {direction: to-client}
            """
        )
        #expect(found.map(\.line) == [3, 3, 5, 6, 7, 9], "\(found.map(\.rendered))")
        #expect(found[0].help == "did you mean \"no_loss\"?")
        #expect(found[1].code == "E013")
        #expect(found[2].message.contains("no_loss and woke_within"))
        #expect(found[3].help == "write 500ms or 500s")
        #expect(found[5].expected == "one of: object")
    }

    @Test(
        "what is not an expectation is refused",
        arguments: [
            "close_code: []", "no_reorder: {across: sleep}", "no_loss: yes", "finding: some",
            "no_loss: {}\n    match: {type: []}", "5",
        ]
    )
    func refused(text: String) {
        #expect(!self.one(text).isEmpty)
    }

    @Test("a file needs its version and at least one expectation")
    func empty() {
        #expect(self.errors("version: 1\n").first?.message == "file has no `expect`")
        #expect(self.errors("expect: [{no_loss: {}}]\n").first?.message == "file has no `version`")
        #expect(!self.errors("version: 2\nexpect: [{no_loss: {}}]\n").isEmpty)
        #expect(!self.errors("version: 1\nexpect: []\n").isEmpty)
        #expect(!self.errors("").isEmpty)
    }

    @Test("the example in the documentation is read")
    func documented() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let page = try String(
            contentsOf: root.appendingPathComponent("Sources/torpor/Documentation.docc/CI.md"),
            encoding: .utf8
        )
        let start = try #require(page.range(of: "```yaml\nversion: 1\n"))
        let rest = page[page.index(start.lowerBound, offsetBy: 8)...]
        let end = try #require(rest.range(of: "```"))
        let text = String(rest[..<end.lowerBound])
        let read = try RequirementReader.read(text: text, file: "CI.md").get()
        #expect(read.count == 7)
    }
}
