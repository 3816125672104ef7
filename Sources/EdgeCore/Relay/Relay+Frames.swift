import Faults
import FramePath
import FrameTrace
import WebSocketWire

import struct NIOCore.ByteBuffer

/// Frames of either leg: passed as they came, or met one by one.
extension Relay {
    mutating func readFrames(_ slot: Int, _ way: Direction) {
        while self.reads(slot, way) {
            do throws(WireViolation) {
                if self.look(slot, way, { $0.passing }) > 0 {
                    guard self.passRest(slot, way) else { return }
                } else if self.isStraight(slot, way) {
                    guard try self.passStraight(slot, way) else { return }
                } else {
                    guard try self.takeFrame(slot, way) else { return }
                }
            } catch {
                return self.violated(slot, way, error)
            }
        }
    }

    /// Whether frames of this way still mean anything.
    private func reads(_ slot: Int, _ way: Direction) -> Bool {
        guard self.conversations.values[slot].stage == .open,
            self.look(slot, way, { $0.splitter.readableBytes }) > 0
        else { return false }
        guard !self.conversations.values[slot].isEnding else { return false }
        switch way {
        case .toObject: return self.conversations.values[slot].clientEnd == nil
        case .toClient:
            return self.conversations.values[slot].backendEnd == nil
                && self.conversations.values[slot].backendStage != .waking
        }
    }

    /// Looks at one way where it lies: to read through the subscript copies the whole conversation.
    @inline(__always)
    func look<Seen>(_ slot: Int, _ way: Direction, _ body: (Flow) -> Seen) -> Seen {
        switch way {
        case .toObject: body(self.conversations.values[slot].toObject)
        case .toClient: body(self.conversations.values[slot].toClient)
        }
    }

    private func header(
        _ slot: Int,
        _ way: Direction,
        at offset: Int
    ) throws(WireViolation) -> FrameSplitter.Header? {
        switch way {
        case .toObject:
            try self.conversations.values[slot].toObject.splitter.header(at: offset)
        case .toClient:
            try self.conversations.values[slot].toClient.splitter.header(at: offset)
        }
    }

    // MARK: the straight way

    /// Nobody looks: no rule, no trace, no lane, no sleeping leg, no greeting to keep back.
    private func isStraight(_ slot: Int, _ way: Direction) -> Bool {
        guard !self.checkpoint.recorder.keepsMessages,
            !self.checkpoint.engine.hasRules(at: .edgeRx),
            !self.checkpoint.engine.hasRules(at: .edgeTx),
            self.conversations.values[slot].lanes.isEmpty,
            self.conversations.values[slot].backendStage == .awake,
            self.conversations.values[slot].queue.isEmpty,
            self.look(slot, way, { $0.gathered == nil }),
            !self.conversations.values[slot].isOrphan
        else { return false }
        return way == .toObject || !self.conversations.values[slot].isSwallowing
    }

    /// Hands over all data frames there are, whole or not, in one piece; `false` when bytes are missing.
    private mutating func passStraight(_ slot: Int, _ way: Direction) throws(WireViolation) -> Bool
    {
        let readable = self.look(slot, way) { $0.splitter.readableBytes }
        let forwardsPings = self.configuration.pings == .forward
        var end = 0
        var whole: UInt32 = 0
        var rest = 0
        var isMidMessage = self.look(slot, way) { $0.isMidMessage }
        while end < readable,
            let header = try self.header(slot, way, at: end)
        {
            if header.isControl {
                guard forwardsPings, header.opcode == Opcode.ping || header.opcode == Opcode.pong,
                    end + header.wireLength <= readable
                else { break }
            } else {
                isMidMessage = !header.isFinal
                if header.isFinal { whole &+= 1 }
            }
            end += header.wireLength
            rest = end - readable
            if rest >= 0 { break }
        }
        guard end > 0 else { return try self.takeFrame(slot, way) }
        self.conversations.values[slot][way].isMidMessage = isMidMessage
        self.conversations.values[slot][way].passing = max(0, rest)
        self.conversations.values[slot][way].nextData &+= whole
        self.moved(slot, way, messages: whole)
        self.checkpoint.passed(whole, at: .edgeRx, way)
        self.checkpoint.passed(whole, at: .edgeTx, way)
        let bytes = self.conversations.values[slot][way].splitter.take(min(end, readable))
        self.handOver(slot, way, bytes)
        return true
    }

    /// Hands over more of the frame under way; `false` when it is still not whole.
    private mutating func passRest(_ slot: Int, _ way: Direction) -> Bool {
        let left = self.look(slot, way) { $0.passing }
        let bytes = self.conversations.values[slot][way].splitter.take(left)
        self.conversations.values[slot][way].passing = left - bytes.readableBytes
        self.conversations.values[slot].lastData = self.now
        if way == .toObject, self.conversations.values[slot].isOrphan {
            // The leg that had the front of this frame is gone.
            let isOver =
                left == bytes.readableBytes
                && !self.conversations.values[slot].toObject.isMidMessage
            if isOver { self.conversations.values[slot].isOrphan = false }
            return left == bytes.readableBytes
        }
        self.handOver(slot, way, bytes)
        guard self.look(slot, way, { $0.passing }) == 0 else { return false }
        if let waiting = self.look(slot, way, { $0.afterFrame }) {
            self.conversations.values[slot][way].afterFrame = nil
            self.handOver(slot, way, waiting)
        }
        if way == .toClient { self.sendLatePong(slot) }
        return true
    }

    private mutating func handOver(_ slot: Int, _ way: Direction, _ bytes: ByteBuffer) {
        switch way {
        case .toObject: self.toBackend(slot, bytes)
        case .toClient: self.toClient(slot, bytes)
        }
    }

    /// Data moved: the leg is not idle, and who spoke first is known.
    private mutating func moved(_ slot: Int, _ way: Direction, messages: UInt32) {
        self.conversations.values[slot].lastData = self.now
        guard way == .toClient else { return self.spoke(slot) }
        if self.conversations.values[slot].dial == 0, !self.conversations.values[slot].hasSpoken {
            self.conversations.values[slot].greetings &+= messages
        }
        self.conversations.values[slot].heard &+= messages
    }

    /// The client speaks to a leg that is up: the second time, what woke it is over.
    private mutating func spoke(_ slot: Int) {
        guard self.conversations.values[slot].backendStage == .awake else { return }
        if self.conversations.values[slot].hasSpoken {
            self.conversations.values[slot].isSettled = true
        }
        self.conversations.values[slot].hasSpoken = true
    }

    // MARK: frame by frame

    /// Takes one whole frame; `false` when it is not whole yet.
    private mutating func takeFrame(_ slot: Int, _ way: Direction) throws(WireViolation) -> Bool {
        guard let header = try self.header(slot, way, at: 0) else {
            return false
        }
        let gathered = self.look(slot, way) { $0.gathered?.payload.readableBytes ?? 0 }
        let limit = self.configuration.limits.messageBytesMax
        guard gathered + header.payloadLength <= limit else {
            throw WireViolation(
                closeCode: 1009,
                reason: "message of more than \(limit) bytes, which the edge would have to hold"
            )
        }
        guard
            self.look(slot, way, { $0.splitter.readableBytes }) >= header.wireLength
        else { return false }
        let wire = self.conversations.values[slot][way].splitter.take(header.wireLength)
        let sequence = self.look(slot, way) { $0.received }
        self.conversations.values[slot][way].received += 1
        let payload = FrameSplitter.payload(of: wire, header)
        switch header.opcode {
        case Opcode.close: self.closeCame(slot, way, wire, payload, sequence)
        case Opcode.ping, Opcode.pong:
            self.pingCame(slot, way, header.opcode, wire, payload, sequence)
        default: self.dataCame(slot, way, header, wire, payload, sequence)
        }
        return true
    }

    private mutating func dataCame(
        _ slot: Int,
        _ way: Direction,
        _ header: FrameSplitter.Header,
        _ wire: ByteBuffer,
        _ payload: ByteBuffer,
        _ sequence: UInt64
    ) {
        if way == .toObject, self.conversations.values[slot].isOrphan, !header.isControl {
            // The leg that had the front of this message is gone.
            self.conversations.values[slot].toObject.isMidMessage = !header.isFinal
            self.conversations.values[slot].isOrphan = !header.isFinal
            return
        }
        // Reserved control opcodes are one frame each and, like all that is illegal, pass.
        let isFirst = !self.look(slot, way, { $0.isMidMessage }) || header.isControl
        if !header.isControl {
            self.conversations.values[slot][way].isMidMessage = !header.isFinal
        }
        let isAlone = isFirst && (header.isFinal || header.isControl)
        if var parted = self.look(slot, way, { $0.parted }), !isFirst {
            parted.message.payload = payload
            parted.marks.part = parted.next
            parted.next &+= 1
            self.conversations.values[slot][way].parted = header.isFinal ? nil : parted
            self.conversations.values[slot].lastData = self.now
            return self.pass(slot, way, parted.message, wire, parted.marks, sequence)
        }
        if !isAlone, self.gathers(slot, way) {
            return self.gather(slot, way, header, wire, payload, sequence, isFirst: isFirst)
        }
        let opcode = header.opcode
        var (message, marks) = self.born(slot, way, Self.kind(opcode), payload, frames: 1)
        if !isAlone {
            marks.part = 0
            self.conversations.values[slot][way].parted = Flow.Parted(
                message: message,
                marks: marks,
                next: 1
            )
            message.fragments = 1
        }
        self.pass(slot, way, message, wire, marks, sequence)
    }

    /// Whether a message of several frames passes as a whole: a rule may want all of it, or it must wait.
    private func gathers(_ slot: Int, _ way: Direction) -> Bool {
        self.look(slot, way, { $0.gathered != nil })
            || self.checkpoint.engine.hasRules(at: .edgeRx)
            || self.checkpoint.engine.hasRules(at: .edgeTx)
            || !self.conversations.values[slot].lanes.isEmpty
            || way == .toObject && self.conversations.values[slot].backendStage != .awake
            || way == .toObject && !self.conversations.values[slot].queue.isEmpty
            || way == .toClient && self.conversations.values[slot].isSwallowing
    }

    private mutating func gather(
        _ slot: Int,
        _ way: Direction,
        _ header: FrameSplitter.Header,
        _ wire: ByteBuffer,
        _ payload: ByteBuffer,
        _ sequence: UInt64,
        isFirst: Bool
    ) {
        var whole: Flow.Gathered
        if !isFirst, let begun = self.look(slot, way, { $0.gathered }) {
            self.conversations.values[slot][way].gathered = nil
            whole = begun
            whole.wire.writeImmutableBuffer(wire)
            whole.payload.writeImmutableBuffer(payload)
            whole.frames += 1
        } else {
            whole = Flow.Gathered(
                wire: wire,
                payload: payload,
                frames: 1,
                sequence: sequence,
                opcode: header.opcode
            )
        }
        self.conversations.values[slot].lastData = self.now
        guard header.isFinal else {
            self.conversations.values[slot][way].gathered = whole
            return
        }
        let (message, marks) = self.born(
            slot,
            way,
            Self.kind(whole.opcode),
            whole.payload,
            frames: whole.frames
        )
        self.pass(slot, way, message, whole.wire, marks, whole.sequence)
    }

    private mutating func pass(
        _ slot: Int,
        _ way: Direction,
        _ message: Message,
        _ wire: ByteBuffer,
        _ marks: FrameMarks,
        _ sequence: UInt64
    ) {
        let parcel = Parcel(
            message: message,
            wire: wire,
            marks: marks,
            arrived: self.now,
            sequence: sequence
        )
        self.cross(slot, way == .toObject ? .objectReceive : .clientReceive, parcel)
    }

    /// A message gets its identity, phase and type.
    private mutating func born(
        _ slot: Int,
        _ way: Direction,
        _ kind: MessageKind,
        _ payload: ByteBuffer,
        frames: Int
    ) -> (Message, FrameMarks) {
        let dial = self.conversations.values[slot].dial
        if way == .toObject, !kind.isControl { self.spoke(slot) }
        let phase = self.phase(slot)
        let message = Message(
            id: MessageID(
                session: self.conversations.values[slot].sessionID,
                direction: way,
                epoch: way == .toClient ? dial : 0,
                ordinal: kind.isControl
                    ? self.look(slot, way, { $0.nextControl })
                    : self.look(slot, way, { $0.nextData }),
                isControl: kind.isControl
            ),
            kind: kind,
            payload: payload,
            phase: phase,
            wake: dial,
            type: self.type(of: payload, kind: kind),
            fragments: UInt16(clamping: frames)
        )
        var marks = FrameMarks()
        guard !kind.isControl else {
            self.conversations.values[slot][way].nextControl &+= 1
            return (message, marks)
        }
        self.conversations.values[slot][way].nextData &+= 1
        if way == .toClient, dial > 0 {
            marks = self.greetingMarks(slot, type: message.type)
        }
        if way == .toClient {
            self.moved(slot, way, messages: 1)
        } else {
            self.conversations.values[slot].lastData = self.now
        }
        return (message, marks)
    }

    /// A control frame gets its identity.
    mutating func controlBorn(
        _ slot: Int,
        _ way: Direction,
        _ kind: MessageKind,
        _ payload: ByteBuffer
    ) -> Message {
        self.born(slot, way, kind, payload, frames: 1).0
    }

    /// Whether a message of a server that was dialled again only greets, and whether it is kept back.
    private mutating func greetingMarks(_ slot: Int, type: String?) -> FrameMarks {
        let heard = self.conversations.values[slot].heard
        switch self.configuration.onRedial {
        case .pass:
            return FrameMarks(isGreeting: heard < self.conversations.values[slot].greetings)
        case .swallow(let count):
            guard heard < count else {
                self.conversations.values[slot].isSwallowing = false
                return FrameMarks()
            }
            self.conversations.values[slot].isSwallowing = heard + 1 < count
            return FrameMarks(isGreeting: true, isSwallowed: true)
        case .swallowUntil(let last):
            guard self.conversations.values[slot].isSwallowing else { return FrameMarks() }
            let isLast = type == last || heard + 1 >= self.configuration.limits.greetingsMax
            self.conversations.values[slot].isSwallowing = !isLast
            return FrameMarks(isGreeting: true, isSwallowed: true)
        }
    }

    private func type(of payload: ByteBuffer, kind: MessageKind) -> String? {
        guard kind == .text, let pointer = self.configuration.typePointer else { return nil }
        let limits = self.configuration.limits
        let type = JSONBytes.string(at: pointer, in: payload, scanMax: limits.typeScanBytesMax)
        guard let type, type.utf8.count <= limits.typeBytesMax else { return nil }
        return type
    }

    private static func kind(_ opcode: UInt8) -> MessageKind {
        opcode == Opcode.text ? .text : .binary
    }

    /// The phase a frame is born in, as far as the edge's own acts tell it.
    func phase(_ slot: Int) -> Phase {
        if self.conversations.values[slot].clientEnd != nil
            || self.conversations.values[slot].backendEnd != nil
        {
            return .closing
        }
        switch self.conversations.values[slot].backendStage {
        case .announced: return .hibernating
        case .asleep: return self.conversations.values[slot].isEvicted ? .evicted : .hibernated
        case .waking: return .waking
        case .awake:
            let isFirstDial = self.conversations.values[slot].dial == 0
            if isFirstDial, !self.conversations.values[slot].hasSpoken { return .fresh }
            if !isFirstDial, !self.conversations.values[slot].isSettled { return .woken }
            let quiet = self.now - self.conversations.values[slot].lastData
            return quiet >= self.configuration.limits.idleAfter ? .idle : .active
        }
    }

    // MARK: control frames

    private mutating func pingCame(
        _ slot: Int,
        _ way: Direction,
        _ opcode: UInt8,
        _ wire: ByteBuffer,
        _ payload: ByteBuffer,
        _ sequence: UInt64
    ) {
        let kind: MessageKind = opcode == Opcode.ping ? .ping : .pong
        let (message, marks) = self.born(slot, way, kind, payload, frames: 1)
        guard self.configuration.pings == .answer else {
            guard self.conversations.values[slot].backendStage == .awake else {
                // Nobody is there to be pinged, and a Ping wakes nobody: the edge answers.
                return self.answerPing(slot, way, message, sequence)
            }
            return self.pass(slot, way, message, wire, marks, sequence)
        }
        self.answerPing(slot, way, message, sequence)
    }

    private mutating func answerPing(
        _ slot: Int,
        _ way: Direction,
        _ message: Message,
        _ sequence: UInt64
    ) {
        if self.checkpoint.recorder.isOn {
            self.checkpoint.observe(
                message,
                at: .edgeRx,
                object: self.conversations.values[slot].object,
                sequence: sequence,
                queued: .zero,
                now: self.now
            )
        }
        guard message.kind == .ping else { return }
        guard way == .toClient || self.takesPong(slot) else {
            // Only the newest Ping needs its answer (RFC 6455 §5.5.3): no heap of them grows here.
            self.conversations.values[slot].latePong = message.payload
            return
        }
        self.sendOwn(slot, way.opposite, .pong, message.payload, handler: .edge)
    }

    private func takesPong(_ slot: Int) -> Bool {
        self.conversations.values[slot].isClientWritable
            && self.conversations.values[slot].toClient.passing == 0
    }

    /// Sends the Pong that the client could not be sent before.
    mutating func sendLatePong(_ slot: Int) {
        guard let payload = self.conversations.values[slot].latePong, self.takesPong(slot) else {
            return
        }
        self.conversations.values[slot].latePong = nil
        self.sendOwn(slot, .toClient, .pong, payload, handler: .edge)
    }

    /// A peer sent what no reader can follow, or more than the edge can hold.
    private mutating func violated(_ slot: Int, _ way: Direction, _ violation: WireViolation) {
        self.trace(.violation, slot, code: violation.closeCode, reason: violation.reason)
        self.conversations.values[slot][way].restart()
        self.end(slot, code: violation.closeCode, reason: violation.reason)
    }
}

extension Conversation {
    /// The flow of a direction.
    subscript(_ way: Direction) -> Flow {
        get { way == .toObject ? self.toObject : self.toClient }
        _modify {
            if way == .toObject { yield &self.toObject } else { yield &self.toClient }
        }
    }

    /// Its session's id; only an open conversation has frames, and that has one.
    var sessionID: SessionID { self.id ?? SessionID(edge: 0, number: 0) }
}

extension Direction {
    fileprivate var opposite: Direction { self == .toObject ? .toClient : .toObject }
}
