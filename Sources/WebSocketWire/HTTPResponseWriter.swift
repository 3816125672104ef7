public import struct NIOCore.ByteBuffer

/// Writes whole HTTP/1.1 responses.
public enum HTTPResponseWriter {
    /// A response with its length, and `Connection: close` when the connection ends after it.
    ///
    /// The answer to HEAD tells the body's length without the body. With `Upgrade` goes the connection
    /// option of that name (RFC 9110 §7.8).
    ///
    /// Headers that frame the message are written here alone; given ones are left out, as are lines
    /// that would not be one line. 204 and 304 have no body (RFC 9110 §8.6).
    public static func response(
        status: Int,
        headers: [HTTPHeader],
        body: ByteBuffer,
        closes: Bool,
        isHead: Bool = false
    ) -> ByteBuffer {
        var text = "HTTP/1.1 \(status) \(Self.phrase(status))\r\n"
        text += headers.filter { !Self.framing.contains($0.name.lowercased()) }.lines
        let hasBody = status != 204 && status != 304
        if hasBody { text += "Content-Length: \(body.readableBytes)\r\n" }
        var options = headers.contains { $0.name.lowercased() == "upgrade" } ? ["Upgrade"] : []
        if closes { options.append("close") }
        if !options.isEmpty { text += "Connection: \(options.joined(separator: ", "))\r\n" }
        var out = ByteBuffer(string: text + "\r\n")
        var body = body
        if hasBody && !isHead { out.writeBuffer(&body) }
        return out
    }

    private static let framing = ["content-length", "transfer-encoding", "connection"]

    private static func phrase(_ status: Int) -> String {
        switch status {
        case 200: "OK"
        case 201: "Created"
        case 202: "Accepted"
        case 204: "No Content"
        case 304: "Not Modified"
        case 400: "Bad Request"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 408: "Request Timeout"
        case 411: "Length Required"
        case 413: "Content Too Large"
        case 414: "URI Too Long"
        case 426: "Upgrade Required"
        case 429: "Too Many Requests"
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
