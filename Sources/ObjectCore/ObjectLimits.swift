public import FramePath

/// Every limit of the object server.
///
/// Source: the Durable Object limits; bounds of our own queues are marked.
public struct ObjectLimits: Sendable, Equatable {
    /// Tags of one socket.
    public var tagsMax = 10
    /// Bytes of one tag.
    public var tagBytesMax = 256
    /// Sockets of one object.
    public var socketsMax = 32_768
    /// Bytes of one attachment.
    public var attachmentBytesMax = 16_384
    /// Bytes of either half of the auto-response pair.
    public var autoResponseBytesMax = 2_048
    /// Bytes of a close reason.
    public var closeReasonBytesMax = 123
    /// Ours: messages of one session that wait to leave.
    public var outgoingMessagesMax = 16_384
    /// Ours: payload bytes of one session that wait to leave.
    public var outgoingBytesMax = 64 * 1024 * 1024
    /// Ours: messages of one session that rules hold back on their way in.
    public var heldMessagesMax = 16_384
    /// Ours: pending timers of one object.
    public var timersMax = 65_536
    /// Ours: objects known at once.
    public var objectsMax = 1_000_000
    /// Ours: payload bytes in flight to one session, when the wake does not say.
    public var creditBytes: UInt32 = 262_144
    /// First wait before an alarm asks again for an edge; doubles.
    public var alarmRetry = Tick.Span.seconds(2)
    /// How often an alarm asks before it is given up.
    public var alarmTriesMax = 6

    /// The defaults.
    public init() {}
}
