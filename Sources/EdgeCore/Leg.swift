import DequeModule
import FramePath
import WebSocketWire

import struct NIOCore.ByteBuffer

/// One client connection.
///
/// Stages: `head → body → answering → head …` for plain requests; `head → upgrading → socket →
/// finishing` for a WebSocket; `finishing` waits for the driver to say that the connection is gone.
/// Thousands of these sleep: what only plain HTTP needs is in its `Intake`.
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
    var stage = Stage.head
    var frames: FrameDecoder?
    var assembler: MessageAssembler?
    /// Slot of the session.
    var session: Int?
    /// Frames that came and frames handed to the socket.
    var receivedCount: UInt64 = 0
    var sentCount: UInt64 = 0
    /// Number of the first frame of the message that is being put together.
    var messageStart: UInt64 = 0
    var deadline: Tick?
    var isReadPaused = false
    /// Has frames that wait for the next turn.
    var isBehind = false
    /// Ended its half meanwhile.
    var endedBehind = false
    var isWritable = true
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
