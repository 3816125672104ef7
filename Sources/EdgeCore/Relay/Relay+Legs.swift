import Faults
import FramePath
import FrameTrace
import WebSocketWire

import struct NIOCore.ByteBuffer

/// Sockets: writes, pauses, ends.
extension Relay {
    mutating func toClient(_ slot: Int, _ bytes: ByteBuffer) {
        guard self.conversations.values[slot].hasClient, bytes.readableBytes > 0 else { return }
        self.conversations.values[slot].handedBytes += bytes.readableBytes
        self.emit(.write(self.clientLeg(slot), bytes))
    }

    mutating func toBackend(_ slot: Int, _ bytes: ByteBuffer) {
        guard let leg = self.conversations.values[slot].backend, bytes.readableBytes > 0 else {
            return
        }
        self.emit(.write(leg, bytes))
    }

    // MARK: pauses

    mutating func pauseClient(_ slot: Int) {
        self.conversations.values[slot].awaitsDial = true
        self.setClientReads(slot)
    }

    mutating func resumeClient(_ slot: Int) {
        self.conversations.values[slot].awaitsDial = false
        self.setClientReads(slot)
    }

    mutating func setClientReads(_ slot: Int) {
        let isPaused =
            self.conversations.values[slot].awaitsDial
            || !self.conversations.values[slot].isBackendWritable
            || self.conversations.values[slot].isQueueHalfFull
        guard isPaused != self.conversations.values[slot].isClientPaused else { return }
        self.conversations.values[slot].isClientPaused = isPaused
        let leg = self.clientLeg(slot)
        self.emit(isPaused ? .pauseReads(leg) : .resumeReads(leg))
    }

    /// A peer that does not read stops the other from being read: nothing piles up between them.
    mutating func writable(_ leg: RelayLeg, _ isWritable: Bool) {
        switch leg.side {
        case .client:
            self.conversations.values[leg.slot].isClientWritable = isWritable
            if isWritable { self.sendLatePong(leg.slot) }
            guard let backend = self.conversations.values[leg.slot].backend else { return }
            self.emit(isWritable ? .resumeReads(backend) : .pauseReads(backend))
        case .backend:
            self.conversations.values[leg.slot].isBackendWritable = isWritable
            self.setClientReads(leg.slot)
        }
    }

    // MARK: what really left

    mutating func wrote(_ slot: Int, _ bytes: Int) {
        self.conversations.values[slot].wroteBytes += bytes
        let wrote = self.conversations.values[slot].wroteBytes
        while let first = self.conversations.values[slot].unwritten.first, first.end <= wrote {
            self.conversations.values[slot].unwritten.removeFirst()
        }
    }

    /// Remembers a frame until the driver says it was written.
    mutating func noteHanded(_ slot: Int, sequence: UInt64) {
        guard self.checkpoint.recorder.keepsMessages else { return }
        let end = self.conversations.values[slot].handedBytes
        if self.conversations.values[slot].unwritten.count
            >= self.configuration.limits.unsentFramesMax
        {
            self.conversations.values[slot].unwritten.removeFirst()
        }
        self.conversations.values[slot].unwritten.append(
            Leg.Unwritten(sequence: sequence, end: end)
        )
    }

    private mutating func traceUnsent(_ slot: Int) {
        guard let first = self.conversations.values[slot].unwritten.first else { return }
        self.trace(
            .unsent,
            slot,
            count: self.conversations.values[slot].unwritten.count,
            sequence: first.sequence
        )
    }

    // MARK: ends

    mutating func clientHalfClosed(_ slot: Int) {
        switch self.conversations.values[slot].stage {
        case .head: self.closeClient(slot)
        // The answer can still be read by a client that only ended its half.
        case .dialling, .upgrading: self.conversations.values[slot].isClientDone = true
        case .finishing: break
        case .tunnel:
            if let leg = self.conversations.values[slot].backend { self.emit(.endOutput(leg)) }
        case .open:
            guard self.conversations.values[slot].backendStage == .awake,
                let leg = self.conversations.values[slot].backend
            else { return self.closeClient(slot) }
            self.emit(.endOutput(leg))
            self.setClosingDeadline(slot)
        }
    }

    mutating func clientClosed(_ slot: Int) {
        self.conversations.values[slot].hasClient = false
        if self.conversations.values[slot].stage == .open {
            self.traceUnsent(slot)
            self.traceClosed(slot)
        }
        self.conversations.values[slot].stage = .finishing
        self.conversations.values[slot].queue.removeAll()
        self.dropBackend(slot)
        self.removeIfDone(slot)
    }

    mutating func traceClosed(_ slot: Int) {
        guard !self.conversations.values[slot].isClosedTraced else { return }
        self.conversations.values[slot].isClosedTraced = true
        let end =
            self.conversations.values[slot].clientEnd
            ?? (self.conversations.values[slot].hasClosedClient
                ? self.conversations.values[slot].backendEnd : nil) ?? .lost
        self.trace(.closed, slot, code: end.code, reason: end.reason)
    }

    mutating func backendHalfClosed(_ slot: Int) {
        switch (self.conversations.values[slot].stage, self.conversations.values[slot].backendStage)
        {
        case (.tunnel, _): self.closeClient(slot)
        case (.open, .awake):
            self.conversations.values[slot].isBackendDone = true
            self.traceBackendLost(slot)
            self.finishHalfClosed(slot)
        case (.open, .announced): self.fellAsleep(slot, why: "the backend closed without a Close")
        case (.open, .waking), (.dialling, _), (.upgrading, _):
            self.dropBackend(slot)
            self.dialFailed(
                slot,
                status: nil,
                reason: "the backend closed before it answered"
            )
        case (.open, .asleep), (.head, _), (.finishing, _): self.dropBackend(slot)
        }
    }

    mutating func backendClosed(_ slot: Int) {
        self.conversations.values[slot].backend = nil
        switch (self.conversations.values[slot].stage, self.conversations.values[slot].backendStage)
        {
        case (.tunnel, _): self.closeClient(slot)
        case (.open, .awake):
            self.conversations.values[slot].isBackendDone = true
            self.traceBackendLost(slot)
            self.finishHalfClosed(slot)
        case (.open, .announced): self.fellAsleep(slot, why: "the backend closed without a Close")
        case (.open, .waking), (.dialling, _), (.upgrading, _):
            self.dialFailed(slot, status: nil, reason: "the backend closed before it answered")
        case (.open, .asleep), (.head, _), (.finishing, _): break
        }
        self.removeIfDone(slot)
    }

    private mutating func traceBackendLost(_ slot: Int) {
        guard self.conversations.values[slot].backendEnd == nil,
            self.conversations.values[slot].clientEnd == nil
        else { return }
        self.trace(.lost, slot, why: "the backend ended the connection without a Close")
    }

    /// The backend ended: once nothing of it is held back the client is told by the same end.
    mutating func finishHalfClosed(_ slot: Int) {
        guard self.conversations.values[slot].isBackendDone,
            self.conversations.values[slot].stage == .open,
            self.isDelivered(slot, .clientReceive), self.isDelivered(slot, .clientSend)
        else { return }
        guard self.conversations.values[slot].backend != nil else { return self.closeClient(slot) }
        self.emit(.endOutput(self.clientLeg(slot)))
        self.setClosingDeadline(slot)
    }

    /// Whether a lane holds nothing that will still leave.
    private func isDelivered(_ slot: Int, _ station: Station) -> Bool {
        guard !self.conversations.values[slot].lanes.isEmpty else { return true }
        let lane = self.conversations.values[slot].lanes[station.rawValue]
        return lane.count == 0 || lane.deadline == nil
    }

    /// Ends the backend leg, whatever it was doing.
    mutating func dropBackend(_ slot: Int) {
        guard let leg = self.conversations.values[slot].backend else { return }
        self.conversations.values[slot].backend = nil
        self.conversations.values[slot].handshakeDeadline = nil
        self.conversations.values[slot].isBackendWritable = true
        self.emit(.close(leg))
    }

    /// Ends the client's leg after what was written, and the backend's with it.
    mutating func closeClient(_ slot: Int) {
        if self.conversations.values[slot].stage == .open { self.traceClosed(slot) }
        self.conversations.values[slot].stage = .finishing
        self.dropBackend(slot)
        guard self.conversations.values[slot].hasClient else { return self.removeIfDone(slot) }
        self.emit(.close(self.clientLeg(slot)))
    }

    mutating func resetClient(_ slot: Int, reason: String) {
        guard self.conversations.values[slot].hasClient else { return }
        if self.conversations.values[slot].id != nil { self.trace(.reset, slot, reason: reason) }
        self.emit(.reset(self.clientLeg(slot)))
        if self.conversations.values[slot].stage == .open { self.traceClosed(slot) }
        self.conversations.values[slot].stage = .finishing
        self.dropBackend(slot)
    }

    mutating func closingTimedOut(_ slot: Int) {
        guard self.conversations.values[slot].closingDeadline != nil else { return }
        self.closeClient(slot)
    }

    // MARK: shutdown

    mutating func shutdown() {
        guard !self.isShuttingDown else { return }
        self.isShuttingDown = true
        self.alarms.set(.shutdown, at: self.now + self.configuration.limits.shutdownTimeout)
        for slot in self.conversations.values.indices
        where self.conversations.values[slot].serial != 0 {
            switch self.conversations.values[slot].stage {
            case .open: self.end(slot, code: 1001, reason: "the edge is shutting down")
            case .dialling, .upgrading:
                self.refuse(slot, status: 503, reason: "the edge is shutting down")
            case .head, .tunnel: self.closeClient(slot)
            case .finishing: break
            }
        }
    }

    mutating func shutdownTimedOut() {
        for slot in self.conversations.values.indices
        where self.conversations.values[slot].serial != 0 {
            self.resetClient(slot, reason: "the edge is shutting down")
        }
        guard !self.isFinished else { return }
        self.isFinished = true
        self.emit(.finished)
    }

    mutating func finishIfDone() {
        guard self.isShuttingDown, !self.isFinished, self.conversations.usedCount == 0 else {
            return
        }
        self.isFinished = true
        self.emit(.finished)
    }
}
