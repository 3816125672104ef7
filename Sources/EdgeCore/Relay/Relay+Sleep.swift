import DequeModule
import Faults
import FramePath
import FrameTrace
import WebSocketWire

import struct NIOCore.ByteBuffer

/// The backend leg sleeps when idle and is dialled again when needed.
extension Relay {
    // MARK: to sleep

    mutating func setIdleAlarm(_ slot: Int) {
        guard let span = self.configuration.hibernateAfter else { return }
        self.setIdleAlarm(slot, at: self.conversations.values[slot].lastData + span)
    }

    private mutating func setIdleAlarm(_ slot: Int, at: Tick) {
        if let set = self.conversations.values[slot].idleAt, set <= at, set > self.now { return }
        self.conversations.values[slot].idleAt = at
        let serial = self.conversations.values[slot].serial
        self.alarms.set(.idle(slot: slot, serial: serial), at: at)
    }

    mutating func idleDue(_ slot: Int) {
        guard self.conversations.values[slot].stage == .open,
            let set = self.conversations.values[slot].idleAt, set <= self.now
        else { return }
        self.conversations.values[slot].idleAt = nil
        switch self.conversations.values[slot].backendStage {
        case .asleep, .waking: return
        case .announced:
            if let deadline = self.conversations.values[slot].sleepDeadline, deadline > self.now {
                return self.setIdleAlarm(slot, at: deadline)
            }
            return self.fellAsleep(slot, why: "the backend did not answer the Close in time")
        case .awake: break
        }
        guard let span = self.configuration.hibernateAfter else { return }
        let due = self.conversations.values[slot].lastData + span
        guard due <= self.now else { return self.setIdleAlarm(slot, at: due) }
        guard self.maySleep(slot) else { return self.setIdleAlarm(slot, at: self.now + span) }
        self.announceSleep(slot)
    }

    /// Nothing is under way: no half message, nothing held by a rule, no Close.
    func maySleep(_ slot: Int) -> Bool {
        for way in Direction.allCases {
            guard self.conversations.values[slot][way].passing == 0,
                !self.conversations.values[slot][way].isMidMessage,
                self.conversations.values[slot][way].splitter.readableBytes == 0
            else { return false }
        }
        return self.conversations.values[slot].clientEnd == nil
            && self.conversations.values[slot].backendEnd == nil
            && !self.conversations.values[slot].isBackendDone
            && !self.conversations.values[slot].isEnding
            // What a peer that does not read has still to come would be lost with the leg.
            && self.conversations.values[slot].isClientWritable
            && self.conversations.values[slot].isBackendWritable
            && self.areLanesIdle(slot)
    }

    mutating func announceSleep(_ slot: Int) {
        self.trace(.hibernateBegin, slot)
        self.sendOwn(
            slot,
            .toObject,
            .close,
            ClosePayload.bytes(code: 1001, reason: "hibernating"),
            handler: .edge
        )
        // A rule may have ended the session, or its leg, over this Close.
        guard self.conversations.values[slot].stage == .open,
            !self.conversations.values[slot].isEnding,
            self.conversations.values[slot].backendStage == .awake,
            self.conversations.values[slot].backend != nil
        else { return }
        self.conversations.values[slot].backendStage = .announced
        let at = self.now + self.configuration.limits.closeTimeout
        self.conversations.values[slot].sleepDeadline = at
        self.setIdleAlarm(slot, at: at)
    }

    mutating func fellAsleep(_ slot: Int, why: String?) {
        self.dropBackend(slot)
        if self.breaksMessage(slot) {
            return self.end(slot, code: 1012, reason: "the backend left inside a message")
        }
        if !self.conversations.values[slot].lanes.isEmpty {
            // Only frames of the edge can be held for the leg that is gone.
            _ = self.conversations.values[slot].lanes[Station.objectSend.rawValue].removeAll()
        }
        self.conversations.values[slot].backendStage = .asleep
        self.conversations.values[slot].isEvicted = false
        self.conversations.values[slot].sleepDeadline = nil
        self.conversations.values[slot].toClient.restart()
        self.trace(.hibernated, slot, count: 1, why: why)
        self.forgetBackendPause(slot)
        guard !self.conversations.values[slot].queue.isEmpty else { return }
        self.wake(slot)
    }

    /// A rule, or an operator, takes the leg away as a crash would.
    mutating func evict(_ slot: Int, keepsSocket: Bool) {
        guard self.conversations.values[slot].stage == .open else { return }
        guard self.conversations.values[slot].toClient.passing == 0 else {
            return self.resetClient(slot, reason: "evicted inside a frame")
        }
        guard keepsSocket, self.conversations.values[slot].clientEnd == nil,
            self.conversations.values[slot].backendEnd == nil, !self.breaksMessage(slot)
        else {
            return self.end(slot, code: 1012, reason: "evicted")
        }
        let rest = self.conversations.values[slot].toObject
        self.conversations.values[slot].isOrphan =
            rest.passing > 0 || (rest.isMidMessage && rest.gathered == nil)
        self.conversations.values[slot].toObject.parted = nil
        if let leg = self.conversations.values[slot].backend {
            self.conversations.values[slot].backend = nil
            self.emit(.reset(leg))
        }
        self.conversations.values[slot].backendStage = .asleep
        self.conversations.values[slot].isEvicted = true
        self.conversations.values[slot].toClient.restart()
        self.trace(.evicted, slot)
        self.forgetBackendPause(slot)
        guard !self.conversations.values[slot].queue.isEmpty || self.hasHeldSend(slot) else {
            return
        }
        self.wake(slot)
    }

    /// The client got the first frames of a message whose rest will never come.
    private func breaksMessage(_ slot: Int) -> Bool {
        self.conversations.values[slot].toClient.isMidMessage
            && self.conversations.values[slot].toClient.gathered == nil
    }

    /// Whether a rule holds something that is meant for a leg.
    private func hasHeldSend(_ slot: Int) -> Bool {
        guard !self.conversations.values[slot].lanes.isEmpty else { return false }
        return self.conversations.values[slot].lanes[Station.objectSend.rawValue].deadline != nil
    }

    /// A leg that is gone stops nobody.
    private mutating func forgetBackendPause(_ slot: Int) {
        self.conversations.values[slot].isBackendWritable = true
        self.setClientReads(slot)
    }

    // MARK: awake again

    /// A frame of the client is past `edge.rx`.
    mutating func reachBackend(_ slot: Int, _ parcel: Parcel) {
        let stage = self.conversations.values[slot].backendStage
        if stage == .awake, self.conversations.values[slot].queue.isEmpty {
            return self.cross(slot, .objectSend, parcel)
        }
        if parcel.end != nil, stage != .waking, self.conversations.values[slot].queue.isEmpty {
            return self.answerClose(slot, parcel)
        }
        // A Ping or Pong wakes nobody.
        guard parcel.end != nil || !parcel.message.kind.isControl else { return }
        guard self.hasRoom(slot, for: parcel) else {
            self.limitCounts.add(.queue)
            self.trace(
                .queueFull,
                slot,
                count: self.conversations.values[slot].queue.count,
                why: "\(self.conversations.values[slot].queueBytes) bytes are queued"
            )
            return self.end(slot, code: 1013, reason: "object unavailable")
        }
        self.conversations.values[slot].queue.append(parcel)
        self.conversations.values[slot].queueBytes += parcel.wire.readableBytes
        self.pauseIfHalfFull(slot)
        if stage == .asleep { self.wake(slot) }
    }

    private func hasRoom(_ slot: Int, for parcel: Parcel) -> Bool {
        let limits = self.configuration.limits
        let count = self.conversations.values[slot].queue.count
        // One message always has room, else one that may be sent awake could never wake anybody.
        guard count > 0 else { return true }
        let bytes = self.conversations.values[slot].queueBytes + parcel.wire.readableBytes
        return count < limits.queueMessagesMax && bytes <= limits.queueBytesMax
    }

    private mutating func pauseIfHalfFull(_ slot: Int) {
        let limits = self.configuration.limits
        self.conversations.values[slot].isQueueHalfFull =
            self.conversations.values[slot].queue.count * 2 > limits.queueMessagesMax
            || self.conversations.values[slot].queueBytes * 2 > limits.queueBytesMax
        self.setClientReads(slot)
    }

    /// Dials again.
    mutating func wake(_ slot: Int) {
        let kind = self.conversations.values[slot].queue.first?.message.kind
        self.conversations.values[slot].dial += 1
        self.conversations.values[slot].tries = 0
        self.conversations.values[slot].wakeStarted = self.now
        self.conversations.values[slot].backendStage = .waking
        self.conversations.values[slot].toObject.sent = 0
        self.conversations.values[slot].toClient.received = 0
        // To-client ordinals are of one dial, as an instance's are of one life.
        self.conversations.values[slot].toClient.nextData = 0
        self.conversations.values[slot].toClient.nextControl = 0
        self.conversations.values[slot].isBackendDone = false
        self.trace(.wakeStart, slot, why: kind?.rawValue ?? "operator")
        self.dial(slot)
    }

    /// The dial was answered as the first one was.
    mutating func woken(_ slot: Int) {
        self.trace(.woken, slot, count: 1)
        if !self.conversations.values[slot].isClientWritable,
            let leg = self.conversations.values[slot].backend
        {
            self.emit(.pauseReads(leg))
        }
        switch self.configuration.onRedial {
        case .pass: self.conversations.values[slot].isSwallowing = false
        case .swallow(let count): self.conversations.values[slot].isSwallowing = count > 0
        case .swallowUntil: self.conversations.values[slot].isSwallowing = true
        }
        self.setIdleAlarm(slot)
        let serial = self.conversations.values[slot].serial
        while self.conversations.values[slot].serial == serial,
            self.conversations.values[slot].backendStage == .awake,
            let parcel = self.conversations.values[slot].queue.popFirst()
        {
            self.conversations.values[slot].queueBytes -= parcel.wire.readableBytes
            self.conversations.values[slot].hasSpoken = true
            self.cross(slot, .objectSend, parcel)
        }
        guard self.conversations.values[slot].serial == serial else { return }
        self.conversations.values[slot].isQueueHalfFull = false
        self.setClientReads(slot)
        self.pump(slot, .objectSend)
        guard self.conversations.values[slot].serial == serial else { return }
        self.readFrames(slot, .toClient)
        guard self.conversations.values[slot].serial == serial else { return }
        self.readFrames(slot, .toObject)
    }

    /// A dial that was to wake a session came to nothing: three tries, then the client is told.
    mutating func redialFailed(_ slot: Int, status: UInt16?, reason: String) {
        let limits = self.configuration.limits
        self.conversations.values[slot].tries += 1
        let tries = self.conversations.values[slot].tries
        self.trace(.dialRefused, slot, code: status, reason: reason, count: tries)
        let isLate = self.now - self.conversations.values[slot].wakeStarted >= limits.wakeTimeout
        guard tries >= limits.redialTriesMax || isLate else {
            let serial = self.conversations.values[slot].serial
            let at = self.now + limits.wakeRetry * UInt64(tries)
            self.alarms.set(.retry(slot: slot, serial: serial), at: at)
            return
        }
        self.trace(.wakeFailed, slot, count: tries, why: reason)
        self.conversations.values[slot].queue.removeAll()
        self.conversations.values[slot].queueBytes = 0
        self.end(slot, code: 1014, reason: "backend refused to be dialled again: " + reason)
    }

    mutating func retryDue(_ slot: Int) {
        guard self.conversations.values[slot].stage == .open,
            self.conversations.values[slot].backendStage == .waking,
            self.conversations.values[slot].backend == nil
        else { return }
        self.dial(slot)
    }
}
