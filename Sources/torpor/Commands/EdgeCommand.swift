public import ArgumentParser
public import EdgeCore
internal import NIOCore
internal import NIOPosix
internal import TorporServer

/// What of the edge is set by flags, the same for `edge` and `up`.
struct EdgeOptions: ParsableArguments {
    @Option(help: "HOST:PORT to listen on; port 0 lets the system choose.")
    var listen = ListenAddress(host: "127.0.0.1", port: 8080)

    @Option(
        help: "hold: clients stay when the object server is lost; drop: they are closed (1012)."
    )
    var onObjectLoss: EdgeConfiguration.ObjectLoss = .hold

    @Option(
        help: "Who answers a client's Close: runtime, or application (needs close() in the object)."
    )
    var replyToClose: EdgeConfiguration.CloseReply = .runtime

    @OptionGroup var tls: TLSListenOptions

    func configuration(
        _ profiles: LoadedProfiles,
        trace: TraceOptions?,
        clock: RunClock
    ) throws(TLSFailure) -> EdgeServerConfiguration {
        var configuration = EdgeServerConfiguration(listen: self.listen)
        configuration.listenTLS = try self.tls.context(alpn: ["http/1.1"])
        configuration.profiles = profiles.texts
        configuration.seed = profiles.givenSeed
        configuration.onObjectLoss = self.onObjectLoss
        configuration.replyToClose = self.replyToClose
        configuration.trace = trace
        configuration.clock = clock
        if let run = trace?.folder.run { configuration.run = run }
        return configuration
    }
}

extension EdgeConfiguration.ObjectLoss: ExpressibleByArgument {}
extension EdgeConfiguration.CloseReply: ExpressibleByArgument {}

struct EdgeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "edge",
        abstract: "Run the edge: it holds the clients' sockets and injects the faults.",
        discussion: """
            torpor edge --backend ws://127.0.0.1:9000 --hibernate-after 5s --trace run/
            torpor edge --objects http://127.0.0.1:7000 --faults faults/drop-after-wake.yaml

            With --backend any unmodified WebSocket server stands behind it. Each session has a leg of
            its own to the server; idle for --hibernate-after, the leg is closed (1001) while the
            client's socket stays, and the next message dials it again: same path, headers and
            subprotocol, plus torpor-session and torpor-wake. A push while asleep is impossible. Plain
            HTTP passes through.

            Exit codes: 0 after SIGTERM or SIGINT, 69 when it cannot start.
            """
    )

    @OptionGroup(title: "Edge") var edge: EdgeOptions

    @Option(help: "The object server, http://HOST:PORT or https://HOST:PORT.")
    var objects: LinkAddress?

    @OptionGroup(title: "Backend") var backend: BackendOptions

    @Option(help: "The secret shown to the object server; else TORPOR_LINK_TOKEN.")
    var linkToken: String?

    @OptionGroup(title: "TLS") var trust: TLSTrustOptions
    @OptionGroup(title: "Faults") var faults: FaultOptions
    @OptionGroup(title: "Trace") var trace: TraceArguments
    @OptionGroup(title: "Control") var control: ControlOptions

    func validate() throws {
        guard self.objects == nil || self.backend.backend.isEmpty else {
            throw ValidationError("--backend and --objects are two ways; give one of them")
        }
    }

    func run() async throws {
        let signals = Signals.requests()
        let profiles = try self.faults.read()
        let trace = try self.trace.open()
        let clock = RunClock()
        var configuration = try self.edge.configuration(profiles, trace: trace, clock: clock)
        let objects = self.objects ?? LinkAddress(ListenAddress(host: "127.0.0.1", port: 7000))
        configuration.objects = objects.address
        configuration.linkTLS = try objects.context(trust: self.trust.trust)
        try self.backend.apply(to: &configuration, trust: self.trust.trust)
        configuration.linkToken = Serving.linkToken(self.linkToken)
        self.backend.warn(about: profiles)
        let server = try await EdgeServer.start(
            configuration,
            group: .singletonMultiThreadedEventLoopGroup
        )
        let operated = try await Operated.start(
            server,
            options: self.control,
            profiles: profiles,
            clock: clock
        )
        Serving.banner(
            "edge",
            address: server.address,
            profiles: profiles,
            trace: trace,
            isSecure: configuration.listenTLS != nil,
            more: (self.backend.backend.isEmpty
                ? ["objects \(objects)"] : self.backend.backend.map { "backend \($0)" })
                + [operated.banner]
        )
        await server.observeBackends { backend, failure in
            // On the edge's loop, where nothing may wait for a terminal.
            Task {
                Terminal.note(
                    failure.map {
                        "cannot dial \(backend): \($0); clients get 502 with the reason until it answers"
                    } ?? "\(backend) can be dialled again"
                )
            }
        }
        let isLinked = await server.waitForLink(within: .seconds(2))
        await Operated.tellOfLink(server, isLinked: isLinked, policy: self.edge.onObjectLoss)
        if !isLinked {
            let failure = await server.linkFailure()
            let listen = objects.address
            Terminal.note(
                "no link to \(objects) yet"
                    + (failure.map { ": \($0)" }
                        ?? ": is `torpor object --listen \(listen)` running, with the same --link-token?")
                    + ". Upgrades get 502 with the reason until then"
            )
        }
        await Serving.untilSignal(signals) {
            await operated.stop()
            await server.stop()
        }
    }
}
