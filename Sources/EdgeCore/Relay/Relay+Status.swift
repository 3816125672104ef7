import Faults
import FramePath
import FrameTrace

/// What an operator sees of a relay. Never asked on the path of a message.
extension Relay {
    /// Says what is recorded beside what the trace wants.
    ///
    /// - Parameters:
    ///   - steps: steps of sessions, decisions of rules, marks.
    ///   - messages: also every message at every point.
    public mutating func observe(steps: Bool, messages: Bool) {
        let traces = self.configuration.isTracing
        self.checkpoint.recorder.isOn = traces || steps || messages
        self.checkpoint.recorder.keepsMessages = traces || messages
    }

    /// The whole in numbers; walks every session.
    public func summary() -> ControlSummary {
        var summary = ControlSummary()
        summary.profiles = self.configuration.profiles
        summary.profileVersion = self.configuration.profileVersion
        summary.seed = self.configuration.seed
        summary.connections = self.conversations.usedCount
        summary.counts = self.checkpoint.counts
        summary.limits = self.limitCounts
        summary.limits.set(.keys, to: self.keys.uncounted)
        summary.recorderLost = self.checkpoint.recorder.lostCount
        var stages: [(stage: String, count: Int)] = Self.stages.map { ($0, 0) }
        var phases: [Phase: Int] = [:]
        for slot in self.conversations.values.indices
        where self.conversations.values[slot].id != nil {
            let place = Self.stages.firstIndex(of: self.stage(slot)) ?? 0
            stages[place].count += 1
            summary.heldMessages += self.held(slot)
            summary.queuedMessages += self.conversations.values[slot].queue.count
            summary.queuedBytes += self.conversations.values[slot].queueBytes
            phases[self.phase(slot), default: 0] += 1
        }
        summary.sessions = stages
        summary.objects = Phase.allCases.map { ($0, phases[$0] ?? 0) }
        return summary
    }

    /// A part of the list of objects: each name with its sessions, as the liveliest of them is.
    ///
    /// - Parameters:
    ///   - after: the `next` of the part before; 0 for the first.
    ///   - limit: how many at most.
    /// - Returns: the part.
    public func objects(after: Int, limit: Int) -> ControlPage<ObjectStatus> {
        var places: [String: Int] = [:]
        var all: [ObjectStatus] = []
        for slot in self.conversations.values.indices
        where self.conversations.values[slot].id != nil {
            let name = self.conversations.values[slot].object
            let place = places[name] ?? all.count
            if place == all.count {
                places[name] = place
                all.append(
                    ObjectStatus(
                        name: name,
                        phase: self.phase(slot),
                        wake: self.conversations.values[slot].dial,
                        sessions: 0,
                        queuedMessages: 0,
                        queuedBytes: 0
                    )
                )
            }
            if self.conversations.values[slot].backendStage == .awake {
                all[place].phase = self.phase(slot)
            }
            all[place].wake = max(all[place].wake ?? 0, self.conversations.values[slot].dial)
            all[place].sessions += 1
            all[place].queuedMessages += self.conversations.values[slot].queue.count
            all[place].queuedBytes += self.conversations.values[slot].queueBytes
        }
        var page = ControlPage<ObjectStatus>()
        let first = min(max(0, after), all.count)
        page.items = Array(all[first...].prefix(limit))
        if first + page.items.count < all.count { page.next = first + page.items.count }
        return page
    }

    /// A part of the list of sessions.
    ///
    /// - Parameters:
    ///   - after: the `next` of the part before; 0 for the first.
    ///   - limit: how many at most.
    /// - Returns: the part.
    public func sessions(after: Int, limit: Int) -> ControlPage<SessionStatus> {
        var page = ControlPage<SessionStatus>()
        var slot = max(0, after)
        while slot < self.conversations.values.count {
            if let id = self.conversations.values[slot].id {
                guard page.items.count < limit else {
                    page.next = slot
                    break
                }
                page.items.append(
                    SessionStatus(
                        id: id,
                        object: self.conversations.values[slot].object,
                        stage: self.stage(slot),
                        key: self.conversations.values[slot].facts.key,
                        attempt: self.conversations.values[slot].facts.attempt,
                        peer: self.conversations.values[slot].peer,
                        framesReceived: self.conversations.values[slot].toObject.received,
                        framesSent: self.conversations.values[slot].toClient.sent,
                        heldMessages: self.held(slot),
                        isStalled: self.conversations.values[slot].isStalled
                    )
                )
            }
            slot += 1
        }
        return page
    }

    private func held(_ slot: Int) -> Int {
        self.conversations.values[slot].lanes.reduce(0) { $0 + $1.count }
    }

    private static let stages = Session.Stage.allCases.map(\.rawValue)

    /// The words of sessions everywhere.
    private func stage(_ slot: Int) -> String {
        let stage: Session.Stage =
            switch self.conversations.values[slot].stage {
            case .head, .dialling, .upgrading: .opening
            case .open:
                self.conversations.values[slot].clientEnd == nil
                    && self.conversations.values[slot].backendEnd == nil ? .open : .closing
            case .tunnel, .finishing: .closed
            }
        return stage.rawValue
    }
}
