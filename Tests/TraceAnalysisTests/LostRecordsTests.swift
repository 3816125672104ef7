import FramePath
import FrameTrace
import Testing

@testable import TraceAnalysis

@Suite("What the analysis says when records are missing")
struct LostRecordsTests {
    /// Drops about one line in twenty, headers and end rows kept.
    private func thinned(
        _ files: [(name: String, bytes: [UInt8])],
        seed: UInt64
    ) -> [(name: String, bytes: [UInt8])] {
        var state = seed
        return files.map { file in
            var kept: [UInt8] = []
            let lines = file.bytes.split(separator: 0x0A)
            for (index, line) in lines.enumerated() {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                let isSpared = index < 2 || index == lines.count - 1
                if isSpared || (state >> 33) % 20 != 0 { kept += line + [0x0A] }
            }
            return (file.name, kept)
        }
    }

    @Test("a healthy run with 5 % of its records removed is not accused", arguments: 1...12)
    func thinnedHealthy(seed: UInt64) {
        for observesClient in [true, false] {
            var run = SyntheticRun()
            run.observesClient = observesClient
            let files = self.thinned(run.files(sessions: 6), seed: seed)
            for isBlind in [false, true] {
                let report = Analyzer.analyze(files, isBlind: isBlind)
                #expect(report.status != .broken, "\(report.text)")
            }
        }
    }

    @Test("a real loss is still found with 5 % of the records removed", arguments: 1...12)
    func thinnedLoss(seed: UInt64) throws {
        var run = SyntheticRun([
            SyntheticFault(point: .objectTx, direction: .toClient, action: .drop) {
                $0.handler == .webSocketMessage
            }
        ])
        let files = self.thinned(run.files(sessions: 6), seed: seed)
        for isBlind in [false, true] {
            let finding = try #require(Analyzer.analyze(files, isBlind: isBlind).findings.first)
            #expect(finding.between?.from == .objectTx, "\(finding.text)")
            #expect(finding.between?.to == .edgeRx, "\(finding.text)")
            #expect(finding.handler == .webSocketMessage)
        }
    }

    @Test("a silent object is still found with 5 % of the records removed", arguments: 1...10)
    func thinnedSilence(seed: UInt64) throws {
        var run = SyntheticRun()
        run.isForgetful = true
        let files = self.thinned(run.files(sessions: 6), seed: seed)
        let report = Analyzer.analyze(files)
        let finding = try #require(report.findings.first)
        #expect(finding.text.hasPrefix("object never sent after wake"), "\(report.text)")
    }

    @Test("a file cut at any byte does not accuse anybody")
    func cut() {
        var run = SyntheticRun()
        let files = run.files()
        for victim in files.indices {
            let whole = files[victim].bytes
            for length in stride(from: 0, to: whole.count, by: whole.count / 17) {
                var torn = files
                torn[victim].bytes = Array(whole.prefix(length))
                let report = Analyzer.analyze(torn)
                #expect(report.status != .broken, "\(torn[victim].name) \(length): \(report.text)")
            }
        }
    }

    @Test("a torn last line is dropped and told")
    func tornLine() {
        var run = SyntheticRun()
        var files = run.files()
        files[0].bytes.removeLast(5)
        let report = Analyzer.analyze(files)
        #expect(report.status == .none)
        #expect(report.notes.contains { $0.contains("last line torn") })
        #expect(report.notes.contains { $0.contains("no end record") })
    }

    @Test("a loss at the end of a file without its end row is unknown")
    func missingEnd() {
        var run = SyntheticRun([
            SyntheticFault(point: .edgeTx, direction: .toObject, action: .drop) {
                $0.id.session.number == 3 && $0.wake == 2
            }
        ])
        var files = run.files()
        let lines = files[1].bytes.split(separator: 0x0A)
        // The object's file stops in the middle of the last session's exchanges.
        files[1].bytes = Array(lines.dropLast(40).joined(separator: [0x0A])) + [0x0A]
        let report = Analyzer.analyze(files)
        #expect(report.status == .unknown, "\(report.text)")
        #expect(report.exitCode == 2)
        #expect(report.text.contains("object-1-1.jsonl"))
        // A file's name tells process and time, which one line does not.
        #expect(
            report.oneLine == report.text.split(separator: "\n").first?.replacing(
                "object-1-1.jsonl",
                with: "the object's file"
            ) ?? ""
        )
    }

    @Test("losses that a gap row may explain are unknown")
    func gap() {
        var run = SyntheticRun([
            SyntheticFault(point: .edgeTx, direction: .toObject, action: .drop) {
                $0.type == "ping" && $0.id.ordinal == 4
            }
        ])
        var files = run.files()
        var encoder = TraceEncoder(role: "object-1", payload: .hash)
        encoder.encode(
            Recorded(time: Tick(nanoseconds: 5), number: 0, event: .gap(lost: 12, why: "full")),
            into: &files[1].bytes
        )
        let report = Analyzer.analyze(files)
        #expect(report.status == .unknown, "\(report.text)")
    }

    @Test("nothing recorded is unknown, not healthy")
    func nothing() {
        #expect(Analyzer.analyze([(name: String, bytes: [UInt8])]()).exitCode == 2)
        #expect(
            Analyzer.analyze([(name: "edge-1.jsonl", bytes: Array("garbage\n".utf8))]).exitCode == 2
        )
        var run = SyntheticRun()
        #expect(Analyzer.analyze(Array(run.files(sessions: 1).suffix(1))).status == .unknown)
    }
}
