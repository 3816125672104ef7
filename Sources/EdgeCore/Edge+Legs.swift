import FramePath
import FrameTrace
import WebSocketWire

import struct NIOCore.ByteBuffer

/// Client connections: from their first byte to their last.
extension Edge {
    mutating func clientConnected(_ id: LegID, peer: String?) {
        guard !self.isShuttingDown, self.legs.usedCount < self.configuration.limits.legsMax else {
            if !self.isShuttingDown { self.limitCounts.add(.connections) }
            return self.emit(.reset(id))
        }
        let slot = self.legs.insert(Leg(id: id))
        self.intakes[slot] = Intake(peer: peer)
        self.legSlots[id] = slot
        self.setDeadline(slot, after: self.configuration.limits.handshakeTimeout)
    }

    mutating func clientBytes(_ id: LegID, _ bytes: ByteBuffer) {
        guard let slot = self.legSlots[id] else { return }
        switch self.legs.values[slot].stage {
        case .head, .body:
            self.intakes[slot]?.requests.append(bytes)
            if self.intakes[slot]?.isIdleBetweenRequests == true {
                self.intakes[slot]?.isIdleBetweenRequests = false
                self.setDeadline(slot, after: self.configuration.limits.handshakeTimeout)
            }
            self.readRequests(slot)
        case .answering, .upgrading: self.wait(slot, bytes)
        case .socket:
            // After the client's Close nothing it sends means anything.
            if let session = self.legs.values[slot].session,
                self.sessions.values[session].peerEnd != nil
            {
                return
            }
            self.legs.values[slot].frames?.append(bytes)
            if !self.legs.values[slot].isBehind { self.readFrames(slot) }
        case .finishing: break
        }
    }

    /// Keeps what a client sent ahead of an answer, up to a bound.
    private mutating func wait(_ slot: Int, _ bytes: ByteBuffer) {
        self.legs.values[slot].waitingBytes += bytes.readableBytes
        let backlog = self.intakes[slot]?.requests.bufferedBytes ?? 0
        let waiting = max(self.legs.values[slot].waitingBytes, backlog + bytes.readableBytes)
        guard waiting <= self.configuration.limits.earlyBytesMax else {
            self.limitCounts.add(.earlyBytes)
            return self.resetLeg(slot, reason: "too many bytes before the answer")
        }
        if self.legs.values[slot].stage == .upgrading {
            self.legs.values[slot].frames?.append(bytes)
        } else {
            self.intakes[slot]?.requests.append(bytes)
        }
    }

    mutating func clientHalfClosed(_ id: LegID) {
        guard let slot = self.legSlots[id] else { return }
        switch self.legs.values[slot].stage {
        // The answer can still be read by a client that only ended its half.
        case .answering, .finishing: break
        case .head, .body: self.closeLeg(slot)
        case .upgrading, .socket:
            guard !self.legs.values[slot].isBehind else {
                self.legs.values[slot].endedBehind = true
                return
            }
            // Without a Close frame there is nothing a WebSocket may still send.
            if let session = self.legs.values[slot].session { self.lose(session) }
            self.closeLeg(slot)
        }
    }

    mutating func clientClosed(_ id: LegID) {
        guard let slot = self.legSlots.removeValue(forKey: id) else { return }
        self.traceUnsent(slot)
        if let request = self.intakes[slot]?.request {
            self.requests[request] = nil
            self.emit(.cancelRequest(request))
        }
        let session = self.legs.values[slot].session
        self.intakes[slot] = nil
        self.legs.remove(at: slot)
        if let session {
            self.sessions.values[session].leg = nil
            self.lose(session)
            self.removeIfDone(session)
        }
    }

    mutating func clientWritable(_ id: LegID, isWritable: Bool) {
        guard let slot = self.legSlots[id] else { return }
        guard isWritable != self.legs.values[slot].isWritable else { return }
        self.legs.values[slot].isWritable = isWritable
        // A client that does not read is not read either: what it asks for would pile up unsent.
        if isWritable { self.resumeReads(leg: slot) } else { self.emit(.pauseReads(id)) }
        if isWritable, let session = self.legs.values[slot].session { self.grant(session) }
    }

    mutating func clientWrote(_ id: LegID, bytes: Int) {
        guard let slot = self.legSlots[id] else { return }
        self.legs.values[slot].reportsWrites = true
        self.legs.values[slot].wroteBytes += bytes
        let wrote = self.legs.values[slot].wroteBytes
        while let first = self.legs.values[slot].unwritten.first, first.end <= wrote {
            self.legs.values[slot].unwritten.removeFirst()
        }
    }

    /// Hands bytes to a client's socket.
    mutating func write(_ slot: Int, _ bytes: ByteBuffer) {
        self.legs.values[slot].handedBytes += bytes.readableBytes
        self.emit(.write(self.legs.values[slot].id, bytes))
    }

    /// Remembers a frame until the driver says it was written.
    mutating func noteHanded(_ slot: Int, sequence: UInt64) {
        guard self.checkpoint.recorder.keepsMessages else { return }
        let end = self.legs.values[slot].handedBytes
        if self.legs.values[slot].unwritten.count >= self.configuration.limits.unsentFramesMax {
            self.legs.values[slot].unwritten.removeFirst()
        }
        self.legs.values[slot].unwritten.append(Leg.Unwritten(sequence: sequence, end: end))
    }

    private mutating func traceUnsent(_ slot: Int) {
        guard self.legs.values[slot].reportsWrites, let session = self.legs.values[slot].session,
            let first = self.legs.values[slot].unwritten.first
        else { return }
        let object = self.sessions.values[session].object
        self.record(
            TraceEvent.SocketStep(
                .unsent,
                session: self.sessions.values[session].id,
                object: self.objects.values[object].name,
                wake: self.objects.values[object].wake ?? 0,
                count: self.legs.values[slot].unwritten.count,
                sequence: first.sequence
            )
        )
    }

    mutating func closeLeg(_ slot: Int) {
        guard self.legs.values[slot].stage != .finishing else { return }
        self.legs.values[slot].stage = .finishing
        self.dropDecoders(slot)
        self.emit(.close(self.legs.values[slot].id))
        self.setDeadline(slot, after: self.configuration.limits.closeTimeout)
    }

    mutating func resetLeg(_ slot: Int, reason: String) {
        self.legs.values[slot].stage = .finishing
        self.dropDecoders(slot)
        self.emit(.reset(self.legs.values[slot].id))
        self.setDeadline(slot, after: self.configuration.limits.closeTimeout)
        guard let session = self.legs.values[slot].session else { return }
        self.trace(.reset, session, reason: reason)
        self.lose(session)
    }

    private mutating func dropDecoders(_ slot: Int) {
        self.intakes[slot]?.requests = RequestDecoder()
        self.legs.values[slot].frames = nil
        self.legs.values[slot].assembler = nil
    }

    mutating func setDeadline(_ slot: Int, after span: Tick.Span) {
        let at = self.now + span
        self.legs.values[slot].deadline = at
        self.alarms.set(.leg(self.legs.values[slot].id), at: at)
    }

    mutating func legTimedOut(_ id: LegID) {
        guard let slot = self.legSlots[id], let deadline = self.legs.values[slot].deadline,
            deadline <= self.now
        else { return }
        self.legs.values[slot].deadline = nil
        switch self.legs.values[slot].stage {
        case .head, .body:
            if self.intakes[slot]?.isIdleBetweenRequests == true { return self.closeLeg(slot) }
            self.refuse(slot, status: 408, reason: "no whole request within the time-out")
        case .finishing:
            // The driver owes a `clientClosed`; a client that never reads must not hold its slot.
            self.emit(.reset(id))
            self.clientClosed(id)
        case .upgrading:
            guard let session = self.legs.values[slot].session else { return }
            self.rejected(session, status: 502, reason: "the object did not answer the upgrade")
        case .answering, .socket: break
        }
    }
}
