internal import ClientCore
internal import FramePath
internal import NIOPosix
internal import TorporServer
internal import WebSocketWire

/// A probe's script, played against the edge of a run.
struct RunScript {
    let file: String
    let script: Script

    /// What came of it.
    struct Played {
        var file: String
        var report: ProbeReport
        var seconds: Double

        /// What it says besides its table, when not all works.
        var words: String? {
            switch self.report.exitCode {
            case 0: nil
            case 2: "the script \(self.file) could not tell whether everything works"
            default: "the script \(self.file) found something broken"
            }
        }
    }

    /// Plays it.
    func play(
        _ stack: RunStack,
        trace: TraceOptions,
        clock: RunClock,
        hibernateAfter: Tick.Span?,
        progress: @escaping @Sendable (String) -> Void
    ) async throws -> Played {
        var configuration = ProbeRunner.Configuration(
            url: try WebSocketURL(stack.url + "/"),
            probe: ProbeConfiguration(
                target: "run",
                script: self.script,
                tag: "run",
                sessions: 1,
                hibernateAfter: hibernateAfter ?? .seconds(10)
            )
        )
        configuration.edge = stack.edge
        configuration.awaitsSleep = hibernateAfter != nil
        configuration.trace = trace
        configuration.clock = clock
        let started = ContinuousClock.now
        let report = try await ProbeRunner.run(
            configuration,
            group: .singletonMultiThreadedEventLoopGroup,
            progress: progress
        )
        let seconds = (ContinuousClock.now - started) / .seconds(1)
        return Played(file: self.file, report: report, seconds: seconds)
    }
}
