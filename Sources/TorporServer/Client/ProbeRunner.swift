public import ClientCore
internal import FramePath
public import NIOCore
public import WebSocketWire

/// Runs the scripted probe over real sockets.
public enum ProbeRunner {
    /// What a probe is told at its start.
    public struct Configuration: Sendable {
        /// Host and port of every connection, and the path of those whose script names none.
        public var url: WebSocketURL
        /// The script; the runner sets tracing and the wall clock itself.
        public var probe: ProbeConfiguration
        /// More request headers of every connection; they replace the script's of the same name.
        public var headers: [HTTPHeader] = []
        /// Offered by every connection before the script's own.
        public var subprotocols: [String] = []
        /// The edge of this process, which tells exactly when objects sleep and wake.
        public var edge: EdgeServer?
        /// Whether objects are expected to sleep; else each is left alone for the idle span only.
        public var awaitsSleep = true
        /// Whom it believes on `wss://`.
        public var trust = TLSTrust()
        /// Where to trace, or nowhere.
        public var trace: TraceOptions?
        /// The run's clock, shared with the other roles of the process.
        public var clock = RunClock()

        /// Makes a configuration with the defaults.
        public init(url: WebSocketURL, probe: ProbeConfiguration) {
            self.url = url
            self.probe = probe
            self.probe.path = url.target
        }
    }

    /// Runs the whole script.
    ///
    /// - Parameters:
    ///   - configuration: where to and how.
    ///   - group: gives the one loop it lives on.
    ///   - progress: told in plain words how far it is.
    /// - Returns: the works/broken table.
    /// - Throws: a trace that cannot be written, a CA file that cannot be used.
    public static func run(
        _ configuration: Configuration,
        group: any EventLoopGroup,
        progress: @escaping @Sendable (String) -> Void = { _ in }
    ) async throws -> ProbeReport {
        let tls = try TLSContext.dialling(configuration.url, trust: configuration.trust)
        let writer = try configuration.trace.map {
            try TraceWriter(
                options: $0,
                role: "probe",
                seed: 0,
                clock: configuration.clock,
                points: [.clientTx, .clientRx],
                isInsecure: configuration.url.isSecure && configuration.trust.isInsecure
            )
        }
        let tail = Self.tail(configuration)
        let isWatched =
            configuration.awaitsSleep && (tail != nil || configuration.edge?.tracePath != nil)
        let loop = group.next()
        let done = loop.makePromise(of: ProbeReport.self)
        let bound = try await loop.submit {
            let driver = ProbeDriver(
                configuration,
                tls: tls,
                observesLife: isWatched,
                loop: loop,
                writer: writer,
                progress: progress,
                onDone: { done.succeed($0) }
            )
            return NIOLoopBound(driver, eventLoop: loop)
        }.get()
        await configuration.edge?.observeLife { step in
            loop.execute { bound.value.observed(step) }
        }
        tail?.start { step in
            loop.execute { bound.value.observed(step) }
        }
        loop.execute { bound.value.start() }
        let report = try await done.futureResult.get()
        await tail?.stop()
        try await loop.submit { bound.value.abandon() }.get()
        await writer?.close()
        return report
    }

    /// The trace of an edge in another process, when that traces into the same run.
    private static func tail(_ configuration: Configuration) -> LifeTail? {
        guard configuration.awaitsSleep, configuration.edge == nil, let trace = configuration.trace
        else { return nil }
        let objects = Probe(configuration: configuration.probe, entropy: 0).objects
        return LifeTail(folder: trace.folder.path, objects: objects)
    }
}
