import ClientCore
public import EdgeCore
public import FramePath
public import FrameTrace

public import struct NIOCore.ByteBuffer

/// A client connection of a world and everything it saw.
///
/// Shape: either a `Client` that speaks WebSocket, or a bare connection whose bytes the test makes.
public final class SimulatedClient {
    /// A message as the client had it.
    public struct Seen: Equatable, Sendable {
        /// When.
        public var at: Tick
        /// Text or binary.
        public var kind: MessageKind
        /// Its bytes.
        public var payload: ByteBuffer
        /// The number of its first frame on the leg.
        public var sequence: UInt64

        /// Its bytes as text.
        public var text: String { String(buffer: self.payload) }
    }

    /// How it ended, or was refused.
    public struct End: Equatable, Sendable {
        /// Close code; HTTP status when refused.
        public var code: Int
        /// Reason or body.
        public var reason: String
        /// Both Close frames came.
        public var wasClean: Bool
    }

    /// Its connection.
    public let leg: LegID
    /// Its session, when the edge told it.
    public internal(set) var session: SessionID?
    /// Whether the handshake is done.
    public internal(set) var isOpen = false
    /// Messages, oldest first.
    public internal(set) var messages: [Seen] = []
    /// Payloads of pongs.
    public internal(set) var pongs: [ByteBuffer] = []
    /// How it ended after it was open.
    public internal(set) var ended: End?
    /// How it was refused.
    public internal(set) var refused: End?
    /// Bytes of a bare connection.
    public internal(set) var bytes = ByteBuffer()
    /// The edge closed or reset the connection.
    public internal(set) var isClosed = false
    /// Its trace.
    public internal(set) var trace: [Recorded] = []

    var client: WebSocketClient?
    var plannedTimer: Tick?

    init(leg: LegID, client: WebSocketClient?) {
        self.leg = leg
        self.client = client
    }
}

/// A place for a `Client`, which cannot be copied.
final class WebSocketClient {
    var core: Client

    init(_ core: consuming Client) { self.core = core }
}
