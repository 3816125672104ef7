public import FramePath
public import FrameTrace
public import ObjectLink

/// What a relay is told before its first event.
public struct RelayConfiguration: Sendable {
    /// Who answers a Ping.
    public enum PingPolicy: String, CaseIterable, Sendable {
        /// The edge: Pings and Pongs end here, keep nothing awake and wake nobody.
        case answer
        /// The other end: Pings and Pongs pass like anything else.
        case forward
    }

    /// What becomes of what a server says first when it is dialled again.
    public enum Redial: Equatable, Sendable {
        /// The client gets it once more.
        case pass
        /// So many first messages are kept from the client.
        case swallow(Int)
        /// Everything up to the first message of this type is kept from the client.
        case swallowUntil(String)
    }

    /// 64 random bits of this process; the front of every session id.
    public var edgeID: UInt64
    /// 64 random bits for masking keys.
    public var entropy: UInt64
    /// The run's name.
    public var run: String
    /// Which requests go where.
    public var routes: [BackendRoute]
    /// Without a data frame for so long a session's leg sleeps; `nil` for never.
    public var hibernateAfter: Tick.Span?
    /// Who answers a Ping.
    public var pings: PingPolicy
    /// What becomes of a second greeting.
    public var onRedial: Redial
    /// Whether the backend is shown the client's own Host instead of its own name.
    public var keepsHost: Bool
    /// The limits.
    public var limits: EdgeLimits
    /// Whether events are recorded.
    public var isTracing: Bool
    /// How much of payloads is recorded.
    public var tracedPayload = PayloadPolicy.full
    /// Where a message's type stands.
    public var typePointer: JSONPointer?

    /// The seed of every fault decision.
    public var seed: UInt64 = 0
    /// The profiles as text, for operators.
    public var profiles: [LinkMessage.ProfileText] = []
    /// The profiles' version, raised by each reload.
    public var profileVersion: UInt32 = 1

    /// Makes a configuration.
    public init(
        edgeID: UInt64,
        entropy: UInt64,
        run: String,
        routes: [BackendRoute],
        hibernateAfter: Tick.Span? = .seconds(10),
        pings: PingPolicy = .answer,
        onRedial: Redial = .pass,
        keepsHost: Bool = false,
        limits: EdgeLimits = EdgeLimits(),
        isTracing: Bool = true,
        typePointer: JSONPointer? = JSONPointer("/type")
    ) {
        self.edgeID = edgeID
        self.entropy = entropy
        self.run = run
        self.routes = routes
        self.hibernateAfter = hibernateAfter
        self.pings = pings
        self.onRedial = onRedial
        self.keepsHost = keepsHost
        self.limits = limits
        self.isTracing = isTracing
        self.typePointer = typePointer
    }
}
