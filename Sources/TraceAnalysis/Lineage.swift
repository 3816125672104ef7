import FramePath

/// One message and where it was seen.
///
/// Shape: six slots in path order. To-object: client.tx, edge.rx, edge.tx, object.rx, object.dispatch,
/// and "a handler ran", which no frame event has. To-client: object.send, object.tx, edge.rx, edge.tx,
/// client.rx, unused.
struct Lineage {
    /// Arrivals at one point.
    struct Sighting {
        /// Nanoseconds on the common clock.
        var time: Int64
        /// Which file, in order of start.
        var file: Int
        /// Order of record there.
        var number: UInt64
        var hash: UInt64
        var sequence: UInt64?
        /// How often it arrived; 0 when only a lane's release was seen.
        var arrivals: Int
        /// When and as which record a lane let it go, where one held it.
        var release: (time: Int64, number: UInt64)?
    }

    /// The slot of "a handler ran".
    static let handledSlot = 5
    static let slotCount = 6

    var id: MessageID
    var object: String
    var phase: Phase
    var wake: UInt32
    var handler: Handler
    var type: String?
    var cause: UInt32?
    /// Which control frame it is; `nil` for a message.
    var control: MessageKind?
    /// What a backend that was dialled again says first, once more.
    var isGreeting = false
    /// Such a greeting, kept from the client.
    var isSwallowed = false
    var slots: [Sighting?] = Array(repeating: nil, count: Lineage.slotCount)

    /// Whether the path contract speaks about it at all: what the edge bears and control frames end there.
    var isJudged: Bool {
        self.id.born == .path && !self.id.isControl
    }

    /// Whether a rule made it of another message.
    var isDuplicate: Bool {
        self.id.copy > 0 && self.id.copy != .max
    }

    /// The last sighting in path order.
    var last: (slot: Int, sighting: Sighting)? {
        var slot = Self.slotCount - 1
        while slot >= 0 {
            if let sighting = self.slots[slot] { return (slot, sighting) }
            slot -= 1
        }
        return nil
    }

    /// The latest moment anything was seen of it.
    var lastTime: Int64 {
        var latest = Int64.min
        for case .some(let sighting) in self.slots { latest = max(latest, sighting.time) }
        return latest
    }

    static func slot(_ point: Point, _ direction: Direction) -> Int? {
        switch (direction, point) {
        case (.toObject, .clientTx): 0
        case (.toObject, .edgeRx): 1
        case (.toObject, .edgeTx): 2
        case (.toObject, .objectRx): 3
        case (.toObject, .objectDispatch): 4
        case (.toClient, .objectSend): 0
        case (.toClient, .objectTx): 1
        case (.toClient, .edgeRx): 2
        case (.toClient, .edgeTx): 3
        case (.toClient, .clientRx): 4
        default: nil
        }
    }

    /// The point of a slot; "a handler ran" is told as the point its sends are born at.
    static func point(_ slot: Int, _ direction: Direction) -> Point {
        let path = Point.path(direction)
        return slot < path.count ? path[slot] : .objectSend
    }
}

/// Names a to-object message as the cause of what its handler did.
struct CauseKey: Hashable {
    var session: SessionID
    var ordinal: UInt32
}

/// Names a frame on a client's leg.
struct LegKey: Hashable {
    var session: SessionID
    var direction: Direction
    var sequence: UInt64
}

/// A fired decision.
struct FiredRule: Hashable {
    var profile: String
    var rule: String
    var source: String
}

/// A fired decision on one message.
struct FiredAt {
    var rule: FiredRule
    var point: Point
    /// Whether the messages behind this one in its lane are held too.
    var holdsLane: Bool
    /// Whether it took the message away.
    var isDrop = false
    /// Nanoseconds it drew as delay, where it did.
    var delay: UInt64?
}

/// A handler's run for one to-object message.
struct HandlerRun {
    var wake: UInt32
    /// Sends; `nil` until its end was seen.
    var sends: Int?
    var sighting: Lineage.Sighting
}
