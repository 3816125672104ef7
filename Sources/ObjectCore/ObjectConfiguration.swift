public import FramePath
public import FrameTrace

/// What an object server is told once, at its start.
public struct ObjectConfiguration: Sendable, Equatable {
    /// The reference object, a kind of `ObjectRegistry.all`.
    public var kind: String
    /// How it treats memory.
    public var mode: ObjectMode
    /// Where the numbers come from that are not given.
    public var preset: ObjectPreset
    /// What `welcome` tells the client.
    public var heartbeatInterval: Tick.Span
    /// A socket without a message for longer is stale.
    public var staleAfter: Tick.Span
    /// Time between alarms.
    public var alarmInterval: Tick.Span
    /// Time without an event before sleep.
    public var hibernateAfter: Tick.Span
    /// Whether events are recorded.
    public var isTracing: Bool
    /// How much of payloads is recorded.
    public var tracedPayload = PayloadPolicy.full
    /// Every limit.
    public var limits: ObjectLimits
    /// Wall clock at tick 0, milliseconds since 1970.
    public var wallZeroMilliseconds: UInt64
    /// Whether each heartbeat sets the alarm again.
    public var pushesBackAlarm: Bool
    /// JSON pointer to a message's type.
    public var typePointer: String
    /// Bytes the pingpong object pads each attachment to; 0 pads nothing.
    public var attachmentBytes: Int

    /// Makes a configuration; what is `nil` comes from the preset.
    public init(
        kind: String = "pingpong",
        mode: ObjectMode = .hibernating,
        preset: ObjectPreset = .standard,
        heartbeatInterval: Tick.Span? = nil,
        staleAfter: Tick.Span? = nil,
        alarmInterval: Tick.Span? = nil,
        hibernateAfter: Tick.Span? = nil,
        isTracing: Bool = true,
        limits: ObjectLimits = ObjectLimits(),
        wallZeroMilliseconds: UInt64 = 0,
        pushesBackAlarm: Bool? = nil,
        typePointer: String = "/type",
        attachmentBytes: Int = 0
    ) {
        self.kind = kind
        self.mode = mode
        self.preset = preset
        self.heartbeatInterval = heartbeatInterval ?? .seconds(20)
        self.staleAfter = staleAfter ?? .seconds(60)
        self.alarmInterval = alarmInterval ?? .seconds(60)
        self.hibernateAfter = hibernateAfter ?? .seconds(preset == .original ? 30 : 10)
        self.isTracing = isTracing
        self.limits = limits
        self.wallZeroMilliseconds = wallZeroMilliseconds
        self.pushesBackAlarm = pushesBackAlarm ?? (preset == .original)
        self.typePointer = typePointer
        self.attachmentBytes = attachmentBytes
    }
}
