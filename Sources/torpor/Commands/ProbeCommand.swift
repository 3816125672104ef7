internal import ArgumentParser
internal import ClientCore
internal import FramePath
internal import NIOPosix
internal import TorporServer

struct ProbeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "probe",
        abstract: "Run the scripted exchanges and print the works/broken table.",
        discussion: """
            torpor probe ws://127.0.0.1:8080/ --hibernate-after 2s

            Every lane uses an object of its own: ws://HOST/objects/probe-…/websocket. With --trace in
            the folder the running edge traces into, it reads there when objects sleep and wake;
            otherwise it leaves each object alone for the time that takes. Exit codes: 0 all works,
            1 something is broken, 2 could not tell.
            """
    )

    @Argument(help: "ws://HOST[:PORT]/ or wss://HOST[:PORT]/")
    var url: String

    @Option(help: "Sessions of each exchange.")
    var sessions = 3

    @Option(help: "The objects' idle time before sleep; an answer is given 60 % of it, or 500 ms.")
    var hibernateAfter = DurationArgument(.seconds(10))

    @Flag(help: "The service never sleeps: leave it alone for the idle time and expect no wake.")
    var resident = false

    @Flag(help: "Print JSON.")
    var json = false

    @Flag(name: .shortAndLong, help: "No progress on standard error.")
    var quiet = false

    @OptionGroup(title: "TLS") var tls: TLSTrustOptions
    @OptionGroup(title: "Trace") var trace: TraceArguments

    func validate() throws {
        guard (1...100).contains(self.sessions) else {
            throw ValidationError("--sessions is 1 to 100, not \(self.sessions)")
        }
    }

    func run() async throws {
        let url = try ClientURL.read(self.url)
        let trace = try self.trace.open()
        var configuration = ProbeRunner.Configuration(
            url: url,
            probe: ProbeConfiguration(
                target: self.url,
                script: try ScriptArgument.builtIn(),
                tag: String(UInt32.random(in: 0...UInt32.max), radix: 16),
                sessions: self.sessions,
                hibernateAfter: self.hibernateAfter.span
            )
        )
        configuration.trust = self.tls.trust
        configuration.trace = trace
        configuration.awaitsSleep = !self.resident
        let isQuiet = self.quiet
        let report = try await ProbeRunner.run(
            configuration,
            group: .singletonMultiThreadedEventLoopGroup,
            progress: { if !isQuiet { Terminal.note($0) } }
        )
        Terminal.line(
            self.json
                ? String(decoding: report.json(), as: UTF8.self)
                : report.text(colour: Terminal.hasColour)
        )
        if report.exitCode != 0 { throw ExitCode(report.exitCode) }
    }
}
