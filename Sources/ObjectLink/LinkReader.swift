import FramePath

import struct NIOCore.ByteBuffer

/// Reads the fields of one message; knows nothing beyond its end.
struct LinkReader {
    var rest: ByteBuffer

    mutating func integer<Value: FixedWidthInteger>(
        _ name: StaticString
    ) throws(LinkViolation)
        -> Value
    {
        guard let value = self.rest.readInteger(as: Value.self) else {
            throw self.truncated(name, wanted: MemoryLayout<Value>.size)
        }
        return value
    }

    mutating func bool(_ name: StaticString) throws(LinkViolation) -> Bool {
        let value: UInt8 = try self.integer(name)
        switch value {
        case 0: return false
        case 1: return true
        default: throw LinkViolation(.value, "\(name) is \(value), wanted 0 or 1")
        }
    }

    mutating func bytes(_ name: StaticString) throws(LinkViolation) -> ByteBuffer {
        let length: UInt32 = try self.integer(name)
        guard let slice = self.rest.readSlice(length: Int(length)) else {
            throw self.truncated(name, wanted: Int(length))
        }
        return slice
    }

    mutating func text(_ name: StaticString) throws(LinkViolation) -> String {
        let bytes = try self.bytes(name)
        guard let text = String(validating: bytes.readableBytesView, as: UTF8.self) else {
            throw LinkViolation(.text, "\(name) is not UTF-8")
        }
        return text
    }

    mutating func optional<Value>(
        _ name: StaticString,
        _ read: (inout LinkReader) throws(LinkViolation) -> Value
    ) throws(LinkViolation) -> Value? {
        try self.bool(name) ? try read(&self) : nil
    }

    /// Reads a counted list; a count that the rest of the message cannot hold is refused first.
    mutating func list<Value>(
        _ name: StaticString,
        elementLengthMin: Int,
        _ read: (inout LinkReader) throws(LinkViolation) -> Value
    ) throws(LinkViolation) -> [Value] {
        let count = Int(try self.integer(name) as UInt32)
        guard count <= self.rest.readableBytes / elementLengthMin else {
            throw LinkViolation(
                .truncated,
                "\(name) has \(count) elements, \(self.rest.readableBytes) bytes cannot hold them"
            )
        }
        var values: [Value] = []
        for _ in 0..<count { values.append(try read(&self)) }
        return values
    }

    mutating func session() throws(LinkViolation) -> SessionID {
        SessionID(edge: try self.integer("session"), number: try self.integer("session"))
    }

    mutating func value<Value>(
        _ name: StaticString,
        in table: [Value]
    ) throws(LinkViolation)
        -> Value
    {
        let index: UInt8 = try self.integer(name)
        guard Int(index) < table.count else {
            throw LinkViolation(.value, "\(name) is \(index), wanted 0 to \(table.count - 1)")
        }
        return table[Int(index)]
    }

    mutating func message() throws(LinkViolation) -> Message {
        let flags: UInt8 = try self.integer("flags")
        guard flags & ~LinkFlag.all == 0 else {
            throw LinkViolation(.value, "flags are \(flags), wanted at most \(LinkFlag.all)")
        }
        let id = MessageID(
            session: try self.session(),
            direction: try self.value("direction", in: LinkTable.directions),
            born: try self.value("born", in: LinkTable.births),
            epoch: try self.integer("epoch"),
            ordinal: try self.integer("ordinal"),
            copy: try self.integer("copy"),
            isControl: flags & LinkFlag.control != 0
        )
        let kind = try self.value("kind", in: LinkTable.kinds)
        let phase = try self.value("phase", in: LinkTable.phases)
        let wake: UInt32 = try self.integer("wake")
        let handler = try self.value("handler", in: LinkTable.handlers)
        let instance: UInt64 = try self.integer("instance")
        let fragments: UInt16 = try self.integer("fragments")
        let type = flags & LinkFlag.type != 0 ? try self.text("type") : nil
        let cause: UInt32? = flags & LinkFlag.cause != 0 ? try self.integer("cause") : nil
        return Message(
            id: id,
            kind: kind,
            payload: try self.bytes("payload"),
            phase: phase,
            wake: wake,
            handler: handler,
            instance: instance,
            type: type,
            cause: cause,
            fragments: fragments,
            isBroadcast: flags & LinkFlag.broadcast != 0
        )
    }

    mutating func package() throws(LinkViolation) -> LinkMessage.SessionPackage {
        LinkMessage.SessionPackage(
            session: try self.session(),
            url: try self.text("url"),
            subprotocol: try self.optional("subprotocol", LinkReader.subprotocol),
            tags: try self.texts("tags"),
            attachment: try self.optional("attachment", LinkReader.attachment),
            closedOutgoing: try self.bool("closedOutgoing"),
            key: try self.text("key"),
            attempt: try self.integer("attempt"),
            nextOrdinal: try self.integer("nextOrdinal")
        )
    }

    mutating func packages() throws(LinkViolation) -> [LinkMessage.SessionPackage] {
        // Session, four lengths or counts, three flags, attempt and ordinal.
        try self.list("packages", elementLengthMin: 12 + 12 + 3 + 8) {
            (reader: inout LinkReader) throws(LinkViolation) in try reader.package()
        }
    }

    mutating func openRequest() throws(LinkViolation) -> LinkMessage.OpenRequest {
        LinkMessage.OpenRequest(
            session: try self.session(),
            url: try self.text("url"),
            headers: try self.list("headers", elementLengthMin: 8) {
                (reader: inout LinkReader) throws(LinkViolation) in
                LinkMessage.HeaderField(
                    name: try reader.text("header name"),
                    value: try reader.text("header value")
                )
            },
            subprotocols: try self.texts("subprotocols"),
            key: try self.text("key"),
            attempt: try self.integer("attempt"),
            credit: try self.integer("credit")
        )
    }

    mutating func texts(_ name: StaticString) throws(LinkViolation) -> [String] {
        try self.list(name, elementLengthMin: 4) {
            (reader: inout LinkReader) throws(LinkViolation) in try reader.text(name)
        }
    }

    mutating func optionalText(_ name: StaticString) throws(LinkViolation) -> String? {
        try self.optional(name) {
            (reader: inout LinkReader) throws(LinkViolation) in try reader.text(name)
        }
    }

    private static func subprotocol(_ reader: inout LinkReader) throws(LinkViolation) -> String {
        try reader.text("subprotocol")
    }

    private static func attachment(_ reader: inout LinkReader) throws(LinkViolation) -> ByteBuffer {
        try reader.bytes("attachment")
    }

    private func truncated(_ name: StaticString, wanted: Int) -> LinkViolation {
        LinkViolation(
            .truncated,
            "\(name) needs \(wanted) bytes, the message has \(self.rest.readableBytes) left"
        )
    }
}
