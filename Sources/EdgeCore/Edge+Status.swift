import Faults
import FramePath
import FrameTrace

/// What an operator sees. Never asked on the path of a message.
extension Edge {
    /// The whole in numbers; walks every session and object.
    public func summary() -> ControlSummary {
        var summary = ControlSummary()
        summary.link = self.link
        summary.linkLosses = self.linkLosses
        summary.profiles = self.configuration.profiles
        summary.profileVersion = self.configuration.profileVersion
        summary.seed = self.configuration.seed
        summary.connections = self.legs.usedCount
        summary.counts = self.checkpoint.counts
        summary.limits = self.limitCounts
        summary.limits.set(.keys, to: self.keys.uncounted)
        summary.recorderLost = self.checkpoint.recorder.lostCount
        var stages = Array(repeating: 0, count: Session.Stage.allCases.count)
        for session in self.sessions.values where session.object >= 0 {
            stages[session.stage.number] += 1
            summary.heldMessages += session.lanes.reduce(0) { $0 + $1.count }
        }
        summary.sessions = Session.Stage.allCases.map { ($0.rawValue, stages[$0.number]) }
        var phases: [Phase: Int] = [:]
        for slot in self.objects.values.indices where self.isUsed(object: slot) {
            phases[self.phase(object: slot), default: 0] += 1
            summary.queuedMessages += self.objects.values[slot].queueMessages
            summary.queuedBytes += self.objects.values[slot].queueBytes
        }
        summary.objects = Phase.allCases.map { ($0, phases[$0] ?? 0) }
        return summary
    }

    /// A part of the list of objects.
    ///
    /// - Parameters:
    ///   - after: the `next` of the part before; 0 for the first.
    ///   - limit: how many at most.
    /// - Returns: the part.
    public func objects(after: Int, limit: Int) -> ControlPage<ObjectStatus> {
        var page = ControlPage<ObjectStatus>()
        var slot = max(0, after)
        while slot < self.objects.values.count {
            if self.isUsed(object: slot) {
                guard page.items.count < limit else {
                    page.next = slot
                    break
                }
                let object = self.objects.values[slot]
                page.items.append(
                    ObjectStatus(
                        name: object.name,
                        phase: self.phase(object: slot),
                        wake: object.wake,
                        sessions: object.sessions.count,
                        queuedMessages: object.queueMessages,
                        queuedBytes: object.queueBytes
                    )
                )
            }
            slot += 1
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
        var slot = max(0, after)
        while slot < self.sessions.values.count {
            if self.sessions.values[slot].object >= 0 {
                guard page.items.count < limit else {
                    page.next = slot
                    break
                }
                page.items.append(self.status(session: slot))
            }
            slot += 1
        }
        return page
    }

    private func status(session slot: Int) -> SessionStatus {
        let session = self.sessions.values[slot]
        let leg = session.leg.map { self.legs.values[$0] }
        return SessionStatus(
            id: session.id,
            object: self.objects.values[session.object].name,
            stage: session.stage.rawValue,
            key: session.facts.key,
            attempt: session.facts.attempt,
            peer: session.leg.flatMap { self.intakes[$0]?.peer },
            framesReceived: leg?.receivedCount ?? 0,
            framesSent: leg?.sentCount ?? 0,
            heldMessages: session.lanes.reduce(0) { $0 + $1.count },
            isStalled: session.isStalled
        )
    }

    private func isUsed(object slot: Int) -> Bool {
        !self.objects.values[slot].name.isEmpty
    }
}
