internal import DequeModule
public import FramePath
public import FrameTrace

/// The run of a script, whose judgements come to a works/broken table.
///
/// Shape: all lanes run at once, so that a whole table needs two sleeps; only lanes that connect to
/// the same object take turns. Events and a time go in, actions come out; the driver owns one `Client`
/// for each connection.
/// Errors: none; what could not be tried is `unknown` in the report.
public struct Probe: ~Copyable {
    private var context: ProbeContext
    private var lanes: [ProbeLane] = []
    /// Lanes of each object's name; looked up only.
    private var lanesOfObject: [String: [Int]] = [:]
    private let columns: [String]
    /// Lanes not begun, in order.
    private var queue: [Int] = []
    private var isStarted = false
    private var lanesDone = -1
    private var columnsTold = 0
    private var isDone = false

    /// Makes a probe; nothing happens until `.start`.
    ///
    /// - Parameters:
    ///   - configuration: how it runs.
    ///   - entropy: 64 random bits; connections draw theirs from it.
    public init(configuration: ProbeConfiguration, entropy: UInt64) {
        self.context = ProbeContext(configuration: configuration, entropy: entropy)
        for copy in 1...configuration.sessions {
            for (place, lane) in configuration.script.lanes.enumerated() {
                let lane = ProbeLane(
                    index: self.lanes.count,
                    script: lane,
                    object: "probe-\(configuration.tag)-\(copy)-\(place + 1)",
                    configuration: configuration
                )
                for object in lane.objects {
                    self.lanesOfObject[object, default: []].append(self.lanes.count)
                }
                self.lanes.append(lane)
            }
        }
        self.queue = Array(self.lanes.indices)
        let shared = self.lanesOfObject.values.filter { $0.count > 1 }
        self.context.sharedLanes = Set(shared.joined()).count
        self.columns = configuration.script.columns
    }

    /// The objects it uses.
    public var objects: Set<String> { Set(self.lanes.flatMap(\.objects)) }

    /// Takes one event.
    ///
    /// - Parameters:
    ///   - event: what happened.
    ///   - now: when.
    public mutating func receive(_ event: ProbeEvent, at now: Tick) {
        guard !self.isDone else { return }
        switch event {
        case .start: self.isStarted = true
        case .opened(let id, let session, let subprotocol):
            guard let (lane, slot) = self.place(id) else { return }
            self.lanes[lane].opened(
                slot,
                session: session,
                subprotocol: subprotocol,
                at: now,
                &self.context
            )
        case .sent(let id, let sequence):
            guard let (lane, slot) = self.place(id) else { return }
            self.lanes[lane].sent(slot, sequence: sequence)
        case .message(let id, let kind, let payload):
            guard let (lane, slot) = self.place(id) else { return }
            self.lanes[lane].came(slot, kind, payload, at: now, &self.context)
        case .pong(let id, let payload):
            guard let (lane, slot) = self.place(id) else { return }
            self.lanes[lane].ponged(slot, payload, at: now, &self.context)
        case .ended(let id, let code, let reason, let wasClean):
            guard let (lane, slot) = self.place(id) else { return }
            self.lanes[lane].ended(
                slot,
                code: code,
                reason: reason,
                wasClean: wasClean,
                at: now,
                &self.context
            )
        case .refused(let id, let status, let reason):
            guard let (lane, slot) = self.place(id) else { return }
            self.lanes[lane].refused(slot, status: status, reason, at: now, &self.context)
        case .observedHibernated(let object):
            for lane in self.lanesOfObject[object] ?? [] {
                self.lanes[lane].hibernated(object, at: now, &self.context)
            }
        case .observedWake(let object, _):
            for lane in self.lanesOfObject[object] ?? [] {
                self.lanes[lane].woke(object, at: now, &self.context)
            }
        case .timer:
            for lane in self.lanes.indices {
                self.lanes[lane].expire(at: now, &self.context)
            }
        }
        self.startLanes(at: now)
        self.tellProgress()
    }

    /// The next thing to do, oldest first.
    public mutating func nextAction() -> ProbeAction? {
        self.context.actions.popFirst()
    }

    /// When `.timer` is due.
    public var nextDeadline: Tick? {
        self.lanes.compactMap(\.deadline).min()
    }

    /// Moves what was recorded to the end of `list`.
    ///
    /// - Parameter list: the driver's list.
    public mutating func drainTrace(into list: inout [Recorded]) {
        self.context.recorder.drain(into: &list)
    }

    /// Lane and slot, or nothing for a connection that a lane has replaced.
    private func place(_ id: ConnectionID) -> (lane: Int, slot: Int)? {
        guard id.number >= 1, id.number <= UInt64(self.context.connections.count) else {
            return nil
        }
        let place = self.context.connections[Int(id.number) - 1]
        guard self.lanes[place.lane].slots[place.slot]?.id == id else { return nil }
        return place
    }

    /// Begins every lane that shares no object with one before it: one's traffic would keep the other's
    /// object awake.
    private mutating func startLanes(at now: Tick) {
        guard self.isStarted else { return }
        while true {
            let done = self.lanes.count { $0.wait == .done }
            guard done != self.lanesDone else { return }
            self.lanesDone = done
            let waiting = Set(self.queue)
            var busy: Set<String> = []
            for lane in self.lanes.indices where self.lanes[lane].wait != .done {
                let objects = self.lanes[lane].objects
                if waiting.contains(lane), busy.isDisjoint(with: objects) {
                    self.queue.removeAll { $0 == lane }
                    self.lanes[lane].advance(at: now, &self.context)
                }
                busy.formUnion(objects)
            }
        }
    }

    private mutating func tellProgress() {
        while self.columnsTold < self.columns.count {
            let column = self.columns[self.columnsTold]
            guard self.lanes.allSatisfy({ $0.hasJudged(column) }) else { break }
            self.columnsTold += 1
            self.context.actions.append(.progress("\(column): judged"))
        }
        guard !self.isDone, self.lanes.allSatisfy({ $0.wait == .done }) else { return }
        self.isDone = true
        self.context.actions.append(.done(ProbeReport(lanes: self.lanes, context: self.context)))
    }
}
