internal import struct NIOCore.ByteBuffer

/// What the peer of an HTTP/2 session did.
///
/// Shape: taken one by one with `HTTP2Session.nextEvent()`, in the order of the wire.
enum HTTP2Event: Equatable {
    /// The peer's settings; whether it accepts extended CONNECT (RFC 8441 §3).
    case settingsReceived(extendedConnect: Bool)
    /// A whole header block: a request on a server, a final response on a client.
    case headers(stream: Int32, head: HTTP2Head, endStream: Bool)
    /// Bytes of a body; the receiver says `processed` when done with them.
    case data(stream: Int32, ByteBuffer)
    /// The peer ended its side.
    case endStream(stream: Int32)
    /// The stream is gone without a clean end of both sides.
    case reset(stream: Int32, code: UInt32)
    /// The peer takes no new streams.
    case goaway(code: UInt32)
}

/// A header block, pseudo-headers apart.
struct HTTP2Head: Equatable {
    /// `:method`, empty on a response.
    var method = ""
    /// `:path`, empty on a response.
    var path = ""
    /// `:authority`, empty when absent.
    var authority = ""
    /// `:protocol` of an extended CONNECT (RFC 8441 §4).
    var connectProtocol: String?
    /// `:status`, 0 on a request.
    var status = 0
    /// The other headers, names in lower case, as they came.
    var fields: [(name: String, value: String)] = []

    /// The first value of a header.
    func first(_ name: String) -> String? {
        for field in self.fields where field.name == name { return field.value }
        return nil
    }

    static func == (left: HTTP2Head, right: HTTP2Head) -> Bool {
        left.method == right.method && left.path == right.path
            && left.authority == right.authority && left.status == right.status
            && left.connectProtocol == right.connectProtocol
            && left.fields.elementsEqual(right.fields, by: ==)
    }
}

/// The HTTP/2 session cannot go on.
///
/// Source: nghttp2's own words for its error codes.
struct HTTP2Failure: Error, Equatable, CustomStringConvertible {
    let code: Int
    let reason: String
    var description: String { "HTTP/2: \(self.reason)" }
}
