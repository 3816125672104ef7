import Faults
import FramePath
import FrameTrace
import ObjectLink

/// The points of the edge, and the lanes in which rules hold messages back.
extension Edge {
    /// Lets a message meet a point; then it goes on, waits, or ends.
    mutating func cross(_ session: Int, _ station: Station, _ held: Held) {
        let isIdle = self.isIdle(session, station)
        guard held.isFrame else {
            guard !isIdle else { return self.proceed(session, station, held) }
            return self.enter(session, station, held, Effects())
        }
        let object = self.sessions.values[session].object
        let hasWaited = station == .objectSend || station == .clientSend
        let verdict = self.checkpoint.cross(
            held.message,
            at: station.point,
            object: self.objects.values[object].name,
            session: self.sessions.values[session].facts,
            sequence: self.sequence(session, station, held, isIdle: isIdle),
            queued: hasWaited ? self.now - held.arrived : .zero,
            now: self.now
        )
        switch verdict {
        case .pass where isIdle: self.proceed(session, station, held)
        case .pass: self.enter(session, station, held, Effects())
        case .apply(let effects):
            let isDirect = isIdle && Checkpoint.goesOnAtOnce(verdict)
            self.apply(session, station, held, effects, isDirect: isDirect)
        }
    }

    /// The frame's number on its leg: counted on arrival, or given only to what is handed over now.
    private func sequence(
        _ session: Int,
        _ station: Station,
        _ held: Held,
        isIdle: Bool
    ) -> UInt64? {
        switch station {
        case .objectReceive: held.sequence
        case .objectSend, .clientReceive: nil
        case .clientSend:
            if isIdle, let leg = self.openLeg(session) {
                self.legs.values[leg].sentCount
            } else {
                nil
            }
        }
    }

    private mutating func apply(
        _ session: Int,
        _ station: Station,
        _ held: Held,
        _ effects: Effects,
        isDirect: Bool
    ) {
        if isDirect, effects.copies.isEmpty { return self.proceed(session, station, held) }
        let id = self.sessions.values[session].id
        self.enter(session, station, held, effects, isDirect: isDirect)
        guard self.sessions.values[session].id == id, effects.ending != .none else { return }
        self.consumed(session, station, held.message)
        if held.end != nil, station == .objectSend {
            // The object will never hear of this end: it keeps a dead socket.
            self.sessions.values[session].isEndSent = true
        }
        switch effects.ending {
        case .none, .drop: break
        case .close(let code, let reason):
            self.sendClose(session, code: code, reason: reason, handler: .edge)
        case .reset:
            if let leg = self.sessions.values[session].leg {
                self.resetLeg(leg, reason: "a rule resets it")
            }
        case .evict(let keepsSockets):
            self.evict(self.sessions.values[session].object, keepsSockets: keepsSockets)
        }
        if self.sessions.values[session].id == id { self.removeIfDone(session) }
    }

    /// Puts a message into a lane and lets go what may go.
    mutating func enter(
        _ session: Int,
        _ station: Station,
        _ held: Held,
        _ effects: Effects,
        isDirect: Bool = false
    ) {
        self.makeLanes(session)
        let lane = self.sessions.values[session].lanes[station.rawValue].count
        guard lane < self.configuration.limits.laneMessagesMax else {
            self.limitCounts.add(.lane)
            guard let leg = self.sessions.values[session].leg else { return }
            return self.resetLeg(
                leg,
                reason: "a rule holds \(lane) messages, the most there may be"
            )
        }
        self.sessions.values[session].lanes[station.rawValue].enter(
            held,
            effects: effects,
            now: self.now
        ) { original, number in
            var copy = original
            copy.message.id.copy = number
            return copy
        }
        self.pump(session, station, direct: isDirect ? held.message.id : nil)
    }

    mutating func makeLanes(_ session: Int) {
        guard self.sessions.values[session].lanes.isEmpty else { return }
        self.sessions.values[session].lanes = Station.allCases.map { _ in Lane() }
    }

    /// Lets go what a lane no longer holds.
    ///
    /// `direct` is the message that never waited; its number was recorded when it crossed.
    mutating func pump(_ session: Int, _ station: Station, direct: MessageID? = nil) {
        let id = self.sessions.values[session].id
        while self.sessions.values[session].id == id, self.mayPump(session, station) {
            let next = self.sessions.values[session].lanes[station.rawValue].next(now: self.now)
            guard let held = next else { break }
            let isDirect = direct == held.message.id
            self.proceed(session, station, held, wasHeld: !isDirect)
        }
        guard self.sessions.values[session].id == id else { return }
        self.setLaneDeadline(session)
    }

    private func mayPump(_ session: Int, _ station: Station) -> Bool {
        guard !self.sessions.values[session].lanes.isEmpty else { return false }
        let object = self.sessions.values[session].object
        return station != .objectSend || self.objects.values[object].stage == .awake
    }

    private mutating func setLaneDeadline(_ session: Int) {
        let deadlines = self.sessions.values[session].lanes.compactMap(\.deadline)
        guard let earliest = deadlines.min() else { return }
        let at = max(earliest, self.now)
        if let set = self.sessions.values[session].laneDeadline, set <= at, set > self.now {
            return
        }
        self.sessions.values[session].laneDeadline = at
        // A lane that is due but waits for its object is pumped when that wakes, not by the clock.
        guard at > self.now else { return }
        self.alarms.set(.lane(self.sessions.values[session].id), at: at)
    }

    mutating func laneDue(_ id: SessionID) {
        for station in Station.allCases {
            guard let session = self.sessionSlots[id] else { return }
            self.pump(session, station)
        }
        guard let session = self.sessionSlots[id], self.hasWaitingSend(session) else { return }
        self.wake(self.sessions.values[session].object, .text)
    }

    func isIdle(_ session: Int, _ station: Station) -> Bool {
        guard !self.sessions.values[session].lanes.isEmpty else { return true }
        return self.sessions.values[session].lanes[station.rawValue].isIdle
    }

    /// Whether a lane holds something for ever.
    func isStuck(_ session: Int, _ station: Station) -> Bool {
        guard !self.sessions.values[session].lanes.isEmpty else { return false }
        let lane = self.sessions.values[session].lanes[station.rawValue]
        return !lane.isIdle && lane.deadline == nil
    }

    /// Whether something that may go waits only for its object.
    func hasWaitingSend(_ session: Int) -> Bool {
        guard !self.sessions.values[session].lanes.isEmpty else { return false }
        let deadline = self.sessions.values[session].lanes[Station.objectSend.rawValue].deadline
        return deadline.map { $0 <= self.now } ?? false
    }

    mutating func clearClientLanes(_ session: Int) {
        guard !self.sessions.values[session].lanes.isEmpty else { return }
        for station in [Station.clientReceive, .clientSend] {
            _ = self.sessions.values[session].lanes[station.rawValue].removeAll()
        }
    }

    private mutating func proceed(
        _ session: Int,
        _ station: Station,
        _ held: Held,
        wasHeld: Bool = false
    ) {
        switch station {
        case .objectReceive: self.arrived(session, held)
        case .objectSend: self.deliver(session, held)
        case .clientReceive: self.cross(session, .clientSend, held)
        case .clientSend: self.toSocket(session, held, wasHeld: wasHeld)
        }
    }
}
