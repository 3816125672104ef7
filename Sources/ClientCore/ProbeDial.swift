public import WebSocketWire

/// How a connection of a probe is asked for.
public struct ProbeDial: Sendable, Equatable {
    /// Path and query.
    public var target: String
    /// The object's name, for the trace.
    public var object: String
    /// More request headers.
    public var headers: [HTTPHeader]
    /// Offered, most wanted first.
    public var subprotocols: [String]
    /// 64 random bits for the `Client`.
    public var entropy: UInt64 = 0
}
