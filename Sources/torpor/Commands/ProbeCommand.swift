internal import ArgumentParser
internal import ClientCore
internal import FramePath
internal import NIOPosix
internal import ScriptFiles
internal import TorporServer

struct ProbeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "probe",
        abstract: "Run the scripted exchanges and print the works/broken table.",
        discussion: """
            torpor probe ws://127.0.0.1:8080/ --hibernate-after 2s
            torpor probe ws://127.0.0.1:9000/chat --script chat.yaml --repeat 10
            torpor probe --print-script > mine.yaml

            Without --script it plays the pingpong service's exchanges, every lane on an object of its
            own: ws://HOST/objects/probe-…/websocket. A path in the URL replaces the script's. With
            --trace in the folder the running edge traces into, it reads there when objects sleep and
            wake; otherwise it leaves each object alone for the time that takes. Exit codes: 0 all
            works, 1 something is broken or flaky, 2 could not tell.
            """
    )

    @Argument(help: "ws://HOST[:PORT]/ or wss://HOST[:PORT]/")
    var url: String?

    @Option(help: "The exchanges, as a YAML file; without it the pingpong service's.")
    var script: String?

    @Flag(help: "Print the built-in script, to start one from, and stop.")
    var printScript = false

    @Option(
        help:
            "Copies of each lane, at once. Default 3; 1 where they share an object or a script is given."
    )
    var sessions: Int?

    @Option(
        name: .customLong("repeat"),
        help: "Runs; from 2 on, each cell is k of n with an interval."
    )
    var runs = 1

    @Option(help: "The objects' idle time before sleep; an answer is given 60 % of it, or 500 ms.")
    var hibernateAfter = DurationArgument(.seconds(10))

    @Flag(help: "The service never sleeps: leave it alone for the idle time and expect no wake.")
    var resident = false

    @Flag(help: "Print JSON.")
    var json = false

    @Flag(name: .shortAndLong, help: "No progress on standard error.")
    var quiet = false

    @OptionGroup(title: "Handshake") var handshake: HandshakeOptions
    @OptionGroup(title: "TLS") var tls: TLSTrustOptions
    @OptionGroup(title: "Trace") var trace: TraceArguments

    func validate() throws {
        if let sessions, !(1...100).contains(sessions) {
            throw ValidationError("--sessions is 1 to 100, not \(sessions)")
        }
        guard (1...1_000).contains(self.runs) else {
            throw ValidationError("--repeat is 1 to 1000, not \(self.runs)")
        }
        guard self.url != nil || self.printScript else {
            throw ValidationError("missing the address to probe, for example ws://127.0.0.1:8080/")
        }
    }

    func run() async throws {
        if self.printScript { return Terminal.line(BuiltInScript.text) }
        var probe = ProbeRun(
            url: try ClientURL.read(self.url ?? ""),
            script: try self.script.map { try ScriptArgument.read($0) }
                ?? ScriptArgument.builtIn(),
            isBuiltIn: self.script == nil,
            hibernateAfter: self.hibernateAfter.span
        )
        probe.copies = self.sessions
        probe.runs = self.runs
        probe.headers = self.handshake.all
        probe.subprotocols = self.handshake.subprotocols
        probe.trust = self.tls.trust
        probe.trace = try self.trace.open()
        probe.awaitsSleep = !self.resident
        let isQuiet = self.quiet
        let reports = try await probe.run { if !isQuiet { Terminal.note($0) } }
        let code = self.runs == 1 ? self.show(reports[0]) : self.show(ProbeSeries(reports: reports))
        if code != 0 { throw ExitCode(code) }
    }

    private func show(_ report: ProbeReport) -> Int32 {
        if self.json {
            Terminal.line(report.json())
        } else {
            Terminal.line(report.text(colour: Terminal.hasColour))
        }
        return report.exitCode
    }

    private func show(_ series: ProbeSeries) -> Int32 {
        if self.json {
            Terminal.line(series.json())
        } else {
            Terminal.line(series.text(colour: Terminal.hasColour))
        }
        return series.exitCode
    }
}
