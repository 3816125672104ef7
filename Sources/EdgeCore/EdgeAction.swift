public import ObjectLink
public import WebSocketWire

public import struct NIOCore.ByteBuffer

/// Something the driver must do, in order.
public enum EdgeAction: Sendable {
    /// Write to a client.
    case write(LegID, ByteBuffer)
    /// Close a client's connection after what was written.
    case close(LegID)
    /// Reset a client's connection.
    case reset(LegID)
    /// Read no more from a client for now.
    case pauseReads(LegID)
    /// Read again.
    case resumeReads(LegID)
    /// Send on the control stream.
    case control(LinkMessage)
    /// Open an object's stream.
    case openStream(LinkStreamID, object: String)
    /// Send on an object's stream.
    case send(LinkStreamID, LinkMessage)
    /// End our half of a stream.
    case endStream(LinkStreamID)
    /// Reset a stream.
    case resetStream(LinkStreamID)
    /// Forward a plain request.
    case request(
        RequestID,
        method: String,
        target: String,
        headers: [HTTPHeader],
        body: ByteBuffer
    )
    /// Its client left.
    case cancelRequest(RequestID)
    /// How an operator's command ended.
    case answer(ControlID, ControlResult)
    /// The link can carry something else than before.
    case linkChanged(LinkState)
    /// Shutdown is complete.
    case finished
}
