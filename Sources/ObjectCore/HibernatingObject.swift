public import FramePath
public import ObjectLink

public import struct NIOCore.ByteBuffer

/// An object that may be thrown out of memory while its sockets stay open.
///
/// Shape: constructed at each wake, one event at a time, synchronous; everything it wants goes through
/// the context. What it keeps in its own properties is lost with every sleep.
/// Source: the Durable Object WebSocket hibernation API.
public protocol HibernatingObject: Sendable {
    /// The word that chooses it: `--class`.
    static var kind: String { get }
    /// One line for `--help`.
    static var about: String { get }

    /// The constructor; restored sockets are already there.
    init(context: inout ObjectContext)

    /// A client asks for a WebSocket: accept or reject it.
    mutating func fetch(
        _ request: ObjectRequest,
        context: inout ObjectContext
    )
        throws(ObjectViolation)
    /// A message came.
    mutating func webSocketMessage(
        _ socket: SessionID,
        kind: MessageKind,
        payload: ByteBuffer,
        context: inout ObjectContext
    ) throws(ObjectViolation)
    /// The peer closed, or is lost (1006, not clean).
    mutating func webSocketClose(
        _ socket: SessionID,
        code: UInt16,
        reason: String,
        wasClean: Bool,
        context: inout ObjectContext
    ) throws(ObjectViolation)
    /// The socket failed.
    mutating func webSocketError(
        _ socket: SessionID,
        reason: String,
        context: inout ObjectContext
    )
        throws(ObjectViolation)
    /// The alarm is due.
    mutating func alarm(context: inout ObjectContext) throws(ObjectViolation)
    /// A timer is due.
    mutating func timer(_ timer: TimerID, context: inout ObjectContext) throws(ObjectViolation)
}

extension HibernatingObject {
    /// Does nothing.
    public mutating func webSocketError(
        _ socket: SessionID,
        reason: String,
        context: inout ObjectContext
    ) throws(ObjectViolation) {}

    /// Does nothing.
    public mutating func alarm(context: inout ObjectContext) throws(ObjectViolation) {}

    /// Does nothing.
    public mutating func timer(
        _ timer: TimerID,
        context: inout ObjectContext
    )
        throws(ObjectViolation)
    {}
}

/// A client's upgrade request, as the object sees it.
public struct ObjectRequest: Sendable, Equatable {
    /// The socket it would become.
    public let socket: SessionID
    /// Path and query, as sent.
    public let url: String
    /// Headers, names lower case.
    public let headers: [LinkMessage.HeaderField]
    /// Offered subprotocols in order.
    public let subprotocols: [String]
}

/// A pending timer.
public struct TimerID: Hashable, Sendable {
    /// Counted from 1 in an instance.
    public let number: UInt64
}
