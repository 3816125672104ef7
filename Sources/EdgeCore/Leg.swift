import DequeModule
import FramePath
import WebSocketWire

import struct NIOCore.ByteBuffer

/// One client connection.
///
/// Stages: `head → body → answering → head …` for plain requests; `head → upgrading → socket →
/// finishing` for a WebSocket; `finishing` waits for the driver to say that the connection is gone.
struct Leg {
    enum Stage: Equatable {
        case head
        case body
        case answering
        case upgrading
        case socket
        case finishing
    }

    var id: LegID
    var peer: String?
    var stage = Stage.head
    var requests: RequestDecoder?
    var frames: FrameDecoder?
    var assembler: MessageAssembler?
    /// The request whose body or answer is awaited.
    var head: RequestHead?
    var bodyLength = 0
    var request: RequestID?
    /// Slot of the session.
    var session: Int?
    /// Frames that came and frames handed to the socket.
    var receivedCount: UInt64 = 0
    var sentCount: UInt64 = 0
    /// Number of the first frame of the message that is being put together.
    var messageStart: UInt64 = 0
    var deadline: Tick?
    var isIdleBetweenRequests = false
    var isReadPaused = false
    /// Has frames that wait for the next turn.
    var isBehind = false
    /// Ended its half meanwhile.
    var endedBehind = false
    var isWritable = true
    /// Inside the loop that reads requests.
    var isReading = false
    /// Bytes that came while a request was being answered.
    var waitingBytes = 0
    var handedBytes = 0
    var wroteBytes = 0
    var reportsWrites = false
    /// Frames handed over and perhaps not yet written: sequence and end in bytes.
    var unwritten: Deque<Unwritten> = []

    struct Unwritten {
        var sequence: UInt64
        var end: Int
    }

    static let blank = Leg(id: LegID(number: 0))
}
