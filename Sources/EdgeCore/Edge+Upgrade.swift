import Faults
import FramePath
import FrameTrace
import ObjectLink
import WebSocketWire

import struct NIOCore.ByteBuffer

/// WebSocket upgrades: from the request to the 101 or the refusal.
extension Edge {
    mutating func upgrade(_ slot: Int, _ head: RequestHead) {
        self.legs.values[slot].deadline = nil
        let wanted: UpgradeRequest
        do throws(HTTPViolation) {
            wanted = try Handshake.check(head)
        } catch {
            return self.rejectUpgrade(slot, head, status: error.status, reason: error.reason)
        }
        guard let name = ObjectName.name(ofPath: head.target) else {
            return self.rejectUpgrade(slot, head, status: 404, reason: "the path names no object")
        }
        if let reason = self.whyNoObjects {
            return self.rejectUpgrade(slot, head, status: 502, reason: reason)
        }
        guard !self.isShuttingDown, self.lastSession < .max, let object = self.object(named: name),
            self.objects.values[object].sessions.count
                < self.configuration.limits.sessionsPerObjectMax
        else {
            self.limitCounts.add(.sessions)
            return self.rejectUpgrade(slot, head, status: 503, reason: "too many sessions")
        }
        let session = self.makeSession(slot, head, wanted, object: object)
        self.legs.values[slot].stage = .upgrading
        self.legs.values[slot].waitingBytes = 0
        self.legs.values[slot].session = session
        // What followed the head belongs to the WebSocket.
        var frames = FrameDecoder(payloadMax: self.configuration.limits.messageBytesMax)
        if let rest = self.intakes[slot]?.requests.takeRest() { frames.append(rest) }
        self.legs.values[slot].frames = frames
        self.ask(session, head, wanted)
    }

    private mutating func rejectUpgrade(
        _ slot: Int,
        _ head: RequestHead,
        status: Int,
        reason: String
    ) {
        let name = ObjectName.name(ofPath: head.target) ?? ""
        var step = TraceEvent.SocketStep(
            .reject,
            session: nil,
            object: name,
            code: UInt16(clamping: status),
            reason: reason
        )
        step.path = Redaction.path(head.target)
        self.record(step)
        self.refuse(slot, status: status, reason: reason)
    }

    private mutating func makeSession(
        _ slot: Int,
        _ head: RequestHead,
        _ wanted: UpgradeRequest,
        object: Int
    ) -> Int {
        self.lastSession += 1
        let id = SessionID(edge: self.configuration.edgeID, number: self.lastSession)
        let facts = self.facts(head, object: object)
        let session = Session(
            id: id,
            object: object,
            leg: slot,
            facts: facts,
            package: HeldPackage(url: self.url(head.target, of: object))
        )
        self.intakes[slot]?.upgradeKey = wanted.key
        self.intakes[slot]?.wantsTorporHeaders = head.first("torpor-client") == "1"
        let index = self.sessions.insert(session)
        self.sessionSlots[id] = index
        self.objects.values[object].sessions.append(index)
        self.objects.values[object].sessionOrdinal &+= 1
        self.traceUpgrade(index, head)
        return index
    }

    /// The same text in memory for all that came to an object by the same path.
    private func url(_ target: String, of object: Int) -> String {
        guard let last = self.objects.values[object].sessions.last else { return target }
        let url = self.sessions.values[last].package.url
        return url == target ? url : target
    }

    private mutating func traceUpgrade(_ session: Int, _ head: RequestHead) {
        guard self.checkpoint.recorder.isOn else { return }
        let object = self.sessions.values[session].object
        var step = TraceEvent.SocketStep(
            .upgrade,
            session: self.sessions.values[session].id,
            object: self.objects.values[object].name,
            wake: self.objects.values[object].wake ?? 0,
            path: Redaction.path(head.target),
            key: self.sessions.values[session].facts.key,
            attempt: self.sessions.values[session].facts.attempt
        )
        step.headers = Redaction.headers(head.headers.map { (name: $0.name, value: $0.value) })
        self.record(step)
    }

    /// The key of a session: header, else query, else its place in the object's line.
    private mutating func facts(_ head: RequestHead, object: Int) -> SessionFacts {
        if let facts = self.keys.facts(head) { return facts }
        self.markOrdering()
        return SessionKeys.byPlace(
            self.objects.values[object].name,
            ordinal: self.objects.values[object].sessionOrdinal
        )
    }

    private mutating func markOrdering() {
        guard !self.marksOrdering else { return }
        self.marksOrdering = true
        guard self.checkpoint.recorder.isOn else { return }
        self.checkpoint.recorder.record(.mark(SessionKeys.orderingMark), at: self.now)
    }

    /// Asks the object, waking it first when it has no stream.
    private mutating func ask(
        _ session: Int,
        _ head: RequestHead,
        _ wanted: UpgradeRequest
    ) {
        let object = self.sessions.values[session].object
        let headers = head.headers.endToEnd.map {
            LinkMessage.HeaderField(name: $0.name.lowercased(), value: $0.value)
        }
        let request = LinkMessage.OpenRequest(
            session: self.sessions.values[session].id,
            url: head.target,
            headers: headers,
            subprotocols: wanted.subprotocols,
            key: self.sessions.values[session].facts.key,
            attempt: self.sessions.values[session].facts.attempt,
            credit: self.configuration.limits.creditBytes
        )
        // An object that wakes but never answers must not hold the leg for ever.
        let limits = self.configuration.limits
        if let leg = self.sessions.values[session].leg {
            self.setDeadline(leg, after: limits.wakeTimeout + limits.handshakeTimeout)
        }
        if self.objects.values[object].stage == .awake {
            self.sessions.values[session].isAsked = true
            self.send(object, .open(request))
        } else {
            self.objects.values[object].queue.append(
                .open(self.sessions.values[session].id, request)
            )
            self.wake(object, .fetch)
        }
    }

    /// The object took the socket.
    mutating func accepted(_ id: SessionID, wake: UInt32, subprotocol: String?, tags: [String]) {
        guard let session = self.sessionSlots[id],
            self.sessions.values[session].stage == .opening
        else { return }
        self.sessions.values[session].isAccepted = true
        self.sessions.values[session].package.subprotocol = subprotocol
        self.sessions.values[session].package.tags = tags
        self.trace(.accept, session)
        guard let leg = self.sessions.values[session].leg else {
            // The client left in between; the object hears of it like of any loss.
            self.sessions.values[session].stage = .closed
            return self.forwardEnd(session, .lost)
        }
        self.sessions.values[session].stage = .open
        var headers: [HTTPHeader] = []
        let intake = self.intakes.removeValue(forKey: leg)
        if intake?.wantsTorporHeaders == true {
            headers.append(HTTPHeader(name: "torpor-session", value: id.description))
            headers.append(HTTPHeader(name: "torpor-run", value: self.configuration.run))
        }
        self.write(
            leg,
            Handshake.response(
                key: intake?.upgradeKey ?? "",
                subprotocol: subprotocol,
                headers: headers
            )
        )
        self.legs.values[leg].stage = .socket
        self.legs.values[leg].deadline = nil
        self.legs.values[leg].waitingBytes = 0
        self.legs.values[leg].assembler = MessageAssembler(
            role: .server,
            messageMax: self.configuration.limits.messageBytesMax
        )
        self.readFrames(leg)
    }

    /// The object, or the edge in its place, refuses the socket.
    mutating func rejected(_ session: Int, status: Int, reason: String) {
        guard self.sessions.values[session].stage == .opening else { return }
        self.trace(.reject, session, code: UInt16(clamping: status), reason: reason)
        self.sessions.values[session].stage = .closed
        if let leg = self.sessions.values[session].leg {
            self.legs.values[leg].session = nil
            self.refuse(leg, status: status, reason: reason)
        }
        self.endSession(session)
    }
}
