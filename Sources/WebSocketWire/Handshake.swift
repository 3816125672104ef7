public import struct NIOCore.ByteBuffer

/// A client's request for a WebSocket, checked.
public struct UpgradeRequest: Sendable, Equatable {
    /// The client's key.
    public var key: String
    /// Offered subprotocols, in order.
    public var subprotocols: [String]
}

/// The opening handshake.
///
/// Source: RFC 6455 §4.
public enum Handshake {
    /// Whether a request asks for a WebSocket at all.
    public static func isUpgrade(_ head: RequestHead) -> Bool {
        head.tokens("upgrade").contains { $0.lowercased() == "websocket" }
    }

    /// Checks a request that asks for a WebSocket.
    public static func check(_ head: RequestHead) throws(HTTPViolation) -> UpgradeRequest {
        guard head.method == "GET" else {
            throw HTTPViolation(status: 405, reason: "a WebSocket is opened with GET")
        }
        guard head.tokens("connection").contains(where: { $0.lowercased() == "upgrade" }) else {
            throw HTTPViolation(status: 400, reason: "Connection does not name Upgrade")
        }
        guard head.first("sec-websocket-version") == "13" else {
            throw HTTPViolation(status: 426, reason: "Sec-WebSocket-Version must be 13")
        }
        guard let key = head.first("sec-websocket-key"), Base64.isSixteenBytes(key) else {
            throw HTTPViolation(
                status: 400,
                reason: "Sec-WebSocket-Key is missing or not the base64 of 16 bytes"
            )
        }
        return UpgradeRequest(key: key, subprotocols: head.tokens("sec-websocket-protocol"))
    }

    /// The answer to a key (§4.2.2, 5.4).
    public static func acceptValue(key: String) -> String {
        Base64.encode(SHA1.digest(Array((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").utf8)))
    }

    /// The 101 response.
    public static func response(
        key: String,
        subprotocol: String?,
        headers: [HTTPHeader]
    ) -> ByteBuffer {
        var text =
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Accept: \(Self.acceptValue(key: key))\r\n"
        if let subprotocol { text += "Sec-WebSocket-Protocol: \(subprotocol)\r\n" }
        for header in headers { text += "\(header.name): \(header.value)\r\n" }
        return ByteBuffer(string: text + "\r\n")
    }

    /// A client's request.
    public static func request(
        host: String,
        target: String,
        key: String,
        subprotocols: [String],
        headers: [HTTPHeader]
    ) -> ByteBuffer {
        var text =
            "GET \(target) HTTP/1.1\r\nHost: \(host)\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Key: \(key)\r\nSec-WebSocket-Version: 13\r\n"
        if !subprotocols.isEmpty {
            text += "Sec-WebSocket-Protocol: \(subprotocols.joined(separator: ", "))\r\n"
        }
        for header in headers { text += "\(header.name): \(header.value)\r\n" }
        return ByteBuffer(string: text + "\r\n")
    }

    /// Checks a server's answer; gives the agreed subprotocol.
    public static func verify(
        _ head: ResponseHead,
        key: String,
        offered: [String]
    ) throws(HTTPViolation) -> String? {
        guard head.status == 101 else {
            throw HTTPViolation(status: head.status, reason: "the server answered \(head.status)")
        }
        guard head.tokens("upgrade").contains(where: { $0.lowercased() == "websocket" }),
            head.tokens("connection").contains(where: { $0.lowercased() == "upgrade" })
        else { throw HTTPViolation(status: 502, reason: "the 101 does not upgrade to websocket") }
        guard head.first("sec-websocket-accept") == Self.acceptValue(key: key) else {
            throw HTTPViolation(status: 502, reason: "Sec-WebSocket-Accept does not answer our key")
        }
        guard head.first("sec-websocket-extensions") == nil else {
            throw HTTPViolation(status: 502, reason: "an extension was chosen that was not offered")
        }
        guard let chosen = head.first("sec-websocket-protocol") else { return nil }
        guard offered.contains(chosen) else {
            throw HTTPViolation(status: 502, reason: "subprotocol '\(chosen)' was not offered")
        }
        return chosen
    }
}

/// Writes whole HTTP/1.1 responses.
public enum HTTPResponseWriter {
    /// A response with its length, and `Connection: close` when the connection ends after it.
    public static func response(
        status: Int,
        headers: [HTTPHeader],
        body: ByteBuffer,
        closes: Bool
    ) -> ByteBuffer {
        var text = "HTTP/1.1 \(status) \(Self.phrase(status))\r\n"
        for header in headers { text += "\(header.name): \(header.value)\r\n" }
        text += "Content-Length: \(body.readableBytes)\r\n"
        if closes { text += "Connection: close\r\n" }
        var out = ByteBuffer(string: text + "\r\n")
        var body = body
        out.writeBuffer(&body)
        return out
    }

    private static func phrase(_ status: Int) -> String {
        switch status {
        case 200: "OK"
        case 400: "Bad Request"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 408: "Request Timeout"
        case 411: "Length Required"
        case 413: "Content Too Large"
        case 414: "URI Too Long"
        case 426: "Upgrade Required"
        case 431: "Request Header Fields Too Large"
        case 500: "Internal Server Error"
        case 501: "Not Implemented"
        case 502: "Bad Gateway"
        case 503: "Service Unavailable"
        case 504: "Gateway Timeout"
        case 505: "HTTP Version Not Supported"
        default: "Status"
        }
    }
}
