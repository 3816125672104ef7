public import ObjectLink
public import WebSocketWire

public import struct NIOCore.ByteBuffer

/// Something that reached the edge.
public enum EdgeEvent: Sendable {
    /// A client connected; `peer` is its address, for `X-Forwarded-For`.
    case clientConnected(LegID, peer: String? = nil)
    /// A connection ended before it was a client's: its TLS handshake failed.
    case clientRefused(reason: String)
    /// Bytes of a client.
    case clientBytes(LegID, ByteBuffer)
    /// A client will send no more.
    case clientHalfClosed(LegID)
    /// A client's connection is gone; also the answer to `close` and `reset`.
    case clientClosed(LegID)
    /// A client's socket buffer drained below, or rose above, its watermark.
    case clientWritable(LegID, Bool)
    /// So many bytes really went to the socket; a driver that reports them makes `unsent` exact.
    case clientWrote(LegID, bytes: Int)
    /// The link to the object server is up.
    case linkUp
    /// The link is gone, and every stream of it.
    case linkDown(reason: String)
    /// A message of the control stream.
    case control(LinkMessage)
    /// A message of an object's stream.
    case streamMessage(LinkStreamID, LinkMessage)
    /// The object server ended a stream; a reset is not clean.
    case streamEnded(LinkStreamID, clean: Bool)
    /// More waits for a stream than the object server takes, or again so little that more may come.
    case streamCongested(LinkStreamID, Bool)
    /// A stream could not be opened.
    case streamRefused(LinkStreamID, reason: String)
    /// The whole answer to a plain request.
    case response(RequestID, status: Int, headers: [HTTPHeader], body: ByteBuffer)
    /// A plain request that will not be answered.
    case responseFailed(RequestID, reason: String)
    /// An operator asks something; `answer` says how it ended.
    case command(ControlID, ControlCommand)
    /// `nextDeadline` has come; it is at once when a leg has more frames than one turn takes.
    case timer
    /// The process is asked to end.
    case shutdown
}
