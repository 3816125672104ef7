import DequeModule
import Faults
import FramePath
import WebSocketWire

import struct NIOCore.ByteBuffer

/// One client's connection through a relay, with the leg to its backend.
///
/// ```
/// head ──request──▶ dialling ──connected──▶ tunnel                        (plain HTTP)
///                       └──connected──▶ upgrading ──101──▶ open           (WebSocket)
///                                           └──other──▶ tunnel
/// open, by its backend leg:  awake ──idle──▶ announced ──Close──▶ asleep
///                              ▲                                    │ data
///                              └──── 101 ──── waking ◀──────────────┘
/// ```
/// A conversation leaves its slot when both legs are gone.
struct Conversation {
    enum Stage: Equatable {
        case head
        case dialling
        case upgrading
        case tunnel
        case open
        /// Nothing passes any more; legs are on their way out.
        case finishing
    }

    /// The backend leg of an open conversation.
    enum BackendStage: Equatable {
        case awake
        /// Our Close 1001 is out.
        case announced
        case asleep
        /// Dialled again, or about to be.
        case waking
    }

    var serial: UInt64
    var peer: String?
    var stage = Stage.head
    var backendStage = BackendStage.awake
    var requests: RequestDecoder? = RequestDecoder(passesTransferCodings: true)
    var response: ResponseDecoder?
    /// The head of a response as it came, for one that is passed on as it is.
    var responseBytes = ByteBuffer()
    var head: RequestHead?
    var route = 0
    /// The leg to the backend; `nil` while there is none.
    var backend: RelayLeg?
    var hasClient = true

    var id: SessionID?
    var object = ""
    var facts = SessionFacts(key: "", attempt: 0)
    var subprotocol: String?

    var toObject = Flow()
    var toClient = Flow()
    /// 0 for the first dial; the wake ordinal.
    var dial: UInt32 = 0
    /// Refused dials of this wake, and when it began.
    var tries = 0
    var wakeStarted = Tick.zero
    var lastData = Tick.zero
    /// Something of the client's went to the backend on this dial.
    var hasSpoken = false
    /// A frame of the client came since the one that woke: nothing is `woken` any more.
    var isSettled = false
    /// Messages that the backend sent on the first dial before it was spoken to.
    var greetings: UInt32 = 0
    /// Messages it sent on this dial.
    var heard: UInt32 = 0
    /// What it says is still kept from the client.
    var isSwallowing = false

    /// Past `edge.rx`, waiting for a backend leg.
    var queue: Deque<Parcel> = []
    var queueBytes = 0
    var lanes: [Lane<Parcel>] = []
    var laneDeadline: Tick?
    /// An operator stopped it.
    var isStalled = false

    /// The client's Close came; the backend's came.
    var clientEnd: SessionEnd?
    var backendEnd: SessionEnd?
    /// A Close went to the client.
    var hasClosedClient = false
    var isClosedTraced = false
    var masks: UInt64 = 0
    var handshakeDeadline: Tick?
    var closingDeadline: Tick?
    /// Why the client is not read.
    var awaitsDial = false
    var isBackendWritable = true
    var isQueueHalfFull = false
    var isClientPaused = false
    var isClientWritable = true
    /// The newest Ping's payload, while its Pong cannot be sent.
    var latePong: ByteBuffer?
    /// The client will send no more.
    var isClientDone = false
    /// The edge ends the session; its Close may still be held by a rule.
    var isEnding = false
    /// The rest of a frame or message whose leg is gone goes nowhere.
    var isOrphan = false
    var idleAt: Tick?
    /// The backend will send no more.
    var isBackendDone = false
    /// The leg was dropped by a rule, not put to sleep.
    var isEvicted = false
    var sleepDeadline: Tick?
    /// Bytes handed to the client's socket and written, and frames in between.
    var handedBytes = 0
    var wroteBytes = 0
    var unwritten: Deque<Leg.Unwritten> = []

    static let blank = Conversation(serial: 0)
}
