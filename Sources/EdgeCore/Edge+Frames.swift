import DequeModule
import FramePath
import FrameTrace
import ObjectLink
import WebSocketWire

import struct NIOCore.ByteBuffer

/// Frames of a client: decoded, counted, given an identity, sent on their way.
extension Edge {
    mutating func readFrames(_ slot: Int) {
        var left = self.configuration.limits.framesPerTurnMax
        while let session = self.legs.values[slot].session, self.reads(slot, session) {
            do throws(WireViolation) {
                if left == 0, self.legs.values[slot].frames?.bufferedBytes != 0 {
                    return self.fallBehind(slot)
                }
                left -= 1
                guard let frame = try self.legs.values[slot].frames?.next() else { return }
                let sequence = self.number(slot, frame)
                guard let whole = try self.legs.values[slot].assembler?.receive(frame) else {
                    continue
                }
                self.born(session, whole, sequence: sequence)
            } catch {
                return self.violated(slot, session, error)
            }
        }
    }

    /// Leaves the rest of a leg's frames for the next turn; until then it is not read.
    private mutating func fallBehind(_ slot: Int) {
        let id = self.legs.values[slot].id
        self.legs.values[slot].isBehind = true
        self.behind.append(id)
        self.emit(.pauseReads(id))
    }

    /// Gives every leg that is behind one turn.
    mutating func catchUp() {
        for _ in 0..<self.behind.count {
            guard let id = self.behind.popFirst(), let slot = self.legSlots[id] else { continue }
            self.legs.values[slot].isBehind = false
            self.readFrames(slot)
            guard let slot = self.legSlots[id], !self.legs.values[slot].isBehind else { continue }
            if self.legs.values[slot].endedBehind { self.clientHalfClosed(id) }
            self.resumeReads(leg: slot)
        }
    }

    /// Reads a leg again, when nothing else stands against it.
    mutating func resumeReads(leg slot: Int) {
        let leg = self.legs.values[slot]
        guard leg.isWritable, !leg.isReadPaused, !leg.isBehind else { return }
        self.emit(.resumeReads(leg.id))
    }

    /// Counts a frame and gives the number of the first frame of its message.
    private mutating func number(_ slot: Int, _ frame: Frame) -> UInt64 {
        let number = self.legs.values[slot].receivedCount
        self.legs.values[slot].receivedCount += 1
        let isControl = frame.opcode & 8 != 0
        if !isControl, frame.opcode != Opcode.continuation {
            self.legs.values[slot].messageStart = number
        }
        return isControl ? number : self.legs.values[slot].messageStart
    }

    /// Whether frames of this leg still mean anything: after the client's Close nothing does.
    private func reads(_ slot: Int, _ session: Int) -> Bool {
        guard self.legs.values[slot].stage == .socket,
            self.sessions.values[session].peerEnd == nil
        else { return false }
        switch self.sessions.values[session].stage {
        case .open, .closing: return true
        case .opening, .closed: return false
        }
    }

    /// A client's message gets its identity, phase and type, and meets its first point.
    private mutating func born(_ session: Int, _ whole: Assembled, sequence: UInt64) {
        let kind: MessageKind
        let payload: ByteBuffer
        var fragments = 1
        var end: SessionEnd?
        switch whole {
        case .message(let messageKind, let bytes, let count):
            kind = messageKind
            payload = bytes
            fragments = count
        case .ping(let bytes):
            kind = .ping
            payload = bytes
        case .pong(let bytes):
            kind = .pong
            payload = bytes
        case .close(let code, let reason):
            kind = .close
            payload = ClosePayload.bytes(code: code, reason: reason)
            end = SessionEnd(code: code ?? 1005, reason: reason, wasClean: true)
        }
        var message = self.toObject(session, kind: kind, payload: payload)
        self.counted(session, message)
        message.fragments = UInt16(clamping: fragments)
        if let end {
            self.trace(.closeReceived, session, code: end.code, reason: end.reason)
            self.sessions.values[session].peerEnd = end
        }
        let held = Held(message: message, arrived: self.now, sequence: sequence, end: end)
        self.cross(session, .objectReceive, held)
    }

    /// Its ordinal is taken; an end without a frame takes none.
    private mutating func counted(_ session: Int, _ message: Message) {
        guard !message.kind.isControl else {
            self.sessions.values[session].nextControl &+= 1
            return
        }
        self.sessions.values[session].nextData &+= 1
        self.sessions.values[session].package.nextOrdinal = message.id.ordinal &+ 1
        let object = self.sessions.values[session].object
        self.objects.values[object].lastFrame = self.now
    }

    /// Makes a to-object message of a client.
    func toObject(_ session: Int, kind: MessageKind, payload: ByteBuffer) -> Message {
        let object = self.sessions.values[session].object
        return Message(
            id: MessageID(
                session: self.sessions.values[session].id,
                direction: .toObject,
                ordinal: kind.isControl
                    ? self.sessions.values[session].nextControl
                    : self.sessions.values[session].nextData,
                isControl: kind.isControl
            ),
            kind: kind,
            payload: payload,
            phase: self.phase(session),
            wake: self.objects.values[object].wake ?? 0,
            type: self.type(of: payload, kind: kind)
        )
    }

    /// Makes a to-client message of the edge itself.
    mutating func toClient(
        _ session: Int,
        kind: MessageKind,
        payload: ByteBuffer,
        handler: Handler
    ) -> Message {
        let object = self.sessions.values[session].object
        let ordinal: UInt32
        if kind.isControl {
            ordinal = self.sessions.values[session].edgeControl
            self.sessions.values[session].edgeControl &+= 1
        } else {
            ordinal = self.sessions.values[session].edgeData
            self.sessions.values[session].edgeData &+= 1
        }
        let wake = self.objects.values[object].wake ?? 0
        return Message(
            id: MessageID(
                session: self.sessions.values[session].id,
                direction: .toClient,
                born: .edge,
                epoch: wake,
                ordinal: ordinal,
                isControl: kind.isControl
            ),
            kind: kind,
            payload: payload,
            phase: self.phase(session),
            wake: wake,
            handler: handler,
            type: self.type(of: payload, kind: kind)
        )
    }

    /// The type of a text, looked for only when somebody will read it.
    private func type(of payload: ByteBuffer, kind: MessageKind) -> String? {
        guard kind == .text, let pointer = self.configuration.typePointer,
            self.checkpoint.recorder.keepsMessages || !self.configuration.profiles.isEmpty
        else { return nil }
        let limits = self.configuration.limits
        let type = JSONBytes.string(at: pointer, in: payload, scanMax: limits.typeScanBytesMax)
        guard let type, type.utf8.count <= limits.typeBytesMax else { return nil }
        return type
    }

    /// The phase a frame of this session is born in.
    func phase(_ session: Int) -> Phase {
        if self.sessions.values[session].stage == .closing { return .closing }
        return self.phase(object: self.sessions.values[session].object)
    }

    /// The phase of an object at this moment.
    func phase(object: Int) -> Phase {
        switch self.objects.values[object].stage {
        case .asleep: return self.objects.values[object].wake == nil ? .fresh : .hibernated
        case .evicted: return .evicted
        case .wanted, .waking: return .waking
        case .announced: return .hibernating
        case .awake:
            let phase = self.objects.values[object].phase
            let quiet = self.now - self.objects.values[object].lastFrame
            let isIdle = phase == .active && quiet >= self.configuration.limits.idleAfter
            return isIdle ? .idle : phase
        }
    }

    /// A client broke the protocol: it is told why and closed; nobody else feels it.
    private mutating func violated(_ slot: Int, _ session: Int, _ violation: WireViolation) {
        self.trace(.violation, session, code: violation.closeCode, reason: violation.reason)
        self.legs.values[slot].frames = nil
        self.clearClientLanes(session)
        self.sendClose(
            session,
            code: violation.closeCode,
            reason: violation.reason,
            handler: .edge
        )
        self.finish(
            session,
            SessionEnd(
                code: 1006,
                reason: violation.reason,
                wasClean: false,
                isLoss: true,
                isError: true
            )
        )
        self.closeLeg(slot)
    }
}
