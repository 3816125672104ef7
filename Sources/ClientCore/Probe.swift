internal import DequeModule
public import FramePath
public import FrameTrace

/// The scripted run: every row of the table, each session of it a lane on an object of its own.
///
/// Shape: all lanes run at once, so that the whole table needs two sleeps. Events and a time go in,
/// actions come out; the driver owns one `Client` for each connection.
/// Errors: none; what could not be tried is `unknown` in the report.
public struct Probe: ~Copyable {
    private var context: ProbeContext
    private var lanes: [ProbeLane] = []
    /// Lane of each object's name; looked up only.
    private var laneOfObject: [String: Int] = [:]
    private var columnsTold = 0
    private var isDone = false

    /// Makes a probe; nothing happens until `.start`.
    ///
    /// - Parameters:
    ///   - configuration: how it runs.
    ///   - entropy: 64 random bits; connections draw theirs from it.
    public init(configuration: ProbeConfiguration, entropy: UInt64) {
        self.context = ProbeContext(configuration: configuration, entropy: entropy)
        for session in 1...configuration.sessions {
            for (place, row) in ProbeRow.allCases.enumerated() {
                let object = "probe-\(configuration.tag)-\(session)-\(place + 1)"
                self.laneOfObject[object] = self.lanes.count
                self.lanes.append(ProbeLane(index: self.lanes.count, row: row, object: object))
            }
        }
    }

    /// The objects it uses, in order of lanes.
    public var objects: [String] { self.lanes.map(\.object) }

    /// Takes one event.
    ///
    /// - Parameters:
    ///   - event: what happened.
    ///   - now: when.
    public mutating func receive(_ event: ProbeEvent, at now: Tick) {
        guard !self.isDone else { return }
        switch event {
        case .start:
            for lane in self.lanes.indices {
                self.lanes[lane].advance(at: now, &self.context)
            }
        case .opened(let id, let session):
            guard let (lane, slot) = self.place(id) else { return }
            self.lanes[lane].opened(slot, session: session, at: now, &self.context)
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
            let why = status == 0 ? reason : "\(status) \(reason)"
            self.lanes[lane].refused(slot, why, at: now, &self.context)
        case .observedHibernated(let object):
            guard let lane = self.laneOfObject[object] else { return }
            self.lanes[lane].hibernated(at: now, &self.context)
        case .observedWake(let object, _):
            guard let lane = self.laneOfObject[object] else { return }
            self.lanes[lane].woke(at: now, &self.context)
        case .timer:
            for lane in self.lanes.indices {
                self.lanes[lane].expire(at: now, &self.context)
            }
        }
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

    private mutating func tellProgress() {
        let columns = ProbeColumn.allCases
        let judged = self.lanes.map { $0.isJudged ? columns.count : $0.columnsDone }.min() ?? 0
        while self.columnsTold < judged {
            let column = columns[self.columnsTold]
            self.columnsTold += 1
            self.context.actions.append(.progress("\(column.rawValue): judged"))
        }
        guard !self.isDone, self.lanes.allSatisfy({ $0.wait == .done }) else { return }
        self.isDone = true
        self.context.actions.append(.done(ProbeReport(lanes: self.lanes, context: self.context)))
    }
}
