import FramePath
import FrameTrace
import ObjectLink

import struct NIOCore.ByteBuffer

/// Messages of clients after `edge.rx`: answered here, forwarded, or queued for a wake.
extension Edge {
    /// A message is past `edge.rx`.
    mutating func arrived(_ session: Int, _ held: Held) {
        switch held.message.kind {
        case .ping: self.answerPing(session, held.message.payload)
        case .pong: break
        case .text, .binary, .continuation:
            if self.answerAutomatically(session, held.message) { return }
            self.reachObject(session, held)
        case .close:
            guard let end = held.end, !self.sessions.values[session].isEndForwarded else { return }
            if !end.isLoss { self.answerClose(session, end) }
            self.sessions.values[session].isEndForwarded = true
            self.reachObject(session, held)
        }
    }

    private mutating func answerPing(_ session: Int, _ payload: ByteBuffer) {
        let pong = self.toClient(session, kind: .pong, payload: payload, handler: .edge)
        self.cross(session, .clientSend, Held(message: pong, arrived: self.now))
    }

    /// A sleeping object's auto-response pair; an awake one answers for itself.
    private mutating func answerAutomatically(_ session: Int, _ message: Message) -> Bool {
        let object = self.sessions.values[session].object
        guard self.objects.values[object].stage == .asleep, message.kind == .text,
            let request = self.objects.values[object].autoRequest,
            let response = self.objects.values[object].autoResponse,
            message.payload == ByteBuffer(string: request)
        else { return false }
        let payload = ByteBuffer(string: response)
        let answer = self.toClient(session, kind: .text, payload: payload, handler: .runtime)
        self.cross(session, .clientSend, Held(message: answer, arrived: self.now))
        return true
    }

    /// Forwards to an awake object, or queues and wakes it.
    private mutating func reachObject(_ session: Int, _ held: Held) {
        let object = self.sessions.values[session].object
        if self.objects.values[object].stage == .awake {
            return self.cross(session, .objectSend, held)
        }
        if held.end != nil {
            guard self.isWorthTelling(session) else {
                self.sessions.values[session].isEndSent = true
                return self.removeIfDone(session)
            }
        } else {
            guard self.hasRoom(object, for: held.message) else {
                return self.overflowed(session)
            }
            self.objects.values[object].queueMessages += 1
            self.objects.values[object].queueBytes += held.message.payload.readableBytes
            self.pauseIfHalfFull(session)
        }
        self.objects.values[object].queue.append(.held(self.sessions.values[session].id, held))
        self.wake(object, Self.reason(held))
    }

    /// An unavailable object is not woken to hear that a client left because of it.
    private func isWorthTelling(_ session: Int) -> Bool {
        guard self.sessions.values[session].isUnavailable else { return true }
        let object = self.sessions.values[session].object
        switch self.objects.values[object].stage {
        case .asleep, .evicted, .wanted: return false
        case .waking, .awake, .announced: return true
        }
    }

    private func hasRoom(_ object: Int, for message: Message) -> Bool {
        let limits = self.configuration.limits
        // One message always has room, else a message that may be sent awake could never wake anybody.
        guard self.objects.values[object].queueMessages > 0 else { return true }
        let bytes = self.objects.values[object].queueBytes + message.payload.readableBytes
        return self.objects.values[object].queueMessages < limits.queueMessagesMax
            && bytes <= limits.queueBytesMax
    }

    private mutating func overflowed(_ session: Int) {
        self.limitCounts.add(.queue)
        let object = self.sessions.values[session].object
        self.trace(
            .queueFull,
            object: object,
            session: self.sessions.values[session].id,
            count: self.objects.values[object].queueMessages,
            why: String(self.objects.values[object].queueBytes) + " bytes are queued"
        )
        self.closeUnavailable(session)
    }

    private mutating func pauseIfHalfFull(_ session: Int) {
        let object = self.sessions.values[session].object
        let limits = self.configuration.limits
        guard
            self.objects.values[object].queueMessages * 2 > limits.queueMessagesMax
                || self.objects.values[object].queueBytes * 2 > limits.queueBytesMax
        else { return }
        self.pauseReads(session)
    }

    /// Stops reading a client until its object takes more.
    private mutating func pauseReads(_ session: Int) {
        guard let leg = self.sessions.values[session].leg, !self.legs.values[leg].isReadPaused
        else { return }
        self.legs.values[leg].isReadPaused = true
        self.objects.values[self.sessions.values[session].object].hasPausedLegs = true
        self.emit(.pauseReads(self.legs.values[leg].id))
    }

    static func reason(_ held: Held) -> LinkMessage.WakeReason {
        if let end = held.end { return end.isLoss ? .loss : .close }
        return held.message.kind == .binary ? .binary : .text
    }

    /// A message is past `edge.tx` and its object is awake.
    mutating func deliver(_ session: Int, _ held: Held) {
        let object = self.sessions.values[session].object
        guard let end = held.end else {
            self.noteSent(session, held.message.id.ordinal)
            if self.objects.values[object].isCongested { self.pauseReads(session) }
            return self.send(object, .message(held.message))
        }
        guard !self.sessions.values[session].isEndSent else { return }
        self.sessions.values[session].isEndSent = true
        let id = self.sessions.values[session].id
        guard !end.isError else {
            self.send(object, .error(session: id, reason: end.reason))
            return self.removeIfDone(session)
        }
        self.send(
            object,
            .close(
                session: id,
                code: end.code,
                reason: end.reason,
                wasClean: end.wasClean
            )
        )
        self.removeIfDone(session)
    }

    private mutating func noteSent(_ session: Int, _ ordinal: UInt32) {
        let next = ordinal &+ 1
        guard next > ordinal else { return }
        guard let range = self.sessions.values[session].unanswered else {
            self.sessions.values[session].unanswered = ordinal..<next
            return
        }
        self.sessions.values[session].unanswered =
            min(range.lowerBound, ordinal)..<max(range.upperBound, next)
    }

    /// An answer names the message that caused it: the instance handled that one and those before.
    mutating func noteAnswered(_ session: Int, _ message: Message) {
        // The cause of a broadcast is a message of some session, seldom of this one.
        guard let cause = message.cause, !message.isBroadcast,
            let range = self.sessions.values[session].unanswered, range.contains(cause)
        else { return }
        let rest = (cause + 1)..<range.upperBound
        self.sessions.values[session].unanswered = rest.isEmpty ? nil : rest
    }

    /// What the lost instance was sent and never answered cannot come back; the trace says which.
    mutating func traceSentLost(_ session: Int) {
        guard let range = self.sessions.values[session].unanswered else { return }
        self.sessions.values[session].unanswered = nil
        guard self.checkpoint.recorder.isOn else { return }
        let object = self.sessions.values[session].object
        self.record(
            TraceEvent.SocketStep(
                .sentLost,
                session: self.sessions.values[session].id,
                object: self.objects.values[object].name,
                wake: self.objects.values[object].wake ?? 0,
                reason: "no answer came before the object was lost",
                count: range.count,
                sequence: UInt64(range.lowerBound)
            )
        )
    }

    mutating func send(_ object: Int, _ message: LinkMessage) {
        guard let stream = self.objects.values[object].stream else { return }
        self.emit(.send(stream, message))
    }
}
