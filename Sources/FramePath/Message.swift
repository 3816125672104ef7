public import struct NIOCore.ByteBuffer

/// A whole message on its way, with everything stamped at its birth.
///
/// Shape: the payload is unmasked and, for text, valid UTF-8.
public struct Message: Sendable, Equatable {
    /// Its identity.
    public var id: MessageID
    /// Text, binary or a control kind.
    public var kind: MessageKind
    /// Unmasked bytes.
    public var payload: ByteBuffer
    /// The object's phase at birth.
    public var phase: Phase
    /// The wake ordinal at birth.
    public var wake: UInt32
    /// What made the object send it; `.unknown` for to-object messages.
    public var handler: Handler
    /// The instance that sent it, 0 when not an object's.
    public var instance: UInt64
    /// The value at the type pointer, at most 64 bytes; `nil` when there is none.
    public var type: String?
    /// The ordinal of the to-object message whose handler sent this one.
    public var cause: UInt32?
    /// How many wire frames it came in.
    public var fragments: UInt16
    /// Part of a send to many sessions.
    public var isBroadcast: Bool

    /// Makes a message.
    public init(
        id: MessageID,
        kind: MessageKind,
        payload: ByteBuffer,
        phase: Phase,
        wake: UInt32,
        handler: Handler = .unknown,
        instance: UInt64 = 0,
        type: String? = nil,
        cause: UInt32? = nil,
        fragments: UInt16 = 1,
        isBroadcast: Bool = false
    ) {
        self.id = id
        self.kind = kind
        self.payload = payload
        self.phase = phase
        self.wake = wake
        self.handler = handler
        self.instance = instance
        self.type = type
        self.cause = cause
        self.fragments = fragments
        self.isBroadcast = isBroadcast
    }
}
