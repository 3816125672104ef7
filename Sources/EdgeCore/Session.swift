import Faults
import FramePath

/// One client's WebSocket at the edge.
///
/// Stages: `opening → open → closing → closed`. The session leaves its slot when its socket is gone and
/// the object, if it ever accepted it, was told.
struct Session {
    enum Stage: String, CaseIterable {
        /// The object has not answered.
        case opening
        /// Accepted.
        case open
        /// A Close went out, or is on its way, and its answer has not come.
        case closing
        /// Nothing more goes to the socket.
        case closed

        /// Its place in tables.
        var number: Int {
            switch self {
            case .opening: 0
            case .open: 1
            case .closing: 2
            case .closed: 3
            }
        }
    }

    var id: SessionID
    var stage = Stage.opening
    /// Slots of the object and the leg.
    var object: Int
    var leg: Int?
    var facts: SessionFacts
    var package: HeldPackage
    /// Its open went to the object.
    var isAsked = false
    var isAccepted = false
    /// The client's Close came.
    var peerEnd: SessionEnd?
    /// The object's close is on its way to the client.
    var isClosing = false
    var hasSentClose = false
    /// It is closed because its object could not be reached.
    var isUnavailable = false
    /// The end is on its way to the object.
    var isEndForwarded = false
    var isEndSent = false
    var closeDeadline: Tick?
    var laneDeadline: Tick?
    /// Payload bytes that came from the object since credit was last granted.
    var creditOwed: UInt32 = 0
    /// Ordinals of the client's messages and control frames.
    var nextData: UInt32 = 0
    var nextControl: UInt32 = 0
    /// Ordinals of what the edge itself sends.
    var edgeData: UInt32 = 0
    var edgeControl: UInt32 = 0
    var lanes: Lanes = []
    /// Ordinals of the messages that this instance of the object was sent and has not answered.
    var unanswered: Range<UInt32>?
    /// An operator holds everything of it.
    var isStalled = false

    static let blank: Session = {
        let id = SessionID(edge: 0, number: 0)
        return Session(
            id: id,
            object: -1,
            facts: SessionFacts(key: "", attempt: 0),
            package: HeldPackage(url: "")
        )
    }()
}
