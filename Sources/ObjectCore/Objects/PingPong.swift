import FramePath

import struct NIOCore.ByteBuffer

/// The service of the original bug: welcome, ping, heartbeat and echo over JSON text.
///
/// Source: github.com/broux-es/minimal_do_pingpong, message shapes of its src/index.ts.
struct PingPong: HibernatingObject {
    static let kind = "pingpong"
    static let about = "welcome, ping/pong, heartbeat/heartbeat_ack, echo; stale sockets by alarm"

    /// What `forgetful` mode knows of its sockets: filled by `fetch` only, so a wake loses it.
    private var table: [SessionID: PingPongConnection] = [:]
    /// The sockets of `table`, oldest first.
    private var tableOrder: [SessionID] = []
    /// Preset `original`: the pending timeout of each connection.
    private var timeouts: [SessionID: TimerID] = [:]
    private var timeoutOwners: [TimerID: SessionID] = [:]

    init(context: inout ObjectContext) {
        guard context.configuration.mode != .forgetful else { return }
        let sockets = context.getWebSockets()
        guard !sockets.isEmpty else { return }
        if context.alarm == nil { context.setAlarm(after: context.configuration.alarmInterval) }
        // The original arms the timeout of every socket again in its constructor.
        for socket in sockets.reversed() { try? self.armTimeout(socket, &context) }
    }

    mutating func fetch(
        _ request: ObjectRequest,
        context: inout ObjectContext
    )
        throws(ObjectViolation)
    {
        let socket = request.socket
        try context.acceptWebSocket(request, subprotocol: request.subprotocols.first)
        let connection = PingPongConnection(
            id: context.newUUID(),
            connectedAt: context.wallMilliseconds,
            lastPing: context.wallMilliseconds
        )
        try self.remember(connection, socket, &context)
        if context.configuration.mode == .forgetful { self.tableOrder.append(socket) }
        context.log("WebSocket connected", about: socket)
        let interval = context.configuration.heartbeatInterval.nanoseconds / 1_000_000
        try context.send(PingPongReply.welcome(connection, interval), to: socket)
        if context.alarm == nil { context.setAlarm(after: context.configuration.alarmInterval) }
        try self.armTimeout(socket, &context)
    }

    mutating func webSocketMessage(
        _ socket: SessionID,
        kind: MessageKind,
        payload: ByteBuffer,
        context: inout ObjectContext
    ) throws(ObjectViolation) {
        var connection = self.connection(socket, context)
        if connection == nil, context.configuration.mode == .forgetful {
            context.log("Message of an unknown connection, no answer", about: socket)
            return
        }
        connection?.lastPing = context.wallMilliseconds
        if let connection { try self.remember(connection, socket, &context) }
        try self.armTimeout(socket, &context)
        let request = PingPongRequest(payload)
        switch request {
        case .heartbeat:
            if context.configuration.pushesBackAlarm {
                context.setAlarm(after: context.configuration.alarmInterval)
            }
            try self.answer("heartbeat_ack", connection, socket, &context)
        case .ping:
            try self.answer("pong", connection, socket, &context)
        case .close(let code, let reason):
            context.log("Closing connection as asked", about: socket)
            try context.close(socket, code: code, reason: reason)
        case .echo(let message):
            let text = PingPongReply.echo(
                message,
                timestamp: context.timestamp,
                connections: self.sockets(context).count,
                connection
            )
            try context.send(text, to: socket)
        }
    }

    mutating func webSocketClose(
        _ socket: SessionID,
        code: UInt16,
        reason: String,
        wasClean: Bool,
        context: inout ObjectContext
    ) throws(ObjectViolation) {
        self.forget(socket, &context)
        context.log("Cleaned up connection", about: socket)
        // The hibernation API leaves the answer to a client's Close to the application.
        if wasClean { try context.close(socket, code: code == 1005 ? nil : code, reason: reason) }
    }

    mutating func webSocketError(
        _ socket: SessionID,
        reason: String,
        context: inout ObjectContext
    ) throws(ObjectViolation) {
        self.forget(socket, &context)
        context.log("WebSocket error: \(reason)", about: socket)
        context.log("Cleaned up connection", about: socket)
    }

    mutating func alarm(context: inout ObjectContext) throws(ObjectViolation) {
        context.log("Alarm triggered - checking for stale connections")
        let sockets = self.sockets(context)
        let staleAfter = context.configuration.staleAfter.nanoseconds / 1_000_000
        for socket in sockets where context.isOpen(socket) {
            guard let connection = self.connection(socket, context),
                context.wallMilliseconds - min(connection.lastPing, context.wallMilliseconds)
                    > staleAfter
            else { continue }
            context.log("Closing stale connection via alarm", about: socket)
            try context.close(socket, code: 1000, reason: "Connection timeout")
        }
        if !sockets.isEmpty { context.setAlarm(after: context.configuration.alarmInterval) }
    }

    mutating func timer(_ timer: TimerID, context: inout ObjectContext) throws(ObjectViolation) {
        guard let socket = self.timeoutOwners.removeValue(forKey: timer) else { return }
        self.timeouts[socket] = nil
        context.log("Closing stale connection via timeout", about: socket)
        try context.close(socket, code: 1000, reason: "Connection timeout")
    }

    private func answer(
        _ type: String,
        _ connection: PingPongConnection?,
        _ socket: SessionID,
        _ context: inout ObjectContext
    ) throws(ObjectViolation) {
        let text = PingPongReply.plain(type, timestamp: context.timestamp, connection)
        try context.send(text, to: socket)
    }

    /// The sockets it knows, oldest first.
    private func sockets(_ context: borrowing ObjectContext) -> [SessionID] {
        context.configuration.mode == .forgetful
            ? self.tableOrder : context.getWebSockets().reversed()
    }

    private func connection(
        _ socket: SessionID,
        _ context: borrowing ObjectContext
    )
        -> PingPongConnection?
    {
        if context.configuration.mode == .forgetful { return self.table[socket] }
        return context.deserializeAttachment(of: socket).flatMap(PingPongConnection.init)
    }

    private mutating func remember(
        _ connection: PingPongConnection,
        _ socket: SessionID,
        _ context: inout ObjectContext
    ) throws(ObjectViolation) {
        if context.configuration.mode == .forgetful {
            self.table[socket] = connection
        } else {
            let json = connection.json(paddedTo: context.configuration.attachmentBytes)
            try context.serializeAttachment(ByteBuffer(string: json), of: socket)
        }
    }

    private mutating func forget(_ socket: SessionID, _ context: inout ObjectContext) {
        if self.table.removeValue(forKey: socket) != nil {
            self.tableOrder.removeAll { $0 == socket }
        }
        self.disarmTimeout(socket, &context)
    }

    /// Preset `original`: a timeout per connection, started again by each message.
    private mutating func armTimeout(
        _ socket: SessionID,
        _ context: inout ObjectContext
    )
        throws(ObjectViolation)
    {
        guard context.configuration.preset == .original else { return }
        self.disarmTimeout(socket, &context)
        let span = context.configuration.staleAfter
        let milliseconds = span.nanoseconds / 1_000_000
        let words = milliseconds % 1_000 == 0 ? "\(milliseconds / 1_000) s" : "\(milliseconds) ms"
        let timer = try context.setTimeout(after: span, reason: "connection timeout, \(words)")
        self.timeouts[socket] = timer
        self.timeoutOwners[timer] = socket
    }

    private mutating func disarmTimeout(_ socket: SessionID, _ context: inout ObjectContext) {
        guard let timer = self.timeouts.removeValue(forKey: socket) else { return }
        self.timeoutOwners[timer] = nil
        context.clearTimeout(timer)
    }
}
