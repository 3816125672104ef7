internal import FramePath
internal import FrameTrace
internal import WebSocketWire

internal import struct NIOCore.ByteBuffer

extension Client {
    mutating func take(_ bytes: ByteBuffer, at now: Tick) {
        switch self.state {
        case .waiting, .ended: return
        case .handshaking: self.continueHandshake(bytes, at: now)
        case .open, .closing: self.takeFrames(bytes, at: now)
        }
    }

    private mutating func takeFrames(_ bytes: ByteBuffer, at now: Tick) {
        self.decoder.append(bytes)
        do throws(WireViolation) {
            while self.state != .ended, let frame = try self.decoder.next() {
                let number = self.received.frames
                self.received.frames += 1
                if frame.opcode == Opcode.text || frame.opcode == Opcode.binary {
                    self.messageStart = number
                }
                if let assembled = try self.assembler.receive(frame) {
                    self.deliver(assembled, number: number, at: now)
                }
            }
        } catch {
            self.violated(error, at: now)
        }
    }

    private mutating func deliver(_ assembled: Assembled, number: UInt64, at now: Tick) {
        switch assembled {
        case .message(let kind, let payload, let fragments):
            let parts = UInt16(clamping: fragments)
            self.observe(kind, payload, .toClient, self.messageStart, fragments: parts, at: now)
            self.actions.append(
                .message(kind: kind, payload: payload, sequence: self.messageStart)
            )
        case .ping(let payload):
            self.observe(.ping, payload, .toClient, number, at: now)
            if self.state == .open { self.send(.pong, payload, at: now) }
        case .pong(let payload):
            self.observe(.pong, payload, .toClient, number, at: now)
            self.actions.append(.pong(payload))
        case .close(let code, let reason):
            let payload = ClosePayload.bytes(code: code, reason: reason)
            self.observe(.close, payload, .toClient, number, at: now)
            self.peerClosed(code, reason, at: now)
        }
    }

    private mutating func peerClosed(_ code: UInt16?, _ reason: String, at now: Tick) {
        self.step(.closeReceived, code: code, reason: reason, at: now)
        if self.state == .open {
            // RFC 6455 §5.5.1: answered with the code that came.
            self.sendClose(code, "", at: now)
        }
        self.end(code ?? 1_005, reason, wasClean: true, at: now)
    }

    private mutating func violated(_ violation: WireViolation, at now: Tick) {
        self.step(.violation, code: violation.closeCode, reason: violation.reason, at: now)
        if self.state == .open {
            self.sendClose(violation.closeCode, violation.reason, at: now)
        }
        let reason = "the server broke the protocol: \(violation.reason)"
        self.end(violation.closeCode, reason, wasClean: false, at: now)
    }

    mutating func userSends(_ kind: MessageKind, _ payload: ByteBuffer, at now: Tick) {
        guard kind != .continuation, kind != .close else { return }
        switch self.state {
        case .waiting, .handshaking:
            guard self.held.count < Self.heldMax else {
                self.refuse(0, "more than \(Self.heldMax) messages before it opened", at: now)
                return
            }
            self.held.append((kind, payload))
        case .open: self.send(kind, payload, at: now)
        case .closing, .ended: return
        }
    }

    mutating func userCloses(_ code: UInt16, _ reason: String, at now: Tick) {
        switch self.state {
        case .waiting, .handshaking: self.refuse(0, "closed before it opened", at: now)
        case .open:
            self.sendClose(code, reason, at: now)
            self.state = .closing
            self.deadline = now + Self.closeMax
        case .closing, .ended: return
        }
    }

    mutating func socketEnded(_ reason: String, at now: Tick) {
        switch self.state {
        case .waiting, .handshaking: self.refuse(0, reason, at: now)
        case .open, .closing: self.end(1_006, reason, wasClean: false, at: now)
        case .ended: return
        }
    }

    mutating func deadlinePassed(at now: Tick) {
        guard let deadline = self.deadline, deadline <= now else { return }
        self.deadline = nil
        switch self.state {
        case .waiting, .handshaking:
            self.refuse(0, "no answer to the handshake within 10 s", at: now)
        case .closing:
            self.end(1_006, "the Close was not answered within 5 s", wasClean: false, at: now)
        case .open, .ended: return
        }
    }

    private mutating func end(_ code: UInt16, _ reason: String, wasClean: Bool, at now: Tick) {
        self.state = .ended
        self.deadline = nil
        self.step(.closed, code: code, reason: reason, at: now)
        self.actions.append(.ended(code: code, reason: reason, wasClean: wasClean))
        self.actions.append(.closeSocket)
    }

    private mutating func sendClose(_ code: UInt16?, _ reason: String, at now: Tick) {
        self.step(.closeSent, code: code, reason: reason, at: now)
        self.send(.close, ClosePayload.bytes(code: code, reason: reason), at: now)
    }

    mutating func send(_ kind: MessageKind, _ payload: ByteBuffer, at now: Tick) {
        self.draws += 1
        let mask = Philox.draw(key: (self.entropy, 0), counter: (self.draws, 0, 0, 0)).0
        var out = ByteBuffer()
        FrameEncoder.encode(
            opcode: kind.opcode,
            maskKey: UInt32(truncatingIfNeeded: mask),
            payload: payload,
            into: &out
        )
        let number = self.sent.frames
        self.sent.frames += 1
        self.observe(kind, payload, .toObject, number, at: now)
        self.actions.append(.write(out))
    }
}
