import Faults
import FramePath
import FrameTrace
import ObjectLink

import struct NIOCore.ByteBuffer

extension Instance {
    /// Carries out what a handler asked for, in order; an eviction ends it.
    mutating func carryOut(_ now: Tick, _ outside: inout Surroundings) {
        let asks = self.context.asks
        self.context.asks = []
        for ask in asks {
            guard self.eviction == nil else { return }
            self.carryOut(ask, now, &outside)
        }
    }

    private mutating func carryOut(
        _ ask: ObjectAsk,
        _ now: Tick,
        _ outside: inout Surroundings
    ) {
        switch ask {
        case .accept(let request, let subprotocol, let tags):
            self.accept(request, subprotocol, tags, now, &outside)
        case .reject(let session, let status, let body):
            outside.send(.reject(session: session, status: status, body: body), on: self.stream)
            self.record(.reject, session, code: status, reason: body, now, &outside)
        case .send(let session, let kind, let payload, let isBroadcast):
            self.sends += 1
            self.send(payload, kind, session, isBroadcast: isBroadcast, now, &outside)
        case .close(let session, let code, let reason):
            let close = Transit.close(code: code, reason: reason, wasClean: true)
            if self.admit(close, .pass, session, .sent, now, &outside) {
                self.pump(close, session, now, &outside)
            }
        case .attach(let session, let attachment):
            outside.send(.attach(session: session, attachment: attachment), on: self.stream)
            let bytes = attachment.readableBytes
            self.record(.attach, session, count: bytes, now, &outside)
        case .autoResponse(let request, let response):
            outside.send(.autoResponse(request: request, response: response), on: self.stream)
        case .log(let text, let session):
            let line = TraceEvent.LogLine(
                object: self.name,
                wake: self.wake,
                instance: self.id,
                session: session,
                text: text
            )
            outside.checkpoint.recorder.record(.log(line), at: now)
        case .setAlarm(let span):
            outside.life(self.step(.alarmSet, span: span), at: now)
        case .deleteAlarm:
            outside.life(self.step(.alarmDelete), at: now)
        }
    }

    private mutating func accept(
        _ request: LinkMessage.OpenRequest,
        _ subprotocol: String?,
        _ tags: [String],
        _ now: Tick,
        _ outside: inout Surroundings
    ) {
        self.paths[request.session] = SessionPath(
            facts: SessionFacts(key: request.key, attempt: request.attempt),
            credit: request.credit
        )
        outside.send(
            .accept(
                session: request.session,
                wake: self.wake,
                subprotocol: subprotocol,
                tags: tags
            ),
            on: self.stream
        )
        let step = TraceEvent.SocketStep(
            .accept,
            session: request.session,
            object: self.name,
            wake: self.wake,
            path: Redaction.path(request.url),
            key: request.key,
            attempt: request.attempt
        )
        outside.checkpoint.recorder.record(.socket(step), at: now)
    }

    /// A message is born at `object.send`.
    mutating func send(
        _ payload: ByteBuffer,
        _ kind: MessageKind,
        _ session: SessionID,
        isBroadcast: Bool,
        _ now: Tick,
        _ outside: inout Surroundings
    ) {
        guard let facts = self.paths[session]?.facts,
            let ordinal = self.paths[session]?.nextOrdinal
        else { return }
        var message = Message(
            id: MessageID(
                session: session,
                direction: .toClient,
                epoch: self.wake,
                ordinal: ordinal
            ),
            kind: kind,
            payload: payload,
            phase: self.phase,
            wake: self.wake,
            handler: self.handler,
            instance: self.id,
            cause: self.cause,
            isBroadcast: isBroadcast
        )
        message.type = outside.type(of: message)
        self.paths[session]?.nextOrdinal &+= 1
        let verdict = outside.checkpoint.cross(
            message,
            at: .objectSend,
            object: self.name,
            session: facts,
            sequence: nil,
            queued: .zero,
            now: now
        )
        let transit = Transit.message(message, since: now)
        if self.admit(transit, verdict, session, .sent, now, &outside) {
            self.pump(transit, session, now, &outside)
        } else {
            self.drainOutbound(session, now, &outside)
        }
    }

    /// Queues for the one-write-at-a-time pump and lets it run.
    mutating func pump(
        _ transit: Transit,
        _ session: SessionID,
        _ now: Tick,
        _ outside: inout Surroundings
    ) {
        guard let count = self.paths[session]?.pump.count,
            let bytes = self.paths[session]?.pumpBytes,
            !(self.context.sockets[session]?.isGone ?? true)
        else { return }
        let limits = outside.configuration.limits
        guard count < limits.outgoingMessagesMax,
            bytes + transit.bytes <= limits.outgoingBytesMax
        else {
            let why = "outgoing queue full: \(count) messages, \(bytes) bytes"
            outside.life(self.step(.queueFull, session: session, count: count, why: why), at: now)
            self.cut(session, code: 1013, reason: "outgoing queue full", &outside)
            return
        }
        self.paths[session]?.pushPump(transit)
        self.runPump(session, now, &outside)
    }

    /// Writes while credit and rules allow it.
    mutating func runPump(_ session: SessionID, _ now: Tick, _ outside: inout Surroundings) {
        while self.eviction == nil, let transit = self.paths[session]?.popPump() {
            guard case .message(let message, let since) = transit,
                let facts = self.paths[session]?.facts
            else {
                if self.admit(transit, .pass, session, .written, now, &outside) {
                    self.write(transit, session, now, &outside)
                }
                continue
            }
            let verdict = outside.checkpoint.cross(
                message,
                at: .objectTx,
                object: self.name,
                session: facts,
                sequence: nil,
                queued: now - since,
                now: now
            )
            if case .apply(let effects) = verdict, effects.ending != .none {
                // What never reaches the edge is never granted back by it.
                self.paths[session]?.grant(transit.bytes)
            }
            if self.admit(transit, verdict, session, .written, now, &outside) {
                self.write(transit, session, now, &outside)
            } else {
                self.drainWritten(session, now, &outside)
            }
        }
        self.rest(session)
    }

    /// Hands something to the link.
    mutating func write(
        _ transit: Transit,
        _ session: SessionID,
        _ now: Tick,
        _ outside: inout Surroundings
    ) {
        switch transit {
        case .message(let message, _):
            // A copy that a rule made takes no credit, and the edge grants none for it.
            outside.send(.send(message), on: self.stream)
        case .close(let code, let reason, _):
            outside.send(
                .closeSession(session: session, code: code, reason: reason),
                on: self.stream
            )
            self.record(.closeSent, session, code: code, reason: reason, now, &outside)
        case .error: break
        }
    }

    func record(
        _ what: TraceEvent.SocketStep.What,
        _ session: SessionID,
        code: UInt16? = nil,
        reason: String? = nil,
        count: Int? = nil,
        _ now: Tick,
        _ outside: inout Surroundings
    ) {
        let step = TraceEvent.SocketStep(
            what,
            session: session,
            object: self.name,
            wake: self.wake,
            code: code,
            reason: reason,
            count: count
        )
        outside.checkpoint.recorder.record(.socket(step), at: now)
    }
}
