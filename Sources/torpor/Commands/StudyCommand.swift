internal import ArgumentParser
internal import ClientCore
internal import Foundation
internal import FramePath
internal import TorporServer
internal import TraceAnalysis

struct StudyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "study",
        abstract: "Probe services or profiles side by side, a table and a finding each.",
        discussion: """
            torpor study silent-handlers faults/drop-after-wake.yaml --hibernate-after 1s
            torpor study --target local=ws://127.0.0.1:8787/chat --target live=wss://chat.example/ \\
              --script chat.yaml --repeat 5

            Beside each profile it probes the same service without faults, one that never sleeps
            (resident) and one that loses its memory on wake (forgetful). The tables and findings
            are printed; report.md has them with the steps to reproduce. With --target it probes
            services that run already, whose findings come from the client's trace alone; profiles
            are then studied only when named. Exit codes: 0 each profile showed what it expects, the
            healthy services were healthy and every target works, 1 one did not, 2 could not tell.
            """
    )

    @Argument(help: "Profiles: files, or names under faults/. Without any: every one of faults/.")
    var profiles: [String] = []

    @Option(
        name: .customLong("target"),
        help: ArgumentHelp("A running service to probe. Repeatable.", valueName: "name=url")
    )
    var targets: [NamedTarget] = []

    @Option(help: "The exchanges, as a YAML file; without it the pingpong service's.")
    var script: String?

    @Option(name: .customLong("repeat"), help: "Runs; from 2 on, flaky is told from broken.")
    var runs = 1

    @Option(help: "Idle time before sleep. Default 1s, where there are targets 10s.")
    var hibernateAfter: DurationArgument?

    @Option(help: "Copies of each lane, at once. Default 3; of targets, as `torpor probe` has it.")
    var sessions: Int?

    @Option(help: "Seed of every random decision; beats the profiles' own.")
    var seed: UInt64?

    @Option(help: ArgumentHelp("The folder of traces and report.md.", valueName: "dir"))
    var out = "runs/study"

    @Flag(help: "Print JSON: a probe's table and a finding for each target.")
    var json = false

    @Flag(name: .shortAndLong, help: "No progress on standard error.")
    var quiet = false

    @OptionGroup(title: "Handshake of targets") var handshake: HandshakeOptions
    @OptionGroup(title: "TLS of targets") var tls: TLSTrustOptions

    func validate() throws {
        if let sessions, !(1...20).contains(sessions) {
            throw ValidationError("--sessions is 1 to 20, not \(sessions)")
        }
        guard (1...1_000).contains(self.runs) else {
            throw ValidationError("--repeat is 1 to 1000, not \(self.runs)")
        }
    }

    func run() async throws {
        let script = try self.script.map { try ScriptArgument.read($0) } ?? ScriptArgument.builtIn()
        let subjects = try self.subjects()
        try NamedTarget.check(self.targets, besides: subjects.map(\.name))
        guard subjects.count + self.targets.count <= 43 else {
            let count = self.profiles.count + self.targets.count
            throw CommandFailure("\(count) profiles and targets; a study takes at most 40 at once")
        }
        let span = self.hibernateAfter ?? DurationArgument(.seconds(self.targets.isEmpty ? 1 : 10))
        let isQuiet = self.quiet || self.json
        let targets = TargetStudy(
            targets: self.targets,
            script: script,
            isBuiltIn: self.script == nil,
            hibernateAfter: span,
            copies: self.sessions,
            runs: self.runs,
            handshake: self.handshake,
            trust: self.tls.trust,
            out: self.out,
            isQuiet: isQuiet
        )
        let study = Study(
            subjects: subjects,
            hibernateAfter: span,
            sessions: self.sessions ?? 3,
            script: script,
            runs: self.runs,
            out: self.out,
            isQuiet: isQuiet
        )
        async let probed = targets.run()
        let results = try await study.run()
        let reached = try await probed
        let report = self.report(
            targets.columns(reached) + study.columns(results),
            hibernateAfter: span
        )
        try self.write(report)
        if self.json {
            Terminal.line(StudyJSON.bytes(reached, results))
        } else {
            Terminal.line(report.text(colour: Terminal.hasColour))
            for result in results where result.analysis.status == .broken {
                Terminal.line("\(result.name): \(result.analysis.oneLine)")
            }
            Terminal.line("Report with the steps to reproduce: \(self.markdown)")
        }
        let codes = reached.map(\.exitCode) + results.map(\.exitCode)
        let code = codes.max { Self.rank($0) < Self.rank($1) } ?? 2
        if code != 0 { throw ExitCode(code) }
    }

    /// The profiles that were named; without targets and names, all there are.
    private func subjects() throws -> [StudySubject] {
        var names = self.profiles
        if names.isEmpty {
            guard self.targets.isEmpty else { return [] }
            names = ProfileFiles.all(under: "faults")
            guard !names.isEmpty else {
                throw CommandFailure("no profile given and none under faults/")
            }
        }
        return try StudySubject.all(profiles: names, seed: self.seed)
    }

    private var markdown: String { self.out + "/report.md" }

    private func write(_ report: StudyReport) throws {
        do {
            try FileManager.default.createDirectory(
                atPath: self.out,
                withIntermediateDirectories: true
            )
            try Data(report.markdown().utf8).write(to: URL(fileURLWithPath: self.markdown))
        } catch {
            throw CommandFailure(
                "\(self.markdown) cannot be written: \(error.localizedDescription)"
            )
        }
    }

    private func report(
        _ columns: [StudyTarget],
        hibernateAfter: DurationArgument
    ) -> StudyReport {
        var report = StudyReport(
            targets: columns,
            environment: [
                ("tool", TorporVersion.text),
                ("system", ProcessInfo.processInfo.operatingSystemVersionString),
                ("processors", String(ProcessInfo.processInfo.activeProcessorCount)),
                ("script", self.script ?? "built in: pingpong"),
                ("runs", String(self.runs)),
                ("objects sleep after", hibernateAfter.description),
                ("traces of this run", self.out),
            ],
            hibernateAfter: hibernateAfter.description
        )
        report.script = self.script
        report.handshake = self.handshake.redacted + self.tls.words
        return report
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
