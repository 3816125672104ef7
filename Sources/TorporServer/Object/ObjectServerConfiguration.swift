public import ObjectCore

/// What an object server is told at its start.
public struct ObjectServerConfiguration: Sendable {
    /// Where edges connect; port 0 lets the system choose; not used by `Up`.
    public var listen: ListenAddress
    /// TLS towards edges, or none; its ALPN is `h2`.
    public var listenTLS: TLSContext?
    /// The link's secret, needed when others than this machine can connect.
    public var linkToken: String?
    /// The objects; the server sets tracing and the wall clock itself.
    public var objects: ObjectConfiguration
    /// Where to trace, or nowhere.
    public var trace: TraceOptions?
    /// The run's clock, shared with the other roles of the process.
    public var clock = RunClock()

    /// Makes a configuration with the defaults.
    public init(
        listen: ListenAddress = ListenAddress(host: "127.0.0.1", port: 7000),
        objects: ObjectConfiguration = ObjectConfiguration()
    ) {
        self.listen = listen
        self.objects = objects
    }
}
