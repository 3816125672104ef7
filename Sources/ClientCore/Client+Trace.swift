internal import FramePath
internal import FrameTrace

internal import struct NIOCore.ByteBuffer

extension Client {
    /// Records a message at the client's own point; the session and the frame number join it to the edge.
    ///
    /// Phase and wake are the edge's to know: what stands here is a filler the analysis replaces by
    /// the edge's stamp.
    mutating func observe(
        _ kind: MessageKind,
        _ payload: ByteBuffer,
        _ direction: Direction,
        _ sequence: UInt64,
        fragments: UInt16 = 1,
        at now: Tick
    ) {
        let ordinal = self.count(kind, direction)
        guard self.recorder.isOn else { return }
        let id = MessageID(
            session: self.session,
            direction: direction,
            ordinal: ordinal,
            isControl: kind.isControl
        )
        let message = Message(
            id: id,
            kind: kind,
            payload: payload,
            phase: .active,
            wake: 0,
            type: kind == .text ? PingPongText.type(of: payload) : nil,
            fragments: fragments
        )
        let seen = TraceEvent.FrameSeen(
            message: message,
            point: direction == .toObject ? .clientTx : .clientRx,
            object: self.object,
            sequence: sequence,
            hash: XXH64.payloadHash(payload)
        )
        self.recorder.record(.frame(seen), at: now)
    }

    mutating func step(
        _ what: TraceEvent.SocketStep.What,
        code: UInt16? = nil,
        reason: String? = nil,
        path: String? = nil,
        at now: Tick
    ) {
        guard self.recorder.isOn else { return }
        let step = TraceEvent.SocketStep(
            what,
            session: what == .connect || what == .reject ? nil : self.session,
            object: self.object,
            code: code,
            reason: reason,
            path: path
        )
        self.recorder.record(.socket(step), at: now)
    }

    private mutating func count(_ kind: MessageKind, _ direction: Direction) -> UInt32 {
        var counts = direction == .toObject ? self.sent : self.received
        let ordinal = kind.isControl ? counts.control : counts.data
        if kind.isControl { counts.control += 1 } else { counts.data += 1 }
        if direction == .toObject { self.sent = counts } else { self.received = counts }
        return ordinal
    }
}
