internal import ArgumentParser
internal import ClientCore
internal import Foundation
internal import FramePath
internal import TorporServer
internal import TraceAnalysis

struct StudyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "study",
        abstract: "Probe a healthy service and each profile side by side, a finding each.",
        discussion: """
            torpor study silent-handlers faults/drop-after-wake.yaml --hibernate-after 1s

            Beside each profile it probes the same service without faults, one that never sleeps
            (resident) and one that loses its memory on wake (forgetful). The tables and findings
            are printed; report.md has them with the steps to reproduce. Exit codes: 0 each profile
            showed what it expects and the healthy services were healthy, 1 one did not, 2 could not
            tell.
            """
    )

    @Argument(help: "Profiles: files, or names under faults/. Without any: every one of faults/.")
    var profiles: [String] = []

    @Option(help: "Idle time before sleep.")
    var hibernateAfter = DurationArgument(.seconds(1))

    @Option(help: "Sessions of each exchange.")
    var sessions = 3

    @Option(help: "Seed of every random decision; beats the profiles' own.")
    var seed: UInt64?

    @Option(help: ArgumentHelp("The folder of traces and report.md.", valueName: "dir"))
    var out = "runs/study"

    @Flag(help: "Print JSON: a probe's table and a finding for each target.")
    var json = false

    @Flag(name: .shortAndLong, help: "No progress on standard error.")
    var quiet = false

    func validate() throws {
        guard (1...20).contains(self.sessions) else {
            throw ValidationError("--sessions is 1 to 20, not \(self.sessions)")
        }
    }

    func run() async throws {
        let names = self.profiles.isEmpty ? ProfileFiles.all(under: "faults") : self.profiles
        guard !names.isEmpty else {
            throw CommandFailure("no profile given and none under faults/")
        }
        guard names.count <= 40 else {
            throw CommandFailure("\(names.count) profiles; a study takes at most 40 at once")
        }
        let study = Study(
            subjects: try StudySubject.all(profiles: names, seed: self.seed),
            hibernateAfter: self.hibernateAfter,
            sessions: self.sessions,
            out: self.out,
            isQuiet: self.quiet || self.json
        )
        let results = try await study.run()
        let report = study.report(results)
        let markdown = self.out + "/report.md"
        try Data(report.markdown().utf8).write(to: URL(fileURLWithPath: markdown))
        if self.json {
            Terminal.line(study.json(results))
        } else {
            Terminal.line(report.text(colour: Terminal.hasColour))
            for result in results where result.analysis.status == .broken {
                Terminal.line("\(result.name): \(result.analysis.oneLine)")
            }
            Terminal.line("Report with the steps to reproduce: \(markdown)")
        }
        let code = results.map(\.exitCode).max { Self.rank($0) < Self.rank($1) } ?? 2
        if code != 0 { throw ExitCode(code) }
    }

    /// A broken promise outweighs not knowing.
    private static func rank(_ code: Int32) -> Int {
        switch code {
        case 0: 0
        case 2: 1
        default: 2
        }
    }
}
