public import WebSocketWire

/// What a client is told at its start.
public struct ClientConnectionConfiguration: Sendable {
    /// Where it goes.
    public var url: WebSocketURL
    /// Offered, most wanted first.
    public var subprotocols: [String] = []
    /// More request headers.
    public var headers: [HTTPHeader] = []
    /// Asks our edge to tell session and run.
    public var asksTorporHeaders = true
    /// The object's name for the trace.
    public var object = ""
    /// Whom it believes on `wss://`.
    public var trust = TLSTrust()
    /// Where to trace, or nowhere.
    public var trace: TraceOptions?
    /// The run's clock, shared with the other roles of the process.
    public var clock = RunClock()

    /// Makes a configuration with the defaults.
    public init(url: WebSocketURL) { self.url = url }

    /// Certificates are not checked though there are any.
    var isInsecure: Bool { self.url.isSecure && self.trust.isInsecure }
}
