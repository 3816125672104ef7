import DequeModule
import Faults
import FramePath
import FrameTrace
import ObjectLink
import WebSocketWire

/// The end of sessions: Close frames either way, losses, and what the object hears of it.
extension Edge {
    /// Sends a Close behind everything that is already on its way to the client.
    mutating func sendClose(_ session: Int, code: UInt16, reason: String, handler: Handler) {
        switch self.sessions.values[session].stage {
        case .opening: return self.rejected(session, status: 503, reason: reason)
        case .closed: return
        case .open, .closing: break
        }
        guard !self.sessions.values[session].isClosing else { return }
        let payload = ClosePayload.bytes(code: code, reason: reason)
        let close = self.toClient(session, kind: .close, payload: payload, handler: handler)
        self.sessions.values[session].isClosing = true
        self.startClosing(session)
        let end = SessionEnd(code: code, reason: reason, wasClean: true)
        let held = Held(message: close, arrived: self.now, end: end)
        if self.isIdle(session, .clientReceive) {
            self.cross(session, .clientSend, held)
        } else {
            // It must not overtake what a rule holds back at the point before.
            self.enter(session, .clientReceive, held, .init())
        }
    }

    private mutating func startClosing(_ session: Int) {
        self.sessions.values[session].stage = .closing
        let at = self.now + self.configuration.limits.closeTimeout
        self.sessions.values[session].closeDeadline = at
        self.alarms.set(.closing(self.sessions.values[session].id), at: at)
    }

    mutating func closeWasSent(_ session: Int, _ leg: Int, _ end: SessionEnd?) {
        self.sessions.values[session].hasSentClose = true
        self.trace(.closeSent, session, code: end?.code, reason: end?.reason)
        guard let peer = self.sessions.values[session].peerEnd else { return }
        self.sessions.values[session].stage = .closed
        self.trace(.closed, session, code: peer.code, reason: peer.reason)
        self.closeLeg(leg)
    }

    /// The client's Close is past `edge.rx`.
    mutating func answerClose(_ session: Int, _ end: SessionEnd) {
        if self.sessions.values[session].hasSentClose {
            // It answers ours.
            self.sessions.values[session].stage = .closed
            self.trace(.closed, session, code: end.code, reason: end.reason)
            if let leg = self.sessions.values[session].leg { self.closeLeg(leg) }
            return
        }
        switch self.configuration.replyToClose {
        case .runtime: self.sendClose(session, code: end.code, reason: "", handler: .runtime)
        case .application: self.startClosing(session)
        }
    }

    mutating func closeTimedOut(_ id: SessionID) {
        guard let session = self.sessionSlots[id], self.sessions.values[session].stage == .closing,
            let deadline = self.sessions.values[session].closeDeadline, deadline <= self.now
        else { return }
        if let end = self.sessions.values[session].peerEnd,
            !self.sessions.values[session].isClosing
        {
            return self.sendClose(session, code: end.code, reason: "", handler: .edge)
        }
        let leg = self.sessions.values[session].leg
        self.finish(session, .lost)
        if let leg { self.closeLeg(leg) }
    }

    /// The client is gone, as far as the edge will ever know.
    mutating func lose(_ session: Int) {
        switch self.sessions.values[session].stage {
        case .closed: self.giveUpStuckEnd(session)
        case .opening: self.leaveOpening(session)
        case .open, .closing: self.finish(session, self.sessions.values[session].peerEnd ?? .lost)
        }
    }

    /// Nothing more goes to the socket; the object hears it once, whatever it was.
    mutating func finish(_ session: Int, _ end: SessionEnd) {
        guard self.sessions.values[session].stage != .closed else { return }
        self.sessions.values[session].stage = .closed
        self.trace(.closed, session, code: end.code, reason: end.reason)
        self.forwardEnd(session, end)
    }

    /// Tells the object of an end that no frame tells it.
    mutating func forwardEnd(_ session: Int, _ end: SessionEnd) {
        guard !self.sessions.values[session].isEndForwarded else {
            return self.giveUpStuckEnd(session)
        }
        guard self.sessions.values[session].isAccepted else { return self.endSession(session) }
        var told = end
        told.isLoss = true
        let message = self.toObject(
            session,
            kind: .close,
            payload: ClosePayload.bytes(code: nil, reason: "")
        )
        // A lane that stands still for ever does so until the session ends, which is now.
        if self.isStuck(session, .objectReceive) || self.isStuck(session, .objectSend) {
            for station in [Station.objectReceive, .objectSend] {
                _ = self.sessions.values[session].lanes[station.rawValue].removeAll()
            }
        }
        self.cross(
            session,
            .objectReceive,
            Held(message: message, arrived: self.now, end: told)
        )
    }

    /// An end that a rule holds for ever ends with its session.
    private mutating func giveUpStuckEnd(_ session: Int) {
        guard self.isStuck(session, .objectSend) else { return }
        self.sessions.values[session].isEndSent = true
        self.removeIfDone(session)
    }

    /// The client left before the object answered.
    private mutating func leaveOpening(_ session: Int) {
        self.sessions.values[session].stage = .closed
        self.trace(.closed, session, code: 1006)
        if let leg = self.sessions.values[session].leg {
            self.legs.values[leg].session = nil
            self.sessions.values[session].leg = nil
        }
        let object = self.sessions.values[session].object
        let id = self.sessions.values[session].id
        self.objects.values[object].queue.removeAll {
            if case .open(let queued, _) = $0 { queued == id } else { false }
        }
        // An accept that still comes meets an unknown session and is answered with its loss.
        self.endSession(session)
    }

    /// The object cannot be reached, so its client is told to try again later.
    mutating func closeUnavailable(_ session: Int) {
        self.sessions.values[session].isUnavailable = true
        self.sendClose(session, code: 1013, reason: "object unavailable", handler: .edge)
    }

    /// Frees a session whose socket is gone and whose end the object knows.
    mutating func removeIfDone(_ session: Int) {
        guard self.sessions.values[session].stage == .closed,
            self.sessions.values[session].leg == nil, self.sessions.values[session].isEndSent
        else { return }
        self.endSession(session)
    }

    mutating func endSession(_ session: Int) {
        let id = self.sessions.values[session].id
        guard self.sessionSlots.removeValue(forKey: id) != nil else { return }
        if let leg = self.sessions.values[session].leg { self.legs.values[leg].session = nil }
        self.checkpoint.engine.sessionEnded(self.sessions.values[session].facts)
        let object = self.sessions.values[session].object
        self.objects.values[object].sessions.removeAll { $0 == session }
        self.sessions.remove(at: session)
        self.forgetIfMany(object)
    }
}
