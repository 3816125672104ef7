internal import ArgumentParser
internal import NIOPosix
internal import ObjectCore
internal import TorporServer

struct ObjectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "object",
        abstract: "Run the reference object server: objects that hibernate and wake.",
        discussion: """
            torpor object --listen 127.0.0.1:7000 --hibernate-after 2s --trace run/

            Off loopback it needs --link-token or TORPOR_LINK_TOKEN. Exit codes: 0 after SIGTERM or
            SIGINT, 69 when it cannot start.
            """
    )

    @Option(help: "HOST:PORT to listen on; port 0 lets the system choose.")
    var listen = ListenAddress(host: "127.0.0.1", port: 7000)

    @Option(help: "The secret an edge must show; else TORPOR_LINK_TOKEN.")
    var linkToken: String?

    @OptionGroup(title: "TLS") var tls: TLSListenOptions
    @OptionGroup(title: "Object") var object: ObjectOptions
    @OptionGroup(title: "Trace") var trace: TraceArguments

    func run() async throws {
        let signals = Signals.requests()
        let clock = RunClock()
        let tls = try self.tls.context(alpn: ["h2"])
        let trace = try self.trace.open()
        var configuration = ObjectServerConfiguration(
            listen: self.listen,
            objects: try self.object.configuration(isTracing: trace != nil, clock: clock)
        )
        configuration.linkToken = Serving.linkToken(self.linkToken)
        configuration.listenTLS = tls
        configuration.trace = trace
        configuration.clock = clock
        guard self.listen.isLoopback || configuration.linkToken != nil else {
            throw CommandFailure(
                "\(self.listen) is not loopback: give --link-token or TORPOR_LINK_TOKEN, "
                    + "the same to the edge"
            )
        }
        let server = try await ObjectServer.start(
            configuration,
            group: .singletonMultiThreadedEventLoopGroup
        )
        Serving.banner(
            "object server",
            address: server.address,
            profiles: nil,
            trace: trace,
            isSecure: tls != nil,
            more: [
                "class   \(self.object.kind), \(self.object.mode.rawValue), sleeps after "
                    + "\(DurationArgument(configuration.objects.hibernateAfter))"
            ]
        )
        await Serving.untilSignal(signals) { await server.stop() }
    }
}
