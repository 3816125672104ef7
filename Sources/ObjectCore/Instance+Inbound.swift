import Faults
import FramePath
import FrameTrace
import ObjectLink

import struct NIOCore.ByteBuffer

extension Instance {
    /// A client asks for a WebSocket.
    mutating func open(
        _ request: LinkMessage.OpenRequest,
        _ now: Tick,
        _ outside: inout Surroundings
    ) {
        guard self.context.sockets[request.session] == nil else {
            let body = "session \(request.session) is already open\n"
            return self.refuse(request, status: 409, body: body, now, &outside)
        }
        self.context.request = request
        let asked = ObjectRequest(
            socket: request.session,
            url: request.url,
            headers: request.headers,
            subprotocols: request.subprotocols
        )
        self.run(.fetch, session: request.session, now: now, &outside) {
            (
                object: inout any HibernatingObject,
                context: inout ObjectContext
            )
                throws(ObjectViolation) in
            try object.fetch(asked, context: &context)
        }
        guard self.context.request != nil else { return }
        self.context.request = nil
        let body = "the object's fetch handler neither accepted nor refused the WebSocket\n"
        self.refuse(request, status: 500, body: body, now, &outside)
    }

    /// Refuses a WebSocket without asking the object.
    mutating func refuse(
        _ request: LinkMessage.OpenRequest,
        status: UInt16,
        body: String,
        _ now: Tick,
        _ outside: inout Surroundings
    ) {
        outside.send(
            .reject(session: request.session, status: status, body: body),
            on: self.stream
        )
        self.record(.reject, request.session, code: status, reason: body, now, &outside)
    }

    /// A message came off the link.
    mutating func receive(_ message: Message, _ now: Tick, _ outside: inout Surroundings) {
        let session = message.id.session
        guard let facts = self.paths[session]?.facts else {
            // A race: the socket's end was handled while the message was on its way.
            outside.checkpoint.observe(
                message,
                at: .objectRx,
                object: self.name,
                sequence: nil,
                queued: .zero,
                now: now
            )
            return
        }
        let next = max(self.context.sockets[session]?.nextOrdinal ?? 0, message.id.ordinal &+ 1)
        self.context.sockets[session]?.nextOrdinal = next
        let verdict = outside.checkpoint.cross(
            message,
            at: .objectRx,
            object: self.name,
            session: facts,
            sequence: nil,
            queued: .zero,
            now: now
        )
        let transit = Transit.message(message, since: now)
        if self.admit(transit, verdict, session, .received, now, &outside) {
            self.pass(transit, session, now, &outside)
        }
        self.drainInbound(session, now, &outside)
    }

    /// A close or an error came off the link; it keeps its place behind messages that still wait.
    mutating func receive(
        _ transit: Transit,
        session: SessionID,
        _ now: Tick,
        _ outside: inout Surroundings
    ) {
        guard self.paths[session] != nil else { return }
        // A lane that stands still for ever does so until the session ends, and this is its end.
        for stage in [Stage.received, .dispatched]
        where self.paths[session]?.isStuck(stage) ?? false {
            self.paths[session]?.clear(stage)
        }
        if self.admit(transit, .pass, session, .received, now, &outside) {
            self.pass(transit, session, now, &outside)
        }
        self.drainInbound(session, now, &outside)
    }

    /// Past `object.rx`: the runtime's own answer, or on to the input gate.
    mutating func pass(
        _ transit: Transit,
        _ session: SessionID,
        _ now: Tick,
        _ outside: inout Surroundings
    ) {
        guard self.eviction == nil, let facts = self.paths[session]?.facts else { return }
        var verdict = Verdict.pass
        if case .message(let message, let since) = transit {
            if self.answersItself(message, now, &outside) { return }
            verdict = outside.checkpoint.cross(
                message,
                at: .objectDispatch,
                object: self.name,
                session: facts,
                sequence: nil,
                queued: now - since,
                now: now
            )
        }
        if self.admit(transit, verdict, session, .dispatched, now, &outside) {
            self.dispatch(transit, session, now, &outside)
        }
    }

    /// Past the input gate: the handler.
    mutating func dispatch(
        _ transit: Transit,
        _ session: SessionID,
        _ now: Tick,
        _ outside: inout Surroundings
    ) {
        guard self.eviction == nil, self.context.sockets[session] != nil else { return }
        switch transit {
        case .message(let message, _):
            self.run(
                .webSocketMessage,
                session: session,
                cause: message.id.ordinal,
                now: now,
                &outside
            ) {
                (
                    object: inout any HibernatingObject,
                    context: inout ObjectContext
                )
                    throws(ObjectViolation) in
                try object.webSocketMessage(
                    session,
                    kind: message.kind,
                    payload: message.payload,
                    context: &context
                )
            }
        case .close(let code, let reason, let wasClean):
            self.dispatchClose(session, code, reason, wasClean, now, &outside)
        case .error(let reason):
            self.context.sockets[session]?.isGone = true
            self.run(.webSocketError, session: session, now: now, &outside) {
                (
                    object: inout any HibernatingObject,
                    context: inout ObjectContext
                )
                    throws(ObjectViolation) in
                try object.webSocketError(session, reason: reason, context: &context)
            }
            self.forget(session, now, &outside)
        }
    }

    private mutating func dispatchClose(
        _ session: SessionID,
        _ code: UInt16,
        _ reason: String,
        _ wasClean: Bool,
        _ now: Tick,
        _ outside: inout Surroundings
    ) {
        if !wasClean { self.context.sockets[session]?.isGone = true }
        let step = TraceEvent.SocketStep(
            .closeDispatched,
            session: session,
            object: self.name,
            wake: self.wake,
            code: code,
            reason: reason
        )
        outside.checkpoint.recorder.record(.socket(step), at: now)
        self.run(.webSocketClose, session: session, now: now, &outside) {
            (
                object: inout any HibernatingObject,
                context: inout ObjectContext
            )
                throws(ObjectViolation) in
            try object.webSocketClose(
                session,
                code: code,
                reason: reason,
                wasClean: wasClean,
                context: &context
            )
        }
        self.forget(session, now, &outside)
    }

    /// The socket's end was handled: a close that still waits in the pump leaves now, all else is gone.
    private mutating func forget(
        _ session: SessionID,
        _ now: Tick,
        _ outside: inout Surroundings
    ) {
        if let waiting = self.paths[session]?.pump.last, case .close = waiting {
            self.write(waiting, session, now, &outside)
        }
        if let facts = self.paths[session]?.facts {
            outside.checkpoint.engine.sessionEnded(facts)
        }
        self.paths[session] = nil
        self.busy.removeAll { $0 == session }
        self.context.remove(session)
    }

    /// Whether the runtime answers this message itself: exact text, never binary.
    func matchesAutoRequest(_ message: Message) -> Bool {
        guard message.kind == .text, let request = self.context.autoRequest else { return false }
        return message.payload.readableBytesView.elementsEqual(request.utf8)
    }

    /// Answers the auto-response text on arrival, without a handler.
    private mutating func answersItself(
        _ message: Message,
        _ now: Tick,
        _ outside: inout Surroundings
    ) -> Bool {
        guard self.matchesAutoRequest(message), let response = self.context.autoResponse else {
            return false
        }
        let session = message.id.session
        guard let socket = self.context.sockets[session], !socket.closedOutgoing, !socket.isGone
        else { return true }
        let (handler, cause) = (self.handler, self.cause)
        self.handler = .runtime
        self.cause = message.id.ordinal
        self.send(ByteBuffer(string: response), .text, session, isBroadcast: false, now, &outside)
        self.handler = handler
        self.cause = cause
        return true
    }
}
