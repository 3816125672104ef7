internal import ClientCore
internal import Foundation
internal import FramePath
internal import TorporServer
internal import TraceAnalysis
internal import WebSocketWire

/// Probes services that run elsewhere, each with a trace of its own.
struct TargetStudy {
    let targets: [NamedTarget]
    let script: Script
    let isBuiltIn: Bool
    let hibernateAfter: DurationArgument
    let copies: Int?
    let runs: Int
    let handshake: HandshakeOptions
    let trust: TLSTrust
    let out: String
    let isQuiet: Bool

    /// What came of one target.
    struct Result: Sendable {
        var name: String
        var url: String
        /// A table each run; empty when it could not be probed.
        var reports: [ProbeReport] = []
        var analysis: AnalysisReport?
        /// Why it could not be probed.
        var failure: String?

        /// 0 all works, 1 something is broken or flaky, 2 could not tell.
        var exitCode: Int32 {
            switch self.reports.count {
            case 0: 2
            case 1: self.reports[0].exitCode
            default: ProbeSeries(reports: self.reports).exitCode
            }
        }
    }

    /// Probes all of them at once; what one does, or fails to do, is its own result.
    func run() async throws -> [Result] {
        var probes: [ProbeRun] = []
        for target in self.targets {
            var probe = ProbeRun(
                url: try target.url(),
                script: self.script,
                isBuiltIn: self.isBuiltIn,
                hibernateAfter: self.hibernateAfter.span
            )
            probe.copies = self.copies
            probe.runs = self.runs
            probe.headers = self.handshake.all
            probe.subprotocols = self.handshake.subprotocols
            probe.trust = self.trust
            probes.append(probe)
        }
        return await withTaskGroup(of: (Int, Result).self) { tasks in
            for (place, probe) in probes.enumerated() {
                let name = self.targets[place].name
                tasks.addTask { (place, await self.run(probe, name: name)) }
            }
            var results: [(Int, Result)] = []
            for await result in tasks {
                results.append(result)
                if !self.isQuiet {
                    Terminal.note("\(results.count)/\(probes.count) targets: \(result.1.name)")
                }
            }
            return results.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    private func run(_ given: ProbeRun, name: String) async -> Result {
        var probe = given
        probe.name = name
        var result = Result(name: name, url: given.target)
        do {
            let directory = self.out + "/" + name
            // One run a study: what an earlier study left would be merged into this one's finding.
            if FileManager.default.fileExists(atPath: directory + "/run") {
                try FileManager.default.removeItem(atPath: directory + "/run")
            }
            let folder = try RunFolder.open(directory: directory, run: nil)
            probe.trace = TraceOptions(folder: folder)
            result.reports = try await probe.run { _ in }
            result.analysis = Analyzer.analyze(try RunDirectory.load(folder.path), isBlind: false)
        } catch {
            result.failure = "\(error)"
        }
        return result
    }

    /// The columns of the printed report and of report.md.
    func columns(_ results: [Result]) -> [StudyTarget] {
        results.map { result in
            var column = StudyTarget(
                name: result.name,
                about: result.url,
                reports: result.reports,
                finding: result.failure.map { "unknown: \($0)" } ?? result.analysis?.text ?? "",
                traceFolder: "run/" + result.name
            )
            column.url = result.url
            return column
        }
    }
}
