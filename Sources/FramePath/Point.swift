/// A place on the path where a frame is seen.
///
/// Shape: `path(_:)` lists the points of a direction in the order a frame passes them.
public enum Point: String, CaseIterable, Hashable, Sendable {
    /// Handed to the client's socket.
    case clientTx = "client.tx"
    /// Off the socket or off the link, at the edge.
    case edgeRx = "edge.rx"
    /// The edge's last step before the link or the socket.
    case edgeTx = "edge.tx"
    /// Off the link, at the object server.
    case objectRx = "object.rx"
    /// Past the input gate, about to be handled.
    case objectDispatch = "object.dispatch"
    /// Sent by a handler.
    case objectSend = "object.send"
    /// Past the output gate and the pump, handed to the link.
    case objectTx = "object.tx"
    /// Off the client's socket.
    case clientRx = "client.rx"

    /// The points of a direction, first to last.
    public static func path(_ direction: Direction) -> [Point] {
        switch direction {
        case .toObject: [.clientTx, .edgeRx, .edgeTx, .objectRx, .objectDispatch]
        case .toClient: [.objectSend, .objectTx, .edgeRx, .edgeTx, .clientRx]
        }
    }

    /// Whether a rule may stand here: the client's points only observe.
    public var takesRules: Bool { self != .clientTx && self != .clientRx }

    /// Its place in tables, from 0 in the order of the cases.
    public var number: Int {
        switch self {
        case .clientTx: 0
        case .edgeRx: 1
        case .edgeTx: 2
        case .objectRx: 3
        case .objectDispatch: 4
        case .objectSend: 5
        case .objectTx: 6
        case .clientRx: 7
        }
    }
}
