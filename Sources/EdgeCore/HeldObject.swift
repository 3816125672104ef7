import DequeModule
import FramePath
import ObjectLink

/// What the edge knows of one object; of a sleeping one it holds everything.
///
/// ```
/// asleep ──need──▶ wanted ──link up──▶ waking ──life──▶ awake ◀──cancel── announced
///    ▲                ▲                   │               │ └──begin──────▶  │
///    │                └── need ── evicted ◀── stream lost ┴──────────────────┤
///    └──────────────────────────── hibernate ────────────────────────────────┘
/// ```
struct HeldObject {
    enum Stage: Equatable {
        /// No instance; it may never have had one.
        case asleep
        /// No instance, and none that left a package.
        case evicted
        /// Needed, and there is no stream to ask on.
        case wanted
        /// Asked; no sign of life yet.
        case waking
        case awake
        /// Sleep was announced: nothing is sent.
        case announced
    }

    enum Queued {
        case held(SessionID, Held)
        case open(SessionID, LinkMessage.OpenRequest)
    }

    var name: String
    var stage = Stage.asleep
    var stream: LinkStreamID?
    /// As the object last told it.
    var phase = Phase.fresh
    /// The highest wake ordinal seen.
    var wake: UInt32?
    var lastFrame = Tick.zero
    /// Slots of its sessions, in the order they came.
    var sessions: [Int] = []
    /// How many sessions it ever had, for session keys.
    var sessionOrdinal: UInt32 = 0
    var queue: Deque<Queued> = []
    var queueMessages = 0
    var queueBytes = 0
    var hasPausedLegs = false
    /// Its stream holds more than the object server takes.
    var isCongested = false
    var wakeReason = LinkMessage.WakeReason.fetch
    var wakeDeadline: Tick?
    var autoRequest: String?
    var autoResponse: String?

    static let blank = HeldObject(name: "")
}
