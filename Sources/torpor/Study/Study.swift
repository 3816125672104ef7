internal import ClientCore
internal import Faults
internal import Foundation
internal import FramePath
internal import NIOCore
internal import NIOPosix
internal import ObjectCore
internal import ObjectLink
internal import TorporServer
internal import TraceAnalysis
internal import WebSocketWire

/// Probes several subjects at once, each with an edge and an object server of its own.
struct Study {
    let subjects: [StudySubject]
    let hibernateAfter: DurationArgument
    let sessions: Int
    let script: Script
    let runs: Int
    let out: String
    let isQuiet: Bool

    /// What came of one subject.
    struct Result: Sendable {
        var name: String
        /// A table each run.
        var reports: [ProbeReport]
        var analysis: AnalysisReport
        var blind: AnalysisReport
        var folder: String
        /// What the finding should have been and was not; `nil` when it is as expected.
        var surprise: String?

        /// 0 as expected, 1 not, 2 could not tell.
        var exitCode: Int32 {
            if self.surprise == nil { return 0 }
            return self.analysis.status == .unknown ? 2 : 1
        }
    }

    /// Runs every subject concurrently; results in the subjects' order.
    func run() async throws -> [Result] {
        let group = MultiThreadedEventLoopGroup.singleton
        let started = ContinuousClock.now
        return try await withThrowingTaskGroup(of: (Int, Result).self) { tasks in
            for (place, subject) in self.subjects.enumerated() {
                tasks.addTask { (place, try await self.run(subject, group: group)) }
            }
            var results: [(Int, Result)] = []
            for try await result in tasks {
                results.append(result)
                if !self.isQuiet {
                    let seconds = (ContinuousClock.now - started).components.seconds
                    Terminal.note(
                        "\(results.count)/\(self.subjects.count) \(result.1.name) after \(seconds) s"
                    )
                }
            }
            return results.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    private func run(_ subject: StudySubject, group: any EventLoopGroup) async throws -> Result {
        let clock = RunClock()
        let directory = self.out + "/" + subject.name
        // One run a study: what an earlier study left would be merged into this one's finding.
        try? FileManager.default.removeItem(atPath: directory + "/run")
        let trace = TraceOptions(folder: try RunFolder.open(directory: directory, run: nil))
        var edge = EdgeServerConfiguration(listen: ListenAddress(host: "127.0.0.1", port: 0))
        edge.profiles = subject.loaded.texts
        edge.seed = subject.loaded.seed
        edge.trace = trace
        edge.clock = clock
        edge.run = trace.folder.run
        var objects = ObjectServerConfiguration(
            objects: ObjectConfiguration(
                mode: subject.mode,
                hibernateAfter: self.hibernateAfter.span,
                isTracing: true,
                wallZeroMilliseconds: clock.wallZeroMilliseconds
            )
        )
        objects.trace = trace
        objects.clock = clock
        let up = try await Up.start(edge: edge, objects: objects, group: group)
        let reports: [ProbeReport]
        do {
            reports = try await self.probe(up, subject, trace: trace, clock: clock)
        } catch {
            await up.stop()
            throw error
        }
        await up.stop()
        let sources = try RunDirectory.load(trace.folder.path)
        let analysis = Analyzer.analyze(sources, isBlind: false)
        let blind = Analyzer.analyze(sources, isBlind: true)
        return Result(
            name: subject.name,
            reports: reports,
            analysis: analysis,
            blind: blind,
            folder: trace.folder.path,
            surprise: StudyExpectation.surprise(
                of: subject,
                probes: reports,
                analysis: analysis,
                blind: blind
            )
        )
    }

    private func probe(
        _ up: Up,
        _ subject: StudySubject,
        trace: TraceOptions,
        clock: RunClock
    ) async throws -> [ProbeReport] {
        var probe = ProbeRun(
            url: try WebSocketURL("ws://\(up.address)/"),
            script: self.script,
            isBuiltIn: true,
            hibernateAfter: self.hibernateAfter.span
        )
        probe.copies = self.sessions
        probe.runs = self.runs
        probe.name = subject.name
        probe.tag = subject.name
        probe.edge = up.edge
        // A service that never sleeps is left alone instead, as a foreign one would be.
        probe.awaitsSleep = subject.mode != .resident
        probe.trace = trace
        probe.clock = clock
        return try await probe.run { _ in }
    }

    /// The columns of the printed report and of report.md.
    func columns(_ results: [Result]) -> [StudyTarget] {
        zip(self.subjects, results).map { subject, result in
            var column = StudyTarget(
                name: subject.name,
                about: subject.about,
                reports: result.reports,
                finding: result.analysis.text
                    + (result.surprise.map { "\nNOT AS EXPECTED: \($0)" } ?? ""),
                expected: StudyExpectation.words(of: subject),
                ruledOut: StudyExpectation.ruledOut(result),
                traceFolder: "run/" + subject.name
            )
            column.profileFile = subject.loaded.texts.first?.file
            column.flags = subject.flags
            return column
        }
    }
}
