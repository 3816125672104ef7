import FramePath
import FrameTrace
import Testing
import TraceAnalysis

@Suite(
    "Of a service that only its client traced, the finding names what failed and every candidate"
)
struct ClientOnlyTests {
    private typealias Row = (row: String, column: String, outcome: String)

    /// The report of one probe's file with these judgements.
    private func report(_ rows: [Row], withEdge: Bool = false) -> AnalysisReport {
        var files = [("probe-1-1.jsonl", self.file("probe", rows))]
        if withEdge { files.append(("edge-1-1.jsonl", self.file("edge", []))) }
        return Analyzer.analyze(files.map { (name: $0.0, bytes: $0.1) })
    }

    private func file(_ role: String, _ rows: [Row]) -> [UInt8] {
        var encoder = TraceEncoder(role: role, payload: .hash)
        var bytes = encoder.header(
            TraceHeader(
                run: "r",
                role: role,
                tool: "test",
                pid: 0,
                seed: 0,
                clock: .virtual,
                wall0: 0,
                points: role == "probe" ? [.clientTx, .clientRx] : [.edgeRx, .edgeTx]
            )
        )
        for (time, row) in rows.enumerated() {
            let expectation = TraceEvent.Expectation(
                session: nil,
                object: "/chat",
                row: row.row,
                column: row.column,
                want: "reply",
                outcome: row.outcome,
                why: row.outcome == "ok" ? nil : "because \(row.outcome)"
            )
            let event = Recorded(
                time: Tick(nanoseconds: UInt64(time)),
                number: UInt64(time),
                event: .expect(expectation)
            )
            encoder.encode(event, into: &bytes)
        }
        return bytes + encoder.end()
    }

    private static let broken: [Row] = [
        ("ask → reply", "fresh", "ok"), ("ask → reply", "first after wake", "missing"),
        ("ask → reply", "first after wake", "ok"), ("ask → reply", "later", "ok"),
        ("protocol ping → pong", "first after wake", "ok"), ("other", "later", "late"),
    ]

    @Test(
        "what is missing only after a wake is told so, with every point between and what came through"
    )
    func afterWake() throws {
        let report = self.report(Self.broken)
        let finding = try #require(report.findings.first)
        #expect(report.exitCode == 1)
        #expect(finding.kind == .missing)
        #expect(finding.isAfterWake == true)
        #expect(finding.between?.from == .clientTx)
        #expect(finding.between?.to == .clientRx)
        #expect((finding.k, finding.n) == (1, 2))
        #expect(
            finding.text
                == "no answer client.tx → … → client.rx: 1/2 exchanges (ask → reply), "
                + "in 'first after wake' only; only the client is observed, so any point between may "
                + "be the place: edge.rx, edge.tx, object.rx, object.dispatch, object.send, object.tx"
                + "; what came through there: protocol ping → pong"
        )
        #expect(report.findings.map(\.kind) == [.missing, .late])
        #expect(report.oneLine.contains("only the client is observed"))
        #expect(report.oneLine.contains("[torpor:"))
    }

    @Test("the fingerprint is the break's: equal over runs, another for other rows and other kinds")
    func fingerprint() {
        func print(_ rows: [Row]) -> String? { self.report(rows).findings.first?.fingerprint }
        let silent: [Row] = [("a", "fresh", "missing"), ("b", "fresh", "ok")]
        #expect(print(silent) == print(silent + silent))
        #expect(print(silent) != print([("b", "fresh", "missing"), ("a", "fresh", "ok")]))
        #expect(print(silent) != print([("a", "fresh", "late"), ("b", "fresh", "ok")]))
    }

    @Test("another answer gives its reason, and nothing wrong is nothing broken")
    func others() {
        let wrong = self.report([("a", "fresh", "wrong")])
        #expect(wrong.text.hasPrefix("another answer client.tx"), "\(wrong.text)")
        #expect(wrong.text.contains("in every column, because wrong;"), "\(wrong.text)")
        let fine = self.report([("a", "fresh", "ok"), ("a", "later", "unknown")])
        #expect(fine.exitCode == 0)
        #expect(
            fine.text
                == "nothing broken: 1 exchanges came out as expected, 1 could not be told; "
                + "only the client is observed"
        )
    }

    @Test("where nothing could be tried it is unknown, with the reason")
    func untried() {
        let report = self.report([("a", "fresh", "unknown"), ("b", "fresh", "unknown")])
        #expect(report.exitCode == 2)
        #expect(
            report.text == "unknown: none of 2 exchanges could be tried: because unknown"
        )
    }

    @Test("with an edge's file, or without an expectation, the path is judged as ever")
    func notAlone() {
        #expect(!self.report(Self.broken, withEdge: true).text.contains("only the client"))
        #expect(self.report([]).text.hasPrefix("unknown: no message was recorded"))
    }
}
