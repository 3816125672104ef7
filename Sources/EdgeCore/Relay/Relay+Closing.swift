import Faults
import FramePath
import FrameTrace
import WebSocketWire

import struct NIOCore.ByteBuffer

/// Close frames of either end, and of the edge itself.
extension Relay {
    mutating func closeCame(
        _ slot: Int,
        _ way: Direction,
        _ wire: ByteBuffer,
        _ payload: ByteBuffer,
        _ sequence: UInt64
    ) {
        let end = Self.end(payload)
        let parcel = Parcel(
            message: self.controlBorn(slot, way, .close, payload),
            wire: wire,
            arrived: self.now,
            sequence: sequence,
            end: end
        )
        guard way == .toObject else { return self.backendCloseCame(slot, parcel, end) }
        self.trace(.closeReceived, slot, code: end.code, reason: end.reason)
        self.conversations.values[slot].clientEnd = end
        self.cross(slot, .objectReceive, parcel)
    }

    private mutating func backendCloseCame(_ slot: Int, _ parcel: Parcel, _ end: SessionEnd) {
        guard self.conversations.values[slot].backendStage != .announced else {
            // It answers ours: seen, and meant for nobody else.
            if self.checkpoint.recorder.isOn {
                self.checkpoint.observe(
                    parcel.message,
                    at: .edgeRx,
                    object: self.conversations.values[slot].object,
                    sequence: parcel.sequence,
                    queued: .zero,
                    now: self.now
                )
            }
            return self.fellAsleep(slot, why: nil)
        }
        self.conversations.values[slot].backendEnd = end
        self.cross(slot, .clientReceive, parcel)
    }

    /// What a Close payload says, legal or not.
    private static func end(_ payload: ByteBuffer) -> SessionEnd {
        var payload = payload
        let code: UInt16? = payload.readInteger()
        let reason = code == nil ? "" : payload.readString(length: payload.readableBytes) ?? ""
        return SessionEnd(code: code ?? 1005, reason: reason, wasClean: true)
    }

    /// A Close was handed to a socket.
    mutating func closeLeft(_ slot: Int, _ way: Direction, _ end: SessionEnd) {
        guard way == .toClient else {
            if self.conversations.values[slot].backendEnd != nil { self.setClosingDeadline(slot) }
            return
        }
        self.conversations.values[slot].hasClosedClient = true
        self.trace(.closeSent, slot, code: end.code, reason: end.reason)
        if self.conversations.values[slot].isEnding { return self.closeClient(slot) }
        if self.conversations.values[slot].clientEnd != nil { self.setClosingDeadline(slot) }
    }

    /// The client's Close meets a leg that sleeps: nobody is woken, the edge answers.
    mutating func answerClose(_ slot: Int, _ parcel: Parcel) {
        let end = self.conversations.values[slot].clientEnd ?? .lost
        self.sendOwn(
            slot,
            .toClient,
            .close,
            parcel.message.payload,
            handler: .edge,
            end: end
        )
        self.closeBehindClose(slot)
    }

    /// Closes the client's leg, after a Close that a rule still holds back.
    private mutating func closeBehindClose(_ slot: Int) {
        let lanes = self.conversations.values[slot].lanes
        guard self.isClientOpen(slot), !lanes.isEmpty,
            lanes[Station.clientSend.rawValue].deadline != nil
        else { return self.closeClient(slot) }
        self.conversations.values[slot].isEnding = true
        self.dropBackend(slot)
        self.setClosingDeadline(slot)
    }

    /// The edge itself ends a session: both ends are told, then closed.
    mutating func end(_ slot: Int, code: UInt16, reason: String) {
        guard self.conversations.values[slot].stage == .open,
            !self.conversations.values[slot].isEnding
        else { return }
        // A rule may answer the Close below by ending the session once more.
        self.conversations.values[slot].isEnding = true
        guard self.conversations.values[slot].toClient.passing == 0 else {
            // No Close fits inside a frame under way.
            return self.resetClient(slot, reason: reason)
        }
        let payload = ClosePayload.bytes(code: code, reason: reason)
        let end = SessionEnd(code: code, reason: reason, wasClean: true)
        for station in [Station.clientReceive, .clientSend, .objectReceive, .objectSend]
        where !self.conversations.values[slot].lanes.isEmpty {
            _ = self.conversations.values[slot].lanes[station.rawValue].removeAll()
        }
        if self.conversations.values[slot].backendStage == .awake {
            self.sendOwn(
                slot,
                .toObject,
                .close,
                ClosePayload.bytes(code: 1001, reason: "the session ended at the edge"),
                handler: .edge
            )
        }
        if !self.conversations.values[slot].hasClosedClient {
            self.conversations.values[slot].backendEnd = end
            self.sendOwn(slot, .toClient, .close, payload, handler: .edge, end: end)
        }
        guard self.conversations.values[slot].stage == .open else { return }
        self.closeBehindClose(slot)
    }
}
