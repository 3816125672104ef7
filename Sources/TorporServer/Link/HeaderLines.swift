internal import WebSocketWire

/// Header lines between HTTP/1.1 and HTTP/2.
enum HeaderLines {
    /// Headers that belong to one connection, or to a pseudo-header.
    ///
    /// Source: RFC 9113 §8.2.2.
    private static let connectionOnly: Set<String> = [
        "connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade", "te",
        "host",
    ]

    /// Lower-case names, without what HTTP/2 forbids.
    static func forHTTP2(_ headers: [HTTPHeader]) -> [(name: String, value: String)] {
        headers.compactMap { header in
            let name = header.name.lowercased()
            guard !self.connectionOnly.contains(name), !name.hasPrefix(":") else { return nil }
            return (name: name, value: header.value)
        }
    }
}
