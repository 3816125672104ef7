import WebSocketWire

import struct NIOCore.ByteBuffer

extension ObjectHost {
    /// Answers a plain HTTP request; none of them touches an object.
    static func answer(id: UInt64, method: String, target: String) -> HostAction {
        let path = SocketPath.path(target)
        if SocketPath.isSocket(target) {
            return Self.text(
                id,
                426,
                "This path takes a WebSocket: connect with Upgrade: websocket.\n",
                [HTTPHeader(name: "Upgrade", value: "websocket")]
            )
        }
        guard path == "/" || path == "/healthz" else {
            return Self.text(
                id,
                404,
                "Nothing at this path. The web client is at /, WebSockets at \(SocketPath.known).\n"
            )
        }
        guard method == "GET" || method == "HEAD" else {
            return Self.text(
                id,
                405,
                "Only GET and HEAD here.\n",
                [HTTPHeader(name: "Allow", value: "GET, HEAD")]
            )
        }
        let isHead = method == "HEAD"
        if path == "/healthz" { return Self.text(id, 200, isHead ? "" : "ok\n") }
        return .respond(
            id: id,
            status: 200,
            headers: [
                HTTPHeader(name: "Content-Type", value: "text/html; charset=utf-8"),
                HTTPHeader(name: "Cache-Control", value: "no-store"),
            ],
            body: isHead ? ByteBuffer() : ByteBuffer(string: WebPage.html)
        )
    }

    private static func text(
        _ id: UInt64,
        _ status: Int,
        _ body: String,
        _ headers: [HTTPHeader] = []
    ) -> HostAction {
        .respond(
            id: id,
            status: status,
            headers: [HTTPHeader(name: "Content-Type", value: "text/plain; charset=utf-8")]
                + headers,
            body: ByteBuffer(string: body)
        )
    }
}
