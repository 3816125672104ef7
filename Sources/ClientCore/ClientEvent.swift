public import FramePath

public import struct NIOCore.ByteBuffer

/// What happens to a client.
public enum ClientEvent: Sendable {
    /// The TCP (and TLS) connection stands.
    case connected
    /// Bytes off the socket, in any cut.
    case bytes(ByteBuffer)
    /// The socket is gone.
    case closed
    /// The socket could not be had, in plain words.
    case failed(String)
    /// The user sends a message or a Ping; held until the handshake is done, a no-op after a Close.
    case send(kind: MessageKind, payload: ByteBuffer)
    /// The user closes; a no-op after a Close.
    case close(code: UInt16, reason: String)
    /// `nextDeadline` has passed.
    case timer
}

/// What a client wants done, in order.
public enum ClientAction: Sendable, Equatable {
    /// Write to the socket.
    case write(ByteBuffer)
    /// Close the socket after what was written.
    case closeSocket
    /// The handshake is done; session and run are there when the edge is ours.
    case opened(session: SessionID?, run: String?, subprotocol: String?)
    /// A whole message; `sequence` is the number of its first frame on this leg.
    case message(kind: MessageKind, payload: ByteBuffer, sequence: UInt64)
    /// A Pong came.
    case pong(ByteBuffer)
    /// It is over after it was open; code 1006 when no Close came, 1005 when it had no code.
    case ended(code: UInt16, reason: String, wasClean: Bool)
    /// It never opened; status 0 when there was no HTTP answer.
    case refused(status: Int, reason: String)
}
