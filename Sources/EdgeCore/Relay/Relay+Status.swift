import Faults
import FramePath
import FrameTrace
import ObjectLink

/// What an operator sees of a relay. Never asked on the path of a message.
extension Relay {
    /// What is recorded from now on, beside what tracing needs.
    ///
    /// - Parameters:
    ///   - steps: steps of sessions, decisions of rules, marks.
    ///   - messages: also every message at every point.
    public mutating func observe(steps: Bool, messages: Bool) {
        let traces = self.configuration.isTracing
        self.checkpoint.recorder.isOn = traces || steps || messages
        self.checkpoint.recorder.keepsMessages = traces || messages
    }

    /// The whole in numbers; walks every conversation.
    public func summary() -> ControlSummary {
        var summary = ControlSummary()
        summary.profiles = self.profiles
        summary.profileVersion = self.profileVersion
        summary.seed = self.seed
        summary.connections = self.conversations.usedCount
        summary.counts = self.checkpoint.counts
        summary.limits = self.limitCounts
        summary.limits.set(.keys, to: self.keys.uncounted)
        summary.recorderLost = self.checkpoint.recorder.lostCount
        var stages: [Session.Stage: Int] = [:]
        var phases: [Phase: Int] = [:]
        var names: Set<String> = []
        for slot in self.conversations.values.indices {
            guard self.conversations.values[slot].id != nil else { continue }
            stages[self.stage(slot), default: 0] += 1
            let conversation = self.conversations.values[slot]
            summary.heldMessages += conversation.lanes.reduce(0) { $0 + $1.count }
            summary.queuedMessages += conversation.queue.count
            summary.queuedBytes += conversation.queueBytes
            if names.insert(conversation.object).inserted {
                phases[self.phase(slot), default: 0] += 1
            }
        }
        summary.sessions = Session.Stage.allCases.map { ($0.rawValue, stages[$0] ?? 0) }
        summary.objects = Phase.allCases.map { ($0, phases[$0] ?? 0) }
        return summary
    }

    /// A part of the list of objects, which are the paths that have sessions.
    ///
    /// - Parameters:
    ///   - after: the `next` of the part before; 0 for the first.
    ///   - limit: how many at most.
    /// - Returns: the part.
    public func objects(after: Int, limit: Int) -> ControlPage<ObjectStatus> {
        var page = ControlPage<ObjectStatus>()
        var places: [String: Int] = [:]
        for slot in self.conversations.values.indices {
            let conversation = self.conversations.values[slot]
            guard conversation.id != nil else { continue }
            let name = conversation.object
            if places[name] == nil {
                // It belongs to the part in which its first session lies.
                places[name] = slot < after || page.next != nil ? -1 : page.items.count
                guard slot >= after, page.next == nil else { continue }
                guard page.items.count < limit else {
                    page.next = slot
                    places[name] = -1
                    continue
                }
                page.items.append(
                    ObjectStatus(
                        name: name,
                        phase: self.phase(slot),
                        wake: nil,
                        sessions: 0,
                        queuedMessages: 0,
                        queuedBytes: 0
                    )
                )
            }
            guard let place = places[name], place >= 0 else { continue }
            page.items[place].sessions += 1
            page.items[place].wake = max(page.items[place].wake ?? 0, conversation.dial)
            page.items[place].queuedMessages += conversation.queue.count
            page.items[place].queuedBytes += conversation.queueBytes
        }
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
        for slot in self.conversations.values.indices where slot >= after {
            let conversation = self.conversations.values[slot]
            guard let id = conversation.id else { continue }
            guard page.items.count < limit else {
                page.next = slot
                break
            }
            let stops = conversation.lanes.filter(\.isStopped)
            page.items.append(
                SessionStatus(
                    id: id,
                    object: conversation.object,
                    stage: self.stage(slot).rawValue,
                    key: conversation.facts.key,
                    attempt: conversation.facts.attempt,
                    peer: conversation.peer,
                    framesReceived: conversation.toObject.received,
                    framesSent: conversation.toClient.sent,
                    heldMessages: conversation.lanes.reduce(0) { $0 + $1.count },
                    isStalled: stops.count > 1
                )
            )
        }
        return page
    }

    private func stage(_ slot: Int) -> Session.Stage {
        switch self.conversations.values[slot].stage {
        case .head, .dialling, .upgrading: .opening
        case .tunnel, .finishing: .closed
        case .open: self.phase(slot) == .closing ? .closing : .open
        }
    }
}
