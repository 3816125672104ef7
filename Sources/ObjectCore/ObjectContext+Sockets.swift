public import FramePath
import ObjectLink
import WebSocketWire

public import struct NIOCore.ByteBuffer

extension ObjectContext {
    /// Accepts the WebSocket that `fetch` was asked for.
    ///
    /// - Parameters:
    ///   - request: the request of this `fetch`.
    ///   - subprotocol: one of the offered ones, or none.
    ///   - tags: at most 10 distinct, each at most 256 bytes; fixed for life.
    /// - Throws: a wrong request, too many or too long tags, too many sockets.
    public mutating func acceptWebSocket(
        _ request: ObjectRequest,
        subprotocol: String? = nil,
        tags: [String] = []
    ) throws(ObjectViolation) {
        let limits = self.configuration.limits
        guard let open = self.request, open.session == request.socket else {
            throw ObjectViolation("acceptWebSocket: the request was already answered")
        }
        if let subprotocol, !open.subprotocols.contains(subprotocol) {
            throw ObjectViolation("acceptWebSocket: \(subprotocol) was not offered")
        }
        var distinct: [String] = []
        for tag in tags where !distinct.contains(tag) { distinct.append(tag) }
        guard distinct.count <= limits.tagsMax else {
            throw ObjectViolation(
                "acceptWebSocket: \(distinct.count) tags, at most \(limits.tagsMax)"
            )
        }
        guard distinct.allSatisfy({ $0.utf8.count <= limits.tagBytesMax }) else {
            throw ObjectViolation("acceptWebSocket: a tag is over \(limits.tagBytesMax) bytes")
        }
        guard self.order.count < limits.socketsMax else {
            throw ObjectViolation(
                "only \(limits.socketsMax) websockets can be accepted on one object"
            )
        }
        self.request = nil
        self.insert(HeldSocket(open, subprotocol: subprotocol, tags: distinct))
        self.asks.append(.accept(open, subprotocol: subprotocol, tags: distinct))
    }

    /// Refuses the WebSocket that `fetch` was asked for.
    ///
    /// - Parameters:
    ///   - request: the request of this `fetch`.
    ///   - status: HTTP status.
    ///   - body: what the client reads.
    /// - Throws: when it was already answered.
    public mutating func reject(
        _ request: ObjectRequest,
        status: UInt16,
        body: String
    )
        throws(ObjectViolation)
    {
        guard let open = self.request, open.session == request.socket else {
            throw ObjectViolation("reject: the request was already answered")
        }
        self.request = nil
        self.asks.append(.reject(open.session, status: status, body: body))
    }

    /// The accepted sockets whose close was not handled yet: newest first, or, of a tag, oldest first.
    ///
    /// - Parameter tag: only sockets with this tag.
    /// - Returns: their sessions.
    public func getWebSockets(tag: String? = nil) -> [SessionID] {
        guard let tag else { return self.order.reversed() }
        return self.order.filter { self.sockets[$0]?.tags.contains(tag) ?? false }
    }

    /// How many sockets there are.
    public var socketCount: Int { self.order.count }

    /// Whether the object may still send on a socket.
    ///
    /// - Parameter socket: the session.
    /// - Returns: `false` when it is unknown, closed by the object, or its peer is gone.
    public func isOpen(_ socket: SessionID) -> Bool {
        guard let held = self.sockets[socket] else { return false }
        return !held.closedOutgoing && !held.isGone
    }

    /// The tags of a socket; empty when it is unknown.
    ///
    /// - Parameter socket: the session.
    /// - Returns: as given at accept.
    public func tags(of socket: SessionID) -> [String] { self.sockets[socket]?.tags ?? [] }

    /// Sends to one socket; ignored without a word when the peer is gone.
    ///
    /// - Parameters:
    ///   - text: the message.
    ///   - socket: the session.
    /// - Throws: when the object closed the socket before.
    public mutating func send(_ text: String, to socket: SessionID) throws(ObjectViolation) {
        try self.send(ByteBuffer(string: text), kind: .text, to: socket)
    }

    /// Sends to one socket; ignored without a word when the peer is gone.
    ///
    /// - Parameters:
    ///   - payload: the message; text must be UTF-8.
    ///   - kind: text or binary.
    ///   - socket: the session.
    /// - Throws: when the object closed the socket before.
    public mutating func send(
        _ payload: ByteBuffer,
        kind: MessageKind,
        to socket: SessionID
    )
        throws(ObjectViolation)
    {
        try self.ask(payload, kind: kind, to: socket, isBroadcast: false)
    }

    /// Sends to many sockets; those the object closed are left out.
    ///
    /// - Parameters:
    ///   - payload: the message; text must be UTF-8.
    ///   - kind: text or binary.
    ///   - sockets: the sessions, in order.
    public mutating func broadcast(
        _ payload: ByteBuffer,
        kind: MessageKind,
        to sockets: [SessionID]
    ) {
        for socket in sockets {
            try? self.ask(payload, kind: kind, to: socket, isBroadcast: true)
        }
    }

    /// Closes a socket; a second close is ignored.
    ///
    /// - Parameters:
    ///   - socket: the session.
    ///   - code: 1000 to 4999 except those never sent; `nil` sends a Close without a code.
    ///   - reason: at most 123 bytes.
    /// - Throws: a code or reason that cannot be sent.
    public mutating func close(
        _ socket: SessionID,
        code: UInt16?,
        reason: String = ""
    )
        throws(ObjectViolation)
    {
        if let code, !ClosePayload.isSendable(code) {
            throw ObjectViolation("close: code \(code) cannot be sent")
        }
        guard reason.utf8.count <= self.configuration.limits.closeReasonBytesMax else {
            throw ObjectViolation(
                "close: reason of \(reason.utf8.count) bytes, at most "
                    + "\(self.configuration.limits.closeReasonBytesMax)"
            )
        }
        guard let held = self.sockets[socket], !held.closedOutgoing else { return }
        self.sockets[socket]?.closedOutgoing = true
        self.asks.append(.close(socket, code: code ?? 1005, reason: reason))
    }

    /// Keeps bytes with a socket over every sleep, replacing earlier ones.
    ///
    /// - Parameters:
    ///   - bytes: at most 16,384.
    ///   - socket: the session.
    /// - Throws: when it is too long.
    public mutating func serializeAttachment(
        _ bytes: ByteBuffer,
        of socket: SessionID
    )
        throws(ObjectViolation)
    {
        let most = self.configuration.limits.attachmentBytesMax
        guard bytes.readableBytes <= most else {
            throw ObjectViolation(
                "serializeAttachment: \(bytes.readableBytes) bytes, at most \(most)"
            )
        }
        guard self.sockets[socket] != nil else { return }
        self.sockets[socket]?.attachment = bytes
        self.asks.append(.attach(socket, bytes))
    }

    /// The bytes kept with a socket; `nil` when none were.
    ///
    /// - Parameter socket: the session.
    /// - Returns: as last serialized.
    public func deserializeAttachment(of socket: SessionID) -> ByteBuffer? {
        self.sockets[socket]?.attachment
    }

    /// Has the runtime answer one exact text by another, without waking the object.
    ///
    /// - Parameters:
    ///   - request: at most 2,048 bytes; `nil` unsets the pair.
    ///   - response: at most 2,048 bytes.
    /// - Throws: when either is too long.
    public mutating func setWebSocketAutoResponse(
        request: String?,
        response: String?
    )
        throws(ObjectViolation)
    {
        let most = self.configuration.limits.autoResponseBytesMax
        guard (request?.utf8.count ?? 0) <= most, (response?.utf8.count ?? 0) <= most else {
            throw ObjectViolation("setWebSocketAutoResponse: over \(most) bytes")
        }
        self.autoRequest = response == nil ? nil : request
        self.autoResponse = request == nil ? nil : response
        self.asks.append(.autoResponse(request: self.autoRequest, response: self.autoResponse))
    }

    mutating func insert(_ socket: HeldSocket) {
        if self.sockets.updateValue(socket, forKey: socket.session) == nil {
            self.order.append(socket.session)
        }
    }

    mutating func remove(_ session: SessionID) {
        guard self.sockets.removeValue(forKey: session) != nil else { return }
        self.order.removeAll { $0 == session }
    }

    private mutating func ask(
        _ payload: ByteBuffer,
        kind: MessageKind,
        to socket: SessionID,
        isBroadcast: Bool
    ) throws(ObjectViolation) {
        guard kind == .text || kind == .binary else {
            throw ObjectViolation("send: \(kind.rawValue) is not a kind of message")
        }
        guard let held = self.sockets[socket], !held.isGone else { return }
        guard !held.closedOutgoing else {
            throw ObjectViolation("Can't call WebSocket send() after close().")
        }
        self.asks.append(.send(socket, kind, payload, isBroadcast: isBroadcast))
    }
}
