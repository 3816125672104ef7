import FramePath
import FrameTrace
import ObjectLink
import WebSocketWire

import struct NIOCore.ByteBuffer

/// Messages of objects: over `edge.rx` and `edge.tx` to the socket, and the credit that comes back.
extension Edge {
    mutating func sent(_ object: Int, _ message: Message) {
        guard let session = self.sessionSlots[message.id.session],
            self.sessions.values[session].isAccepted
        else {
            return self.record(
                TraceEvent.SocketStep(
                    .unsent,
                    session: message.id.session,
                    object: self.objects.values[object].name,
                    wake: message.wake,
                    reason: "the session is gone",
                    count: 1
                )
            )
        }
        self.noteAnswered(session, message)
        if !message.kind.isControl { self.objects.values[object].lastFrame = self.now }
        self.cross(session, .clientReceive, Held(message: message, arrived: self.now))
    }

    /// The leg that may still take frames: none after our Close.
    func openLeg(_ session: Int) -> Int? {
        guard !self.sessions.values[session].hasSentClose else { return nil }
        switch self.sessions.values[session].stage {
        case .open, .closing:
            guard let leg = self.sessions.values[session].leg,
                self.legs.values[leg].stage == .socket
            else { return nil }
            return leg
        case .opening, .closed: return nil
        }
    }

    /// A message is past `edge.tx`: it gets its number and is handed over.
    ///
    /// When a lane held it (`wasHeld`) its number is recorded only now.
    mutating func toSocket(_ session: Int, _ held: Held, wasHeld: Bool) {
        self.consumed(session, .clientSend, held.message)
        guard let leg = self.openLeg(session) else { return }
        let sequence = self.legs.values[leg].sentCount
        self.legs.values[leg].sentCount += 1
        if wasHeld {
            let object = self.sessions.values[session].object
            self.checkpoint.released(
                held.message,
                from: .edgeTx,
                object: self.objects.values[object].name,
                sequence: sequence,
                queued: self.now - held.arrived,
                now: self.now
            )
        }
        var bytes = ByteBuffer()
        FrameEncoder.encode(
            opcode: held.message.kind.opcode,
            payload: held.message.payload,
            into: &bytes
        )
        self.write(leg, bytes)
        self.noteHanded(leg, sequence: sequence)
        if held.message.kind == .close { self.closeWasSent(session, leg, held.end) }
    }

    /// The object's payload bytes left the edge, or were dropped by a rule: its credit comes back.
    mutating func consumed(_ session: Int, _ station: Station, _ message: Message) {
        guard station == .clientReceive || station == .clientSend, message.id.born == .path,
            message.id.copy == 0
        else { return }
        self.sessions.values[session].creditOwed &+= UInt32(clamping: message.payload.readableBytes)
        if self.sessions.values[session].creditOwed >= self.configuration.limits.creditStepBytes {
            self.grant(session)
        }
    }

    /// Grants what was consumed, unless the client's socket is full or the object may not be told.
    mutating func grant(_ session: Int) {
        let owed = self.sessions.values[session].creditOwed
        let object = self.sessions.values[session].object
        guard owed > 0, self.objects.values[object].stage == .awake,
            let leg = self.sessions.values[session].leg, self.legs.values[leg].isWritable
        else { return }
        self.sessions.values[session].creditOwed = 0
        self.send(object, .credit(session: self.sessions.values[session].id, bytes: owed))
    }
}
