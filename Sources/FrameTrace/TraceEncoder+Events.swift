import Faults
import FramePath

import struct NIOCore.ByteBuffer

extension TraceEncoder {
    func frame(_ seen: TraceEvent.FrameSeen, _ line: inout LineWriter) {
        let message = seen.message
        line.word("ev", "frame")
        self.identity(message.id, object: seen.object, &line)
        line.word("at", seen.point.rawValue)
        line.word("op", message.kind.rawValue)
        line.number("len", seen.length)
        line.hex("h", seen.hash)
        if let type = message.type { line.string("type", type) }
        line.word("phase", message.phase.rawValue)
        line.number("wake", UInt64(message.wake))
        line.word("handler", message.handler.rawValue)
        if message.instance != 0 { line.hex("instance", message.instance) }
        if let cause = message.cause { line.number("cause", UInt64(cause)) }
        line.number("frags", UInt64(message.fragments))
        if let leg = Self.leg(seen.point, message.id.direction) { line.word("leg", leg) }
        if let sequence = seen.sequence { line.number("seq", sequence) }
        if seen.queued > .zero { line.number("q", seen.queued.nanoseconds) }
        if let part = seen.marks.part { line.number("part", UInt64(part)) }
        if message.isBroadcast { line.bool("broadcast", true) }
        if seen.marks.isGreeting { line.bool("greeting", true) }
        if seen.marks.isSwallowed { line.bool("swallowed", true) }
        if seen.isRelease {
            line.bool("released", true)
        } else if Self.writesPayload(at: seen.point, message.id) {
            self.payload(message.payload, of: seen.length, isText: message.kind == .text, &line)
        }
    }

    func fault(_ decided: TraceEvent.FaultDecided, _ line: inout LineWriter) {
        let decision = decided.decision
        line.word("ev", "fault")
        self.identity(decided.id, object: decided.object, &line)
        line.word("at", decided.point.rawValue)
        line.string("rule", decision.rule)
        line.string("src", decision.source)
        line.string("profile", decision.profile)
        line.number("pv", UInt64(decision.version))
        line.string("action", decision.action)
        line.bool("fired", decision.fired)
        line.number("nth", decision.nth)
        if let draw = decision.draw { line.hex("draw", draw) }
        if let delay = decision.delayNanoseconds { line.number("delay_ns", delay) }
    }

    func life(_ step: TraceEvent.LifeStep, _ line: inout LineWriter) {
        line.word("ev", "life")
        line.word("what", step.what.rawValue)
        if let session = step.session { line.session("session", session) }
        line.string("obj", step.object)
        line.number("wake", UInt64(step.wake))
        if let handler = step.handler { line.word("handler", handler.rawValue) }
        if step.instance != 0 { line.hex("instance", step.instance) }
        if let cause = step.cause { line.number("cause", UInt64(cause)) }
        if let count = step.count { line.number("count", count) }
        if let span = step.span { line.number("ns", span.nanoseconds) }
        if let why = step.why { line.string("why", why) }
    }

    func socket(_ step: TraceEvent.SocketStep, _ line: inout LineWriter) {
        line.word("ev", "sock")
        line.word("what", step.what.rawValue)
        if let session = step.session { line.session("session", session) }
        line.string("obj", step.object)
        line.number("wake", UInt64(step.wake))
        if let sequence = step.sequence { line.number("seq", sequence) }
        if let count = step.count { line.number("count", count) }
        if let code = step.code { line.number("code", UInt64(code)) }
        if let reason = step.reason { line.string("reason", reason) }
        // Redacted again: a core that forgot must not be able to write a secret.
        if let path = step.path { line.string("path", Redaction.path(path)) }
        if let key = step.key { line.string("key", key) }
        if let attempt = step.attempt { line.number("attempt", UInt64(attempt)) }
        guard !step.headers.isEmpty else { return }
        line.key("headers")
        line.byte(UInt8(ascii: "{"))
        for (index, header) in Redaction.headers(step.headers).enumerated() {
            if index > 0 { line.byte(UInt8(ascii: ",")) }
            line.escaped(header.name.utf8)
            line.byte(UInt8(ascii: ":"))
            line.escaped(header.value.utf8)
        }
        line.byte(UInt8(ascii: "}"))
    }

    func log(_ entry: TraceEvent.LogLine, _ line: inout LineWriter) {
        line.word("ev", "log")
        if let session = entry.session { line.session("session", session) }
        line.string("obj", entry.object)
        line.number("wake", UInt64(entry.wake))
        if entry.instance != 0 { line.hex("instance", entry.instance) }
        line.string("msg", entry.text)
    }

    func expect(_ expectation: TraceEvent.Expectation, _ line: inout LineWriter) {
        line.word("ev", "expect")
        if let session = expectation.session { line.session("session", session) }
        line.string("obj", expectation.object)
        if let sequence = expectation.sequence { line.number("seq", sequence) }
        if let why = expectation.why { line.string("why", why) }
        line.string("row", expectation.row)
        line.string("col", expectation.column)
        line.string("want", expectation.want)
        line.string("outcome", expectation.outcome)
    }

    private func identity(_ id: MessageID, object: String, _ line: inout LineWriter) {
        line.session("session", id.session)
        line.string("obj", object)
        line.word("dir", id.direction.rawValue)
        line.word("born", id.born.rawValue)
        line.number("epoch", UInt64(id.epoch))
        line.number("ord", UInt64(id.ordinal))
        line.number("copy", UInt64(id.copy))
        line.bool("ctl", id.isControl)
    }

    private func payload(
        _ payload: ByteBuffer,
        of length: Int,
        isText: Bool,
        _ line: inout LineWriter
    ) {
        let count = min(self.payload.kept(of: length), payload.readableBytes)
        guard count > 0 else { return }
        let view = payload.readableBytesView.prefix(count)
        guard isText else {
            line.base64("b64", view)
            return
        }
        line.key("d")
        guard count < length else {
            line.escaped(view)
            return
        }
        // A cut inside a scalar would make the line invalid UTF-8: drop the scalar's first bytes too.
        var kept = Array(view)
        var tail = kept.count
        while tail > 0, kept[tail - 1] & 0xC0 == 0x80 { tail -= 1 }
        if tail > 0, kept[tail - 1] >= 0xC0 {
            let lead = kept[tail - 1]
            let width = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2
            if kept.count - (tail - 1) < width { kept.removeSubrange((tail - 1)...) }
        }
        line.escaped(kept)
    }

    /// The leg whose frames `seq` counts at that point.
    private static func leg(_ point: Point, _ direction: Direction) -> String? {
        switch (point, direction) {
        case (.clientTx, _), (.clientRx, _), (.edgeRx, .toObject), (.edgeTx, .toClient): "client"
        case (.edgeRx, .toClient), (.edgeTx, .toObject), (.objectRx, _), (.objectTx, _): "link"
        case (.objectDispatch, _), (.objectSend, _): nil
        }
    }

    /// Bytes are written where a process first sees the message; later points have length and hash.
    private static func writesPayload(at point: Point, _ id: MessageID) -> Bool {
        switch point {
        case .clientTx, .clientRx, .edgeRx, .objectRx, .objectSend: true
        case .edgeTx: id.born == .edge
        case .objectDispatch, .objectTx: false
        }
    }
}
