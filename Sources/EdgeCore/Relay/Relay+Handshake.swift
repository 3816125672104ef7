import Faults
import FramePath
import FrameTrace
import WebSocketWire

import struct NIOCore.ByteBuffer

/// From a client's first byte to the backend's answer.
extension Relay {
    mutating func clientBytes(_ slot: Int, _ bytes: ByteBuffer) {
        switch self.conversations.values[slot].stage {
        case .head:
            self.conversations.values[slot].requests?.append(bytes)
            self.readRequest(slot)
        case .dialling, .upgrading: self.wait(slot, bytes)
        case .tunnel: self.toBackend(slot, bytes)
        case .open:
            // After its Close nothing it sends means anything.
            guard self.conversations.values[slot].clientEnd == nil else { return }
            self.conversations.values[slot].toObject.splitter.append(bytes)
            self.readFrames(slot, .toObject)
        case .finishing: break
        }
    }

    /// Keeps what a client sent ahead of the answer, up to a bound.
    private mutating func wait(_ slot: Int, _ bytes: ByteBuffer) {
        self.conversations.values[slot].toObject.splitter.append(bytes)
        let waiting = self.conversations.values[slot].toObject.splitter.readableBytes
        guard waiting > self.configuration.limits.earlyBytesMax else { return }
        self.limitCounts.add(.earlyBytes)
        self.resetClient(slot, reason: "too many bytes before the answer")
    }

    private mutating func readRequest(_ slot: Int) {
        let head: RequestHead
        do throws(HTTPViolation) {
            guard let whole = try self.conversations.values[slot].requests?.next() else { return }
            head = whole
        } catch {
            return self.refuse(slot, status: error.status, reason: error.reason)
        }
        guard let route = BackendRoute.find(self.configuration.routes, head) else {
            return self.refuse(
                slot,
                status: 404,
                reason: "no --backend takes \(Redaction.path(head.target)) of this host"
            )
        }
        if let rest = self.conversations.values[slot].requests?.takeRest() {
            self.conversations.values[slot].toObject.splitter.append(rest)
        }
        self.conversations.values[slot].requests = nil
        self.conversations.values[slot].head = head
        self.conversations.values[slot].route = route
        self.conversations.values[slot].stage = .dialling
        self.pauseClient(slot)
        if Handshake.isUpgrade(head) {
            guard self.lastSession < .max else {
                return self.refuse(slot, status: 503, reason: "too many sessions")
            }
            self.makeSession(slot, head)
        }
        self.dial(slot)
    }

    private mutating func makeSession(_ slot: Int, _ head: RequestHead) {
        self.lastSession += 1
        let id = SessionID(edge: self.configuration.edgeID, number: self.lastSession)
        let object = ObjectName.name(ofPath: head.target) ?? "/"
        self.conversations.values[slot].id = id
        self.conversations.values[slot].object = object
        if let facts = self.keys.facts(head) {
            self.conversations.values[slot].facts = facts
        } else {
            if !self.marksOrdering {
                self.marksOrdering = true
                if self.checkpoint.recorder.isOn {
                    self.checkpoint.recorder.record(.mark(SessionKeys.orderingMark), at: self.now)
                }
            }
            // Past the limit a place is shared, which a key would have avoided.
            let isCounted =
                self.ordinals[object] != nil
                || self.ordinals.count < self.configuration.limits.objectsMax
            let ordinal = (self.ordinals[object] ?? 0) &+ 1
            if isCounted { self.ordinals[object] = ordinal }
            self.conversations.values[slot].facts = SessionKeys.byPlace(object, ordinal: ordinal)
        }
        guard self.checkpoint.recorder.isOn else { return }
        var step = TraceEvent.SocketStep(
            .upgrade,
            session: id,
            object: object,
            path: Redaction.path(head.target),
            key: self.conversations.values[slot].facts.key,
            attempt: self.conversations.values[slot].facts.attempt
        )
        step.headers = Redaction.headers(head.headers.map { (name: $0.name, value: $0.value) })
        self.checkpoint.recorder.record(.socket(step), at: self.now)
    }

    mutating func dial(_ slot: Int) {
        self.lastSerial += 1
        let leg = RelayLeg(slot: slot, serial: self.lastSerial, side: .backend)
        self.conversations.values[slot].backend = leg
        self.conversations.values[slot].response = nil
        self.conversations.values[slot].responseBytes = ByteBuffer()
        self.conversations.values[slot].isBackendWritable = true
        if self.conversations.values[slot].id != nil {
            self.trace(.dial, slot, count: Int(self.conversations.values[slot].dial))
        }
        self.setHandshakeDeadline(slot)
        self.emit(.dial(leg, route: self.conversations.values[slot].route))
    }

    mutating func dialled(_ slot: Int) {
        guard let head = self.conversations.values[slot].head else { return }
        switch (self.conversations.values[slot].stage, self.conversations.values[slot].id) {
        case (.dialling, nil):
            self.conversations.values[slot].handshakeDeadline = nil
            self.conversations.values[slot].stage = .tunnel
            self.toBackend(slot, self.request(slot, head))
            self.toBackend(slot, self.conversations.values[slot].toObject.splitter.take(.max))
            self.resumeClient(slot)
            if self.conversations.values[slot].isClientDone { self.clientHalfClosed(slot) }
        case (.dialling, _):
            self.conversations.values[slot].stage = .upgrading
            self.conversations.values[slot].response = ResponseDecoder()
            self.toBackend(slot, self.request(slot, head))
        case (.open, _):
            self.conversations.values[slot].response = ResponseDecoder()
            self.toBackend(slot, self.request(slot, head))
        case (.head, _), (.upgrading, _), (.tunnel, _), (.finishing, _): break
        }
    }

    /// The client's request as the backend gets it.
    private func request(_ slot: Int, _ head: RequestHead) -> ByteBuffer {
        let backend = self.configuration.routes[self.conversations.values[slot].route].backend
        let own: Set<String> = [
            "host", "sec-websocket-extensions", "torpor-client", "torpor-session", "torpor-wake",
        ]
        var headers = head.headers.endToEnd.filter { !own.contains($0.name.lowercased()) }
        headers = headers.forwarded(for: self.conversations.values[slot].peer)
        let host = head.first("host")
        let shown = self.configuration.keepsHost ? host ?? backend.authority : backend.authority
        headers.insert(HTTPHeader(name: "Host", value: shown), at: 0)
        if let host, host != shown, head.first("x-forwarded-host") == nil {
            headers.append(HTTPHeader(name: "X-Forwarded-Host", value: host))
        }
        if let id = self.conversations.values[slot].id {
            headers.append(HTTPHeader(name: "Connection", value: "Upgrade"))
            headers.append(HTTPHeader(name: "Upgrade", value: "websocket"))
            headers.append(HTTPHeader(name: "torpor-session", value: id.description))
            let dial = self.conversations.values[slot].dial
            if dial > 0 { headers.append(HTTPHeader(name: "torpor-wake", value: String(dial))) }
        } else {
            // Each request has a connection of its own, whose end is the end of the answer.
            headers.append(HTTPHeader(name: "Connection", value: "close"))
            for header in head.headers where header.name.lowercased() == "transfer-encoding" {
                headers.append(header)
            }
        }
        return headers.request(method: head.method, target: backend.target(head.target))
    }

    mutating func backendBytes(_ slot: Int, _ bytes: ByteBuffer) {
        switch self.conversations.values[slot].stage {
        case .tunnel: self.toClient(slot, bytes)
        case .upgrading: self.readResponse(slot, bytes)
        case .open:
            if self.conversations.values[slot].backendStage == .waking {
                return self.readResponse(slot, bytes)
            }
            guard self.conversations.values[slot].backendEnd == nil else { return }
            self.conversations.values[slot].toClient.splitter.append(bytes)
            self.readFrames(slot, .toClient)
        case .head, .dialling, .finishing: break
        }
    }

    private mutating func readResponse(_ slot: Int, _ bytes: ByteBuffer) {
        guard self.conversations.values[slot].response != nil else { return }
        self.conversations.values[slot].responseBytes.writeImmutableBuffer(bytes)
        self.conversations.values[slot].response?.append(bytes)
        do throws(HTTPViolation) {
            guard let head = try self.conversations.values[slot].response?.next() else { return }
            // 1xx other than 101 come before the answer.
            guard head.status == 101 || head.status >= 200 else {
                return self.readResponse(slot, ByteBuffer())
            }
            if self.conversations.values[slot].stage == .open {
                try self.answeredAgain(slot, head)
            } else {
                self.answered(slot, head)
            }
        } catch {
            self.dropBackend(slot)
            self.dialFailed(slot, status: UInt16(clamping: error.status), reason: error.reason)
        }
    }

    /// The answer to the first dial goes to the client as it is.
    private mutating func answered(_ slot: Int, _ head: ResponseHead) {
        self.conversations.values[slot].handshakeDeadline = nil
        guard head.status == 101 else {
            self.trace(.reject, slot, code: UInt16(clamping: head.status))
            self.conversations.values[slot].stage = .tunnel
            let bytes = self.conversations.values[slot].responseBytes
            self.conversations.values[slot].responseBytes = ByteBuffer()
            self.conversations.values[slot].response = nil
            self.toClient(slot, bytes)
            self.toBackend(slot, self.conversations.values[slot].toObject.splitter.take(.max))
            return self.resumeClient(slot)
        }
        self.conversations.values[slot].subprotocol = head.first("sec-websocket-protocol")
        self.trace(.accept, slot)
        var headers = head.headers.filter { $0.name.lowercased() != "sec-websocket-extensions" }
        if self.conversations.values[slot].head?.first("torpor-client") == "1",
            let id = self.conversations.values[slot].id
        {
            headers.append(HTTPHeader(name: "torpor-session", value: id.description))
            headers.append(HTTPHeader(name: "torpor-run", value: self.configuration.run))
        }
        self.toClient(slot, headers.switchingProtocols)
        self.conversations.values[slot].stage = .open
        self.legIsUp(slot)
        self.setIdleAlarm(slot)
        self.resumeClient(slot)
        self.readFrames(slot, .toClient)
        if self.conversations.values[slot].stage == .open { self.readFrames(slot, .toObject) }
        if self.conversations.values[slot].stage == .open,
            self.conversations.values[slot].isClientDone
        {
            self.clientHalfClosed(slot)
        }
    }

    /// The leg is an open WebSocket; what followed the head are its first frames.
    private mutating func legIsUp(_ slot: Int) {
        let rest = self.conversations.values[slot].response?.takeRest() ?? ByteBuffer()
        self.conversations.values[slot].response = nil
        self.conversations.values[slot].responseBytes = ByteBuffer()
        self.conversations.values[slot].handshakeDeadline = nil
        self.conversations.values[slot].backendStage = .awake
        self.conversations.values[slot].lastData = self.now
        self.conversations.values[slot].heard = 0
        self.conversations.values[slot].hasSpoken = false
        self.conversations.values[slot].isSettled = false
        self.conversations.values[slot].toClient.splitter.append(rest)
    }

    /// The answer to a dial that wakes: the same server, or a refusal.
    private mutating func answeredAgain(
        _ slot: Int,
        _ head: ResponseHead
    ) throws(HTTPViolation) {
        guard let request = self.conversations.values[slot].head else { return }
        guard head.status == 101 else {
            throw HTTPViolation(
                status: head.status,
                reason: "the backend answered \(head.status)"
            )
        }
        let subprotocol = try Handshake.verify(
            head,
            key: request.first("sec-websocket-key") ?? "",
            offered: request.tokens("sec-websocket-protocol")
        )
        let before = self.conversations.values[slot].subprotocol
        guard subprotocol == before else {
            throw HTTPViolation(
                status: 101,
                reason: "subprotocol '\(subprotocol ?? "none")' instead of '\(before ?? "none")'"
            )
        }
        self.legIsUp(slot)
        self.woken(slot)
    }

    mutating func handshakeTimedOut(_ slot: Int) {
        guard let deadline = self.conversations.values[slot].handshakeDeadline,
            deadline <= self.now
        else { return }
        self.conversations.values[slot].handshakeDeadline = nil
        switch self.conversations.values[slot].stage {
        case .head: self.refuse(slot, status: 408, reason: "no whole request in time")
        case .dialling, .upgrading, .open:
            guard self.conversations.values[slot].backend != nil else { return }
            self.dropBackend(slot)
            self.dialFailed(slot, status: nil, reason: "the backend did not answer in time")
        case .tunnel, .finishing: break
        }
    }

    /// A dial came to nothing; the leg of it is gone.
    mutating func dialFailed(_ slot: Int, status: UInt16?, reason: String) {
        self.conversations.values[slot].handshakeDeadline = nil
        switch self.conversations.values[slot].stage {
        case .dialling, .upgrading:
            let backend = self.configuration.routes[self.conversations.values[slot].route].backend
            if self.conversations.values[slot].id != nil {
                self.trace(.reject, slot, code: 502, reason: reason)
            }
            self.refuse(slot, status: 502, reason: "backend \(backend): \(reason)")
        case .open: self.redialFailed(slot, status: status, reason: reason)
        case .head, .tunnel, .finishing: break
        }
        self.removeIfDone(slot)
    }

    /// Answers in the backend's place and closes.
    mutating func refuse(_ slot: Int, status: Int, reason: String) {
        guard self.conversations.values[slot].hasClient else { return }
        let response = HTTPResponseWriter.response(
            status: status,
            headers: [HTTPHeader(name: "content-type", value: "text/plain; charset=utf-8")],
            body: ByteBuffer(string: reason + "\n"),
            closes: true
        )
        self.toClient(slot, response)
        self.closeClient(slot)
    }
}

extension [HTTPHeader] {
    /// A request with these lines.
    fileprivate func request(method: String, target: String) -> ByteBuffer {
        self.head("\(method) \(target) HTTP/1.1")
    }

    /// A 101 with these lines.
    fileprivate var switchingProtocols: ByteBuffer {
        self.head("HTTP/1.1 101 Switching Protocols")
    }
}
