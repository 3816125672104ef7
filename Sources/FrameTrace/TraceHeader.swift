public import FramePath

/// What a trace file says about itself before its first event.
public struct TraceHeader: Sendable {
    /// Which clock `t` was read from.
    public enum Clock: String, Sendable {
        /// The process's monotonic clock.
        case mono
        /// Virtual time of a simulation.
        case virtual
    }

    /// The run this file belongs to.
    public var run: String
    /// `edge`, `object`, `client`, `probe`.
    public var role: String
    /// Version of the tool that writes.
    public var tool: String
    /// Process id, 0 in a simulation.
    public var pid: Int32
    /// The seed of the rules.
    public var seed: UInt64
    /// Which clock.
    public var clock: Clock
    /// Wall clock at `Tick.zero`, nanoseconds since 1970.
    public var wall0: UInt64
    /// The points this process sees.
    public var points: [Point]
    /// The profiles in force.
    public var profiles: [String]
    /// How much of payloads is written.
    public var payload: PayloadPolicy
    /// `local`, `deployed`, `sim`.
    public var target: String
    /// Session keys were given, or follow from the order of accepts (`accept`).
    public var ordering: String
    /// Sessions whose client end this process is, when known at the start.
    public var claims: [SessionID]
    /// Certificates of peers were not checked.
    public var isInsecure: Bool
    /// The servers behind an edge that dials any backend; their phases are inferred from its own acts.
    public var backend: String?

    /// Makes a header.
    public init(
        run: String,
        role: String,
        tool: String,
        pid: Int32,
        seed: UInt64,
        clock: Clock = .mono,
        wall0: UInt64,
        points: [Point],
        profiles: [String] = [],
        payload: PayloadPolicy = .hash,
        target: String = "local",
        ordering: String = "key",
        claims: [SessionID] = [],
        isInsecure: Bool = false,
        backend: String? = nil
    ) {
        self.run = run
        self.role = role
        self.tool = tool
        self.pid = pid
        self.seed = seed
        self.clock = clock
        self.wall0 = wall0
        self.points = points
        self.profiles = profiles
        self.payload = payload
        self.target = target
        self.ordering = ordering
        self.claims = claims
        self.isInsecure = isInsecure
        self.backend = backend
    }
}
