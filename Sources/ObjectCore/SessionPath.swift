import DequeModule
import Faults
import FramePath

import struct NIOCore.ByteBuffer

/// Something of one session on its way through the object server.
enum Transit: Sendable {
    case message(Message, since: Tick)
    case close(code: UInt16, reason: String, wasClean: Bool)
    case error(reason: String)

    var bytes: Int {
        switch self {
        case .message(let message, _): message.payload.readableBytes
        case .close, .error: 0
        }
    }

    /// The same as a copy that a rule made.
    static func copied(_ transit: Transit, number: UInt16) -> Transit {
        switch transit {
        case .message(var message, let since):
            message.id.copy = number
            return .message(message, since: since)
        case .close, .error: return transit
        }
    }
}

/// The four points of an object server, each with a lane that rules may slow or stop.
enum Stage: Int, CaseIterable, Sendable {
    case received
    case dispatched
    case sent
    case written

    var point: Point {
        switch self {
        case .received: .objectRx
        case .dispatched: .objectDispatch
        case .sent: .objectSend
        case .written: .objectTx
        }
    }
}

/// One session's way through an instance: its lanes, its pump and its credit.
///
/// Shape: lives as long as the instance; nothing of it survives a sleep.
struct SessionPath: Sendable {
    let facts: SessionFacts
    /// What waits between `object.send` and `object.tx`.
    var pump = Deque<Transit>()
    var pumpBytes = 0
    /// Payload bytes that may still be written; below zero after the last permitted write.
    var credit: Int
    let creditMax: Int
    /// The next to-client ordinal of this session in this instance.
    var nextOrdinal: UInt32 = 0
    /// In the instance's list of sessions whose lanes hold something.
    var isBusy = false

    private var lanes: [Lane<Transit>] = Stage.allCases.map { _ in Lane() }

    init(facts: SessionFacts, credit: UInt32) {
        self.facts = facts
        self.credit = Int(credit)
        self.creditMax = Int(credit)
    }

    func isIdle(_ stage: Stage) -> Bool { self.lanes[stage.rawValue].isIdle }

    /// Whether a lane holds something that it will never let go.
    func isStuck(_ stage: Stage) -> Bool {
        let lane = self.lanes[stage.rawValue]
        return !lane.isIdle && lane.deadline == nil
    }

    func count(_ stage: Stage) -> Int { self.lanes[stage.rawValue].count }

    var deadline: Tick? {
        var earliest: Tick?
        for lane in self.lanes {
            guard let deadline = lane.deadline else { continue }
            earliest = min(earliest ?? deadline, deadline)
        }
        return earliest
    }

    /// Whether a lane holds something that it will let go.
    var isMoving: Bool { self.deadline != nil }

    mutating func enter(_ transit: Transit, _ effects: Effects, stage: Stage, now: Tick) {
        self.lanes[stage.rawValue].enter(
            transit,
            effects: effects,
            now: now,
            copy: { Transit.copied($0, number: $1) }
        )
    }

    mutating func next(_ stage: Stage, now: Tick) -> Transit? {
        self.lanes[stage.rawValue].next(now: now)
    }

    mutating func letGo(now: Tick) {
        for stage in self.lanes.indices { self.lanes[stage].letGo(now: now) }
    }

    mutating func clear(_ stage: Stage) {
        _ = self.lanes[stage.rawValue].removeAll()
    }

    mutating func clearAll() {
        for stage in Stage.allCases { self.clear(stage) }
        self.pump.removeAll()
        self.pumpBytes = 0
    }

    mutating func pushPump(_ transit: Transit) {
        self.pump.append(transit)
        self.pumpBytes += transit.bytes
    }

    /// Takes the next thing that may be written: a message on credit, a close always.
    mutating func popPump() -> Transit? {
        guard let first = self.pump.first, !self.isStuck(.written) else { return nil }
        if case .message = first, self.credit <= 0 { return nil }
        self.pump.removeFirst()
        self.pumpBytes -= first.bytes
        self.credit -= first.bytes
        return first
    }

    mutating func grant(_ bytes: Int) {
        self.credit = min(self.creditMax, self.credit + bytes)
    }
}
