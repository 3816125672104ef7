import Faults
import FramePath

/// A message on its way through the edge.
struct Held: Sendable {
    var message: Message
    /// When it reached the edge.
    var arrived: Tick
    /// Leg sequence of the client's frame; `nil` when no socket frame stands behind it.
    var sequence: UInt64?
    /// How the session ends, for a Close or a loss.
    var end: SessionEnd?

    /// Whether a frame stands behind it: a loss has none and passes no point.
    var isFrame: Bool { self.end?.isLoss != true }
}

/// The end of a session as one side tells it to the other.
struct SessionEnd: Sendable {
    var code: UInt16
    var reason: String
    var wasClean: Bool
    /// No Close frame came.
    var isLoss = false
    /// The client broke the protocol: the object hears an error instead of a close.
    var isError = false

    static let lost = SessionEnd(
        code: 1006,
        reason: "WebSocket disconnected without sending Close frame.",
        wasClean: false,
        isLoss: true
    )
}

/// The four places of a session where a rule may hold messages back, each with a lane.
enum Station: Int, CaseIterable {
    case objectReceive
    case objectSend
    case clientReceive
    case clientSend

    var point: Point {
        switch self {
        case .objectReceive, .clientReceive: .edgeRx
        case .objectSend, .clientSend: .edgeTx
        }
    }
}

/// The lanes of one session, made when a rule first holds something back.
typealias Lanes = [Lane<Held>]
