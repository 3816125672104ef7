import FaultFiles
import Faults
import Foundation
import FramePath
import Testing

@Suite struct ShippedProfileTests {
    private static let names = [
        "pass-through", "drop-after-wake", "delay-after-wake", "reorder-after-wake",
        "silent-handlers", "jammed-pump", "edge-to-client-loss", "lost-after-redial",
    ]

    private func inspect(_ name: String) throws -> ProfileReader.Inspection {
        let root = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let path = root.appendingPathComponent("faults/\(name).yaml")
        let text = try String(contentsOf: path, encoding: .utf8)
        return ProfileReader.inspect(text: text, file: "faults/\(name).yaml")
    }

    @Test(
        "a shipped profile has its file's name, says what it shows, and has no finding",
        arguments: names
    )
    func shipped(name: String) throws {
        let inspection = try self.inspect(name)
        #expect(inspection.findings.errors.isEmpty, "\(inspection.findings.rendered)")
        let profile = try #require(inspection.profile)
        #expect(profile.name == name)
        #expect(!profile.about.isEmpty)
        #expect(profile.source.hasPrefix("https://"))
        let expect = try #require(profile.expect)
        #expect(expect.isNone == profile.rules.isEmpty)
        if let rule = profile.rules.first, let between = expect.between {
            let path = Point.path(.toClient)
            #expect(rule.at == between.last)
            #expect(
                path.firstIndex(of: between.last).map { $0 + 1 }
                    == path.firstIndex(of: between.first)
            )
        }
    }

    @Test("the welcome passes silent-handlers and an answer does not, in every phase")
    func silentHandlers() throws {
        let profile = try #require(try self.inspect("silent-handlers").profile)
        var engine = FaultEngine(profiles: [profile], seed: 1, version: 1)
        for phase in Phase.allCases {
            let welcome = message(phase: phase, handler: .fetch)
            #expect(engine.ask(welcome, at: .objectTx).verdict == .pass)
            let echo = engine.ask(message(phase: phase), at: .objectTx)
            #expect(echo.verdict.effects?.ending == .drop)
            #expect(echo.decisions.first?.source == "faults/silent-handlers.yaml:11")
        }
    }

    @Test("drop-after-wake loses what the waking handler sends and nothing in the first life")
    func dropAfterWake() throws {
        let profile = try #require(try self.inspect("drop-after-wake").profile)
        var engine = FaultEngine(profiles: [profile], seed: 1, version: 1)
        #expect(engine.ask(message(phase: .fresh), at: .objectTx).verdict == .pass)
        let first = engine.ask(message(phase: .woken, wake: 1), at: .objectTx)
        #expect(first.verdict.effects?.ending == .drop)
        #expect(engine.ask(message(phase: .active, wake: 1), at: .objectTx).verdict == .pass)
    }

    @Test("each example of the list of actions is one that the reader accepts")
    func examples() {
        for action in FaultCatalog.actions {
            let text = """
                version: 1
                name: x
                rules:
                  - {id: r, at: object.tx, fire: {always: true}, do: [{\(action.example)}]}
                """
            let inspection = ProfileReader.inspect(text: text, file: "x")
            #expect(inspection.findings.errors.isEmpty, "\(inspection.findings.rendered)")
            #expect(inspection.profile?.rules.first?.actions.map(\.word) == [action.word])
        }
    }
}
