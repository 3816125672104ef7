import FramePath

/// The end of the process: everybody is told, then nobody is waited for too long.
extension Edge {
    mutating func shutdown() {
        guard !self.isShuttingDown else { return }
        self.isShuttingDown = true
        self.alarms.set(.shutdown, at: self.now + self.configuration.limits.shutdownTimeout)
        for slot in self.legs.values.indices
        where self.legSlots[self.legs.values[slot].id] == slot {
            switch self.legs.values[slot].stage {
            case .head, .body: self.closeLeg(slot)
            // Their answer is on its way, and closes.
            case .answering, .finishing: break
            case .upgrading, .socket:
                guard let session = self.legs.values[slot].session else { continue }
                self.sendClose(session, code: 1001, reason: "going away", handler: .edge)
            }
        }
    }

    mutating func shutdownTimedOut() {
        guard self.isShuttingDown, !self.isFinished else { return }
        for slot in self.legs.values.indices
        where self.legSlots[self.legs.values[slot].id] == slot {
            self.emit(.reset(self.legs.values[slot].id))
        }
        self.finishNow()
    }

    mutating func finishIfDone() {
        guard self.isShuttingDown, !self.isFinished, self.legs.usedCount == 0 else { return }
        self.finishNow()
    }

    private mutating func finishNow() {
        self.isFinished = true
        self.emit(.finished)
    }
}
