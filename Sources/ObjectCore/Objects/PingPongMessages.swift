import FramePath

import struct NIOCore.ByteBuffer

/// What the service keeps with each socket, as JSON in its attachment.
///
/// Units: milliseconds since 1970.
struct PingPongConnection: Equatable, Sendable {
    let id: String
    let connectedAt: UInt64
    var lastPing: UInt64

    init(id: String, connectedAt: UInt64, lastPing: UInt64) {
        self.id = id
        self.connectedAt = connectedAt
        self.lastPing = lastPing
    }

    init?(_ attachment: ByteBuffer) {
        guard case .string(let id) = Self.field("/connectionId", attachment),
            case .number(let connectedAt) = Self.field("/connectedAt", attachment),
            case .number(let lastPing) = Self.field("/lastPing", attachment),
            let connectedAt = UInt64(connectedAt), let lastPing = UInt64(lastPing)
        else { return nil }
        self.init(id: id, connectedAt: connectedAt, lastPing: lastPing)
    }

    /// As an attachment, of at least that many bytes.
    func json(paddedTo bytes: Int = 0) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("connectionId")
        writer.string(self.id)
        writer.key("connectedAt")
        writer.int(self.connectedAt)
        writer.key("lastPing")
        writer.int(self.lastPing)
        let framing = #","pad":""}"#.utf8.count
        if bytes >= writer.bytes.count + framing {
            let missing = bytes - writer.bytes.count - framing
            writer.key("pad")
            writer.string(String(repeating: " ", count: missing))
        }
        writer.endObject()
        return writer.text
    }

    private static func field(_ pointer: String, _ bytes: ByteBuffer) -> JSONScalar? {
        JSONPointer(pointer).flatMap {
            JSONBytes.scalar(at: $0, in: bytes, scanMax: bytes.readableBytes)
        }
    }
}

/// What a client asks of the service; anything it does not know is to be echoed.
enum PingPongRequest: Equatable, Sendable {
    case heartbeat
    case ping
    case close(code: UInt16?, reason: String)
    case echo(JSONScalar)

    init(_ payload: ByteBuffer) {
        switch Self.field("/type", payload) {
        case .string("heartbeat"): self = .heartbeat
        case .string("ping"): self = .ping
        case .string("close"):
            var code: UInt16? = 1000
            if case .number(let text) = Self.field("/code", payload) {
                // A number that is no code is refused by close, as 0 is.
                code = UInt16(text) ?? 0
            }
            var reason = ""
            if case .string(let text) = Self.field("/reason", payload) { reason = text }
            self = .close(code: code, reason: reason)
        default:
            let raw = JSONScalar.string(String(decoding: payload.readableBytesView, as: UTF8.self))
            let message = Self.field("/message", payload)
            self = .echo(message.flatMap { Self.isTruthy($0) ? $0 : nil } ?? raw)
        }
    }

    private static func field(_ pointer: String, _ bytes: ByteBuffer) -> JSONScalar? {
        JSONPointer(pointer).flatMap {
            JSONBytes.scalar(at: $0, in: bytes, scanMax: bytes.readableBytes)
        }
    }

    /// As JavaScript sees it: the original echoes `message || raw text`.
    private static func isTruthy(_ value: JSONScalar) -> Bool {
        switch value {
        case .string(let text): !text.isEmpty
        case .number(let text): Double(text) != 0
        case .bool(let value): value
        case .null: false
        }
    }
}

/// What the service says.
enum PingPongReply {
    static func welcome(_ connection: PingPongConnection, _ heartbeatMilliseconds: UInt64) -> String
    {
        var writer = Self.begin("welcome")
        writer.key("message")
        writer.string("Connected to WebSocket server")
        writer.key("connectionId")
        writer.string(connection.id)
        writer.key("heartbeatInterval")
        writer.int(heartbeatMilliseconds)
        writer.endObject()
        return writer.text
    }

    /// `pong` and `heartbeat_ack`.
    static func plain(
        _ type: String,
        timestamp: String,
        _ connection: PingPongConnection?
    ) -> String {
        var writer = Self.begin(type)
        writer.key("timestamp")
        writer.string(timestamp)
        Self.end(&writer, connection)
        return writer.text
    }

    static func echo(
        _ message: JSONScalar,
        timestamp: String,
        connections: Int,
        _ connection: PingPongConnection?
    ) -> String {
        var writer = Self.begin("echo")
        writer.key("message")
        writer.scalar(message)
        writer.key("timestamp")
        writer.string(timestamp)
        writer.key("connections")
        writer.int(connections)
        Self.end(&writer, connection)
        return writer.text
    }

    private static func begin(_ type: String) -> JSONWriter {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("type")
        writer.string(type)
        return writer
    }

    /// The connection id is left out when the object lost it, as the original leaves it out.
    private static func end(_ writer: inout JSONWriter, _ connection: PingPongConnection?) {
        if let connection {
            writer.key("connectionId")
            writer.string(connection.id)
        }
        writer.endObject()
    }
}
