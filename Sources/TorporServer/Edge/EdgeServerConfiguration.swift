public import EdgeCore
public import FramePath
public import ObjectLink

/// What an edge is told at its start.
public struct EdgeServerConfiguration: Sendable {
    /// Where clients connect; port 0 lets the system choose.
    public var listen: ListenAddress
    /// Where the object server listens; not used by `Up`.
    public var objects: ListenAddress
    /// Any WebSocket servers instead of an object server; not used by `Up`.
    public var backends: [BackendRoute] = []
    /// Without a data frame for so long a session's leg to its backend sleeps; `nil` for never.
    public var hibernateAfter: Tick.Span? = .seconds(10)
    /// TLS towards backends that want it; without, such a one cannot be dialled.
    public var backendTLS: TLSContext?
    /// Who answers a Ping, with a backend.
    public var pings = RelayConfiguration.PingPolicy.answer
    /// What becomes of what a backend says first when it is dialled again.
    public var onRedial = RelayConfiguration.Redial.pass
    /// Whether a backend is shown the client's own Host.
    public var keepsHost = false
    /// TLS towards clients, or none.
    public var listenTLS: TLSContext?
    /// TLS towards the object server, or none; its ALPN is `h2`.
    public var linkTLS: TLSContext?
    /// The link's secret, needed when the object server is not on this machine.
    public var linkToken: String?
    /// The profiles as read from their files.
    public var profiles: [LinkMessage.ProfileText] = []
    /// The seed of every fault decision; it beats the one in a profile.
    public var seed: UInt64?
    /// Every bound.
    public var limits = EdgeLimits()
    /// What happens to held sessions when the object server is lost.
    public var onObjectLoss = EdgeConfiguration.ObjectLoss.hold
    /// Who answers a client's Close.
    public var replyToClose = EdgeConfiguration.CloseReply.runtime
    /// Where a message's type stands.
    public var typePointer = JSONPointer("/type")
    /// Where to trace, or nowhere.
    public var trace: TraceOptions?
    /// The run's name when there is no trace folder to give one.
    public var run = "run"
    /// The run's clock, shared with the other roles of the process.
    public var clock = RunClock()

    /// Makes a configuration with the defaults.
    public init(
        listen: ListenAddress = ListenAddress(host: "127.0.0.1", port: 8080),
        objects: ListenAddress = ListenAddress(host: "127.0.0.1", port: 7000)
    ) {
        self.listen = listen
        self.objects = objects
    }
}
