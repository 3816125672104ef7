import FramePath

import struct NIOCore.ByteBuffer

/// Writes the fields of messages.
struct LinkWriter {
    var out: ByteBuffer

    mutating func integer<Value: FixedWidthInteger>(_ value: Value) {
        self.out.writeInteger(value)
    }

    mutating func bool(_ value: Bool) {
        self.integer(value ? UInt8(1) : UInt8(0))
    }

    mutating func text(_ value: String) {
        let start = self.out.writerIndex
        self.integer(UInt32(0))
        let length = self.out.writeString(value)
        self.out.setInteger(UInt32(clamping: length), at: start)
    }

    mutating func bytes(_ value: ByteBuffer) {
        self.integer(UInt32(clamping: value.readableBytes))
        self.out.writeImmutableBuffer(value)
    }

    mutating func optional<Value>(_ value: Value?, _ write: (inout LinkWriter, Value) -> Void) {
        self.bool(value != nil)
        if let value { write(&self, value) }
    }

    mutating func list<Value>(_ values: [Value], _ write: (inout LinkWriter, Value) -> Void) {
        self.integer(UInt32(clamping: values.count))
        for value in values { write(&self, value) }
    }

    mutating func session(_ value: SessionID) {
        self.integer(value.edge)
        self.integer(value.number)
    }

    mutating func value<Value: Equatable>(_ value: Value, in table: [Value]) {
        self.integer(LinkTable.byte(value, in: table))
    }

    mutating func message(_ message: Message) {
        let id = message.id
        var flags: UInt8 = 0
        if id.isControl { flags |= LinkFlag.control }
        if message.isBroadcast { flags |= LinkFlag.broadcast }
        if message.type != nil { flags |= LinkFlag.type }
        if message.cause != nil { flags |= LinkFlag.cause }
        self.integer(flags)
        self.session(id.session)
        self.value(id.direction, in: LinkTable.directions)
        self.value(id.born, in: LinkTable.births)
        self.integer(id.epoch)
        self.integer(id.ordinal)
        self.integer(id.copy)
        self.value(message.kind, in: LinkTable.kinds)
        self.value(message.phase, in: LinkTable.phases)
        self.integer(message.wake)
        self.value(message.handler, in: LinkTable.handlers)
        self.integer(message.instance)
        self.integer(message.fragments)
        if let type = message.type { self.text(type) }
        if let cause = message.cause { self.integer(cause) }
        self.bytes(message.payload)
    }

    mutating func package(_ package: LinkMessage.SessionPackage) {
        self.session(package.session)
        self.text(package.url)
        self.optional(package.subprotocol) { $0.text($1) }
        self.list(package.tags) { $0.text($1) }
        self.optional(package.attachment) { $0.bytes($1) }
        self.bool(package.closedOutgoing)
        self.text(package.key)
        self.integer(package.attempt)
        self.integer(package.nextOrdinal)
    }

    mutating func openRequest(_ request: LinkMessage.OpenRequest) {
        self.session(request.session)
        self.text(request.url)
        self.list(request.headers) {
            $0.text($1.name)
            $0.text($1.value)
        }
        self.list(request.subprotocols) { $0.text($1) }
        self.text(request.key)
        self.integer(request.attempt)
        self.integer(request.credit)
    }
}

extension LinkWriter {
    /// Writes everything after the type byte.
    mutating func fields(of message: LinkMessage) {
        switch message {
        case .hello, .helloAck, .helloRefused, .attachRequest, .reload:
            self.controlFields(of: message)
        case .wake, .open, .message, .close, .error, .hibernateReady, .hibernateRequest, .credit:
            self.toObjectFields(of: message)
        case .accept, .reject, .send, .closeSession, .cutSession, .attach, .autoResponse, .life,
            .hibernateBegin, .hibernateCancel, .hibernateRefused, .hibernate:
            self.toEdgeFields(of: message)
        }
    }

    private mutating func controlFields(of message: LinkMessage) {
        switch message {
        case .hello(let edge, let run, let seed, let profiles, let version):
            self.integer(edge)
            self.text(run)
            self.integer(seed)
            self.profiles(profiles)
            self.integer(version)
        case .reload(let seed, let profiles, let version, let letsGo):
            self.integer(seed)
            self.profiles(profiles)
            self.integer(version)
            self.bool(letsGo)
        case .helloAck(let version):
            self.integer(version)
        case .helloRefused(let reason):
            self.text(reason)
        case .attachRequest(let object, let reason):
            self.text(object)
            self.value(reason, in: LinkTable.reasons)
        default:
            preconditionFailure("not a message of the control stream")
        }
    }

    private mutating func profiles(_ profiles: [LinkMessage.ProfileText]) {
        self.list(profiles) {
            $0.text($1.file)
            $0.text($1.text)
        }
    }

    private mutating func toObjectFields(of message: LinkMessage) {
        switch message {
        case .wake(let reason, let highestWake, let packages):
            self.value(reason, in: LinkTable.reasons)
            self.optional(highestWake) { $0.integer($1) }
            self.list(packages) { $0.package($1) }
        case .open(let request):
            self.openRequest(request)
        case .message(let message):
            self.message(message)
        case .close(let session, let code, let reason, let wasClean):
            self.session(session)
            self.integer(code)
            self.text(reason)
            self.bool(wasClean)
        case .error(let session, let reason):
            self.session(session)
            self.text(reason)
        case .hibernateReady, .hibernateRequest:
            break
        case .credit(let session, let bytes):
            self.session(session)
            self.integer(bytes)
        default:
            preconditionFailure("not a message from edge to object")
        }
    }

    private mutating func toEdgeFields(of message: LinkMessage) {
        switch message {
        case .accept(let session, let wake, let subprotocol, let tags):
            self.session(session)
            self.integer(wake)
            self.optional(subprotocol) { $0.text($1) }
            self.list(tags) { $0.text($1) }
        case .reject(let session, let status, let body):
            self.session(session)
            self.integer(status)
            self.text(body)
        case .send(let message):
            self.message(message)
        case .closeSession(let session, let code, let reason):
            self.session(session)
            self.integer(code)
            self.text(reason)
        case .cutSession(let session, let code, let reason):
            self.session(session)
            self.optional(code) { $0.integer($1) }
            self.text(reason)
        case .attach(let session, let attachment):
            self.session(session)
            self.bytes(attachment)
        case .autoResponse(let request, let response):
            self.optional(request) { $0.text($1) }
            self.optional(response) { $0.text($1) }
        case .life(let phase, let wake):
            self.value(phase, in: LinkTable.phases)
            self.integer(wake)
        case .hibernateBegin, .hibernateCancel:
            break
        case .hibernateRefused(let reason):
            self.text(reason)
        case .hibernate(let wake, let packages, let autoRequest, let autoResponse):
            self.integer(wake)
            self.list(packages) { $0.package($1) }
            self.optional(autoRequest) { $0.text($1) }
            self.optional(autoResponse) { $0.text($1) }
        default:
            preconditionFailure("not a message from object to edge")
        }
    }
}
