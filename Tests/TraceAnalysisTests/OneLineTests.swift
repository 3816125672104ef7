import FramePath
import Testing

@testable import TraceAnalysis

@Suite("The finding in one line and its fingerprint")
struct OneLineTests {
    private func report(
        _ point: Point = .objectTx,
        _ direction: Direction = .toClient,
        action: SyntheticFault.Action = .drop,
        isBlind: Bool = false,
        sessions: UInt32 = 3,
        concerns: @escaping @Sendable (Message) -> Bool = { _ in true }
    ) -> AnalysisReport {
        let fault = SyntheticFault(
            point: point,
            direction: direction,
            action: action,
            concerns: concerns
        )
        var run = SyntheticRun([fault])
        return Analyzer.analyze(run.files(sessions: sessions), isBlind: isBlind)
    }

    private func name(_ report: AnalysisReport) -> String? { report.findings.first?.fingerprint }

    @Test("the line of a loss by a rule")
    func line() {
        let line = self.report(concerns: { $0.handler == .webSocketMessage }).oneLine
        #expect(
            line.hasPrefix(
                "lost object.tx → edge.rx: 54/54 to-client by webSocketMessage "
                    + "(echo, heartbeat_ack, pong), in every phase; rule the-rule faults/test.yaml:9"
                    + " [torpor:"
            ),
            "\(line)"
        )
    }

    @Test("kind, hop, direction, handler, type, phase and the rule tell breaks apart")
    func apart() {
        let reports = [
            self.report(.objectTx),
            self.report(.edgeTx),
            self.report(.edgeRx, .toObject),
            self.report(.objectTx, action: .duplicate),
            self.report(.objectTx, action: .change),
            self.report(.objectTx, isBlind: true),
            self.report(.objectTx, isBlind: true, concerns: { $0.handler == .webSocketMessage }),
            self.report(.objectTx, isBlind: true, concerns: { $0.type == "echo" }),
            self.report(.objectTx, isBlind: true, concerns: { $0.type == "pong" }),
            self.report(.objectTx, isBlind: true, concerns: { $0.phase == .woken }),
        ]
        let names = reports.compactMap(self.name)
        #expect(Set(names).count == reports.count, "\(reports.map(\.oneLine))")
    }

    @Test(
        "the number of sessions and of messages does not change the name",
        arguments: [true, false]
    )
    func equal(isBlind: Bool) {
        let names = [1, 3, 5].map { sessions in
            self.name(
                self.report(isBlind: isBlind, sessions: sessions, concerns: { $0.type == "echo" })
            )
        }
        #expect(Set(names).count == 1 && names.first != .some(nil), "\(names)")
    }

    @Test("what a few lost messages of many share is no part of the name")
    func chance() {
        let names = [3, 7, 11].map { step in
            self.name(
                self.report(.edgeRx, isBlind: true, concerns: { $0.id.ordinal % UInt32(step) == 2 })
            )
        }
        #expect(Set(names).count == 1 && names.first != .some(nil), "\(names)")
    }

    @Test("long types and names never make it longer, and the name stays")
    func long() {
        var finding = Finding(status: .broken, text: "")
        finding.lines = [String(repeating: "a", count: 300), String(repeating: "b", count: 250)]
        finding.fingerprint = "0123abcd"
        let report = AnalysisReport(findings: [finding, finding], judged: 9, notes: [])
        #expect(report.oneLine.count == AnalysisReport.oneLineMax)
        #expect(report.oneLine.hasSuffix("b… (+1 more) [torpor:0123abcd]"))
    }

    @Test("what a peer wrote cannot break the line or paint the terminal")
    func hostile() {
        var finding = Finding(status: .broken, text: "a\u{1B}[31m\nb\u{202E}c\u{2028}d")
        finding.fingerprint = "0123abcd"
        let report = AnalysisReport(findings: [finding], judged: 9, notes: [])
        #expect(report.oneLine == "a?[31m?b?c?d [torpor:0123abcd]")
    }

    @Test("an absolute path of a profile is not told")
    func absolute() {
        let files = [String](["/srv/work/faults/test.yaml:9", "faults/test.yaml:9"])
        for source in files {
            var finding = Finding(status: .broken, text: "")
            finding.rule = "r"
            finding.source = source
            let cause = FindingText.shortCause(finding, TraceIndex(isBlind: false))
            #expect(cause == (source.hasPrefix("/") ? "rule r test.yaml:9" : "rule r \(source)"))
        }
    }
}
