internal import ArgumentParser
internal import ClientCore
internal import Faults
internal import Foundation
internal import FramePath
internal import ObjectCore
internal import TorporServer
internal import TraceAnalysis

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run a test command against an edge with a profile, and say what broke.",
        discussion: """
            torpor run drop-after-wake --hibernate-after 1s -- pytest -q tests/
            torpor run pass-through --backend ws://127.0.0.1:9000 -- npm test

            Starts an edge on a free port of 127.0.0.1, before the reference object or
            before your own server (--backend), and runs the command with TORPOR_URL
            (ws://127.0.0.1:PORT), TORPOR_CONTROL (http://127.0.0.1:PORT) and
            TORPOR_TRACE (the trace's folder) in its environment. Then it stops and
            prints the finding as one line on standard error. The command keeps standard input and output to itself; SIGINT and
            SIGTERM are handed on to it. Without --trace the trace lies in a temporary
            folder, kept and named only when something broke that was not expected.

            Exit codes: the command's own, without one the script's (0 all works, 1
            something is broken, 2 could not tell); 128+N when signal N ended it, 127 when it is
            not found, 126 when it cannot be run; 1 when it ended well and what was
            found is not what the profile expects (one without `expect` adds nothing);
            64 and 69 as for every command.
            """
    )

    @Argument(help: "A profile: a file, a name under faults/, or pass-through.")
    var profile: String

    @Argument(
        parsing: .postTerminator,
        help: ArgumentHelp("The test command, after --.", valueName: "command")
    )
    var command: [String] = []

    @Option(
        help: ArgumentHelp("A probe's script, played before the command.", valueName: "file")
    )
    var script: String?

    @Option(help: "Seed of every random decision; beats the profile's own.")
    var seed: UInt64?

    @Option(
        help: ArgumentHelp("Write the analysis as JSON into this file.", valueName: "file")
    )
    var json: String?

    @Option(help: ArgumentHelp("Write a JUnit report into this file.", valueName: "file"))
    var junit: String?

    @Flag(
        help: "Print GitHub workflow commands, and append to the file $GITHUB_STEP_SUMMARY names."
    )
    var github = false

    @Flag(name: .shortAndLong, help: "Print nothing but what broke.")
    var quiet = false

    @Option(
        help: """
            The reference object, without --backend: hibernating; resident (never sleeps); forgetful \
            (loses its socket table on wake).
            """
    )
    var mode: ObjectMode = .hibernating

    @OptionGroup(title: "Backend") var backend: BackendOptions
    @OptionGroup(title: "TLS") var tls: TLSTrustOptions
    @OptionGroup(title: "Trace") var trace: TraceArguments

    func validate() throws {
        guard !self.command.isEmpty || self.script != nil else {
            throw ValidationError(
                "no command: give one after --, as in -- pytest -q, or a --script"
            )
        }
        if let idle = self.backend.hibernateAfter.span, idle < .milliseconds(10) {
            throw ValidationError(
                "--hibernate-after is at least 10ms, not \(self.backend.hibernateAfter)"
            )
        }
    }

    func run() async throws {
        let inherited = Descriptors.open()
        let signals = Signals.requests()
        let profiles = try Self.load(self.profile, seed: self.seed)
        let scratch = self.trace.folder == nil ? try ScratchFolder() : nil
        do {
            let trace = try self.trace.openFresh(default: scratch?.path ?? "")
            let outcome = try await self.outcome(profiles, trace, inherited, signals)
            try self.tell(outcome)
            if let scratch, !outcome.isBroken {
                scratch.remove()
            } else if outcome.isBroken {
                Terminal.note(
                    "torpor: the trace is kept: torpor trace analyze \(trace.folder.path)"
                )
            }
            if outcome.exitCode != 0 { throw ExitCode(outcome.exitCode) }
        } catch let error where !(error is ExitCode) {
            scratch?.remove()
            throw error
        }
    }

    private func outcome(
        _ profiles: LoadedProfiles,
        _ trace: TraceOptions,
        _ inherited: Set<Int32>,
        _ signals: AsyncStream<Int32>
    ) async throws -> RunOutcome {
        let script = try self.script.map {
            RunScript(file: $0, script: try ScriptArgument.read($0))
        }
        let clock = RunClock()
        let stack = try await self.start(profiles, trace, clock)
        if !self.quiet { Terminal.note("torpor: \(stack.url), \(profiles.names)") }
        Descriptors.closeOnStart(except: inherited)
        let child = ChildProcess()
        let signalled = RunSignals(child: child, stack: stack)
        let forwarding = Task { await signalled.forward(signals) }
        defer { forwarding.cancel() }
        let isQuiet = self.quiet
        var played: RunScript.Played?
        if let script {
            signalled.script(isRunning: true)
            do {
                played = try await script.play(
                    stack,
                    trace: trace,
                    clock: clock,
                    hibernateAfter: self.backend.hibernateAfter.span,
                    progress: { if !isQuiet { Terminal.note("torpor: \($0)") } }
                )
            } catch {
                await stack.stop()
                throw error
            }
            signalled.script(isRunning: false)
        }
        let started = ContinuousClock.now
        var end: ChildProcess.End?
        if !self.command.isEmpty {
            end = await child.run(self.command, environment: Self.environment(stack, trace))
        }
        let time = ContinuousClock.now - started
        await stack.stop()
        return RunOutcome(
            profile: profiles.profiles.first?.name ?? self.profile,
            expect: profiles.profiles.isEmpty
                ? Expect(kind: .none) : profiles.profiles.first?.expect,
            script: played,
            command: self.command,
            end: end,
            seconds: time / .seconds(1),
            report: Analyzer.analyze(try RunDirectory.load(trace.folder.path))
        )
    }
}

extension RunCommand {
    private static func environment(
        _ stack: RunStack,
        _ trace: TraceOptions
    ) -> [String: String] {
        var environment = ProcessInfo.processInfo.environment
        environment["TORPOR_URL"] = stack.url
        environment["TORPOR_CONTROL"] = stack.control
        environment["TORPOR_TRACE"] = (trace.folder.path as NSString).deletingLastPathComponent
        return environment
    }

    /// The profile; `pass-through` is known without a file.
    private static func load(_ name: String, seed: UInt64?) throws -> LoadedProfiles {
        let hasFile = (try? ProfileFiles.locate(name)) != nil
        return try LoadedProfiles(
            names: hasFile || name != "pass-through" ? [name] : [],
            seed: seed
        )
    }

    private func start(
        _ profiles: LoadedProfiles,
        _ trace: TraceOptions,
        _ clock: RunClock
    ) async throws -> RunStack {
        let given = ProcessInfo.processInfo.environment["TORPOR_CONTROL_TOKEN"]
        let token = given?.isEmpty == true ? nil : given
        var edge = EdgeServerConfiguration(listen: ListenAddress(host: "127.0.0.1", port: 0))
        edge.profiles = profiles.texts
        edge.seed = profiles.seed
        edge.trace = trace
        edge.clock = clock
        edge.run = trace.folder.run
        guard self.backend.backend.isEmpty else {
            try self.backend.apply(to: &edge, trust: self.tls.trust)
            self.backend.warn(about: profiles)
            return try await RunStack.backend(edge, token: token)
        }
        let idle = self.backend.hibernateAfter.span
        var objects = ObjectServerConfiguration(
            objects: ObjectConfiguration(
                mode: idle == nil ? .resident : self.mode,
                hibernateAfter: idle,
                isTracing: true,
                wallZeroMilliseconds: clock.wallZeroMilliseconds
            )
        )
        objects.trace = trace
        objects.clock = clock
        return try await RunStack.objects(edge, objects, token: token)
    }

    private func tell(_ outcome: RunOutcome) throws {
        if !self.quiet || outcome.isBroken {
            for line in outcome.lines { Terminal.note("torpor: \(line)") }
        }
        if let script = outcome.script, !self.quiet || script.words != nil {
            Terminal.note(script.report.text())
        }
        if let file = self.json { try OutputFile.write(outcome.report.json + "\n", to: file) }
        if let file = self.junit { try OutputFile.write(outcome.junit.xml, to: file) }
        guard self.github else { return }
        for annotation in outcome.annotations { Terminal.note(annotation.command) }
        if let file = ProcessInfo.processInfo.environment["GITHUB_STEP_SUMMARY"], !file.isEmpty {
            try OutputFile.append(outcome.summary, to: file)
        }
    }
}
