public import ObjectLink
public import WebSocketWire

public import struct NIOCore.ByteBuffer

/// An object's stream at the object server.
public struct HostStreamID: Hashable, Sendable {
    /// The edge's connection, as the driver numbers it.
    public let edge: UInt64
    /// The stream in it, as the driver numbers it.
    public let number: UInt64

    /// Makes an id.
    public init(edge: UInt64, number: UInt64) {
        self.edge = edge
        self.number = number
    }
}

/// What happens to an object server.
public enum HostEvent: Sendable {
    /// An edge's connection and its control stream are there.
    case edgeConnected(edge: UInt64)
    /// A message of the control stream.
    case control(edge: UInt64, LinkMessage)
    /// The connection is gone, and every stream with it.
    case edgeLost(edge: UInt64)
    /// An edge opened an object's stream.
    case streamOpened(HostStreamID, object: String)
    /// A message of an object's stream.
    case stream(HostStreamID, LinkMessage)
    /// The edge ended (`clean`) or reset an object's stream.
    case streamEnded(HostStreamID, clean: Bool)
    /// A plain HTTP request.
    case request(
        id: UInt64,
        method: String,
        target: String,
        headers: [HTTPHeader],
        body: ByteBuffer
    )
    /// The next deadline may have come.
    case timer
    /// The process is asked to end.
    case shutdown
}

/// What an object server wants done.
public enum HostAction: Sendable {
    /// Send on the control stream of that edge.
    case control(edge: UInt64, LinkMessage)
    /// Send on an object's stream.
    case send(HostStreamID, LinkMessage)
    /// End an object's stream after what was sent.
    case endStream(HostStreamID)
    /// Reset an object's stream.
    case resetStream(HostStreamID)
    /// Answer a plain HTTP request.
    case respond(id: UInt64, status: Int, headers: [HTTPHeader], body: ByteBuffer)
    /// Shutdown is done.
    case finished
}
