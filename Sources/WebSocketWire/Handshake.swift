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
        for name in ["sec-websocket-key", "sec-websocket-version"] {
            guard head.headers.count(where: { $0.name.lowercased() == name }) <= 1 else {
                throw HTTPViolation(status: 400, reason: "more than one \(name) header")
            }
        }
        guard head.first("content-length").map({ $0.utf8.allSatisfy { $0 == 0x30 } }) ?? true else {
            throw HTTPViolation(status: 400, reason: "a request for a WebSocket has no body")
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
        let subprotocols = head.tokens("sec-websocket-protocol")
        guard subprotocols.allSatisfy({ $0.utf8.allSatisfy(HeadReader.isToken) }) else {
            throw HTTPViolation(status: 400, reason: "a subprotocol is not a token")
        }
        return UpgradeRequest(key: key, subprotocols: subprotocols)
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
        text += headers.lines
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
        text += headers.lines
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
