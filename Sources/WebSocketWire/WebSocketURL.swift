/// An address of a WebSocket: `ws://` or `wss://`.
///
/// Source: RFC 6455 §3.
public struct WebSocketURL: Sendable, Equatable {
    /// Whether it is `wss`.
    public var isSecure: Bool
    /// Host name or address, without brackets.
    public var host: String
    /// 80 and 443 when not given.
    public var port: Int
    /// Path and query, at least `/`.
    public var target: String

    /// The value of a Host header.
    public var hostHeader: String {
        let name = self.host.contains(":") ? "[\(self.host)]" : self.host
        return self.port == (self.isSecure ? 443 : 80) ? name : "\(name):\(self.port)"
    }

    /// Reads an address.
    ///
    /// - Parameter text: `ws://host[:port][/path][?query]`.
    /// - Throws: a violation of status 400 that says what was expected.
    public init(_ text: String) throws(HTTPViolation) {
        let lower = text.lowercased()
        if lower.hasPrefix("ws://") {
            self.isSecure = false
        } else if lower.hasPrefix("wss://") {
            self.isSecure = true
        } else {
            throw HTTPViolation(
                status: 400,
                reason: "'\(text)' is not a WebSocket address: it starts with ws:// or wss://"
            )
        }
        let rest = text.dropFirst(self.isSecure ? 6 : 5)
        guard !rest.contains("#") else {
            throw HTTPViolation(status: 400, reason: "a WebSocket address has no fragment (#)")
        }
        guard rest.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
            throw HTTPViolation(status: 400, reason: "'\(text)' has a blank in it")
        }
        let slash = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
        let authority = rest[..<slash]
        let path = rest[slash...]
        self.target = path.hasPrefix("/") ? String(path) : "/" + path
        var host = authority
        var port: Substring?
        if authority.hasPrefix("[") {
            guard let bracket = authority.firstIndex(of: "]") else {
                throw HTTPViolation(status: 400, reason: "'[' without ']' in \(text)")
            }
            host = authority[authority.index(after: authority.startIndex)..<bracket]
            let tail = authority[authority.index(after: bracket)...]
            port = tail.isEmpty ? nil : tail.dropFirst()
        } else if let colon = authority.lastIndex(of: ":") {
            host = authority[..<colon]
            port = authority[authority.index(after: colon)...]
        }
        guard !host.isEmpty else { throw HTTPViolation(status: 400, reason: "no host in \(text)") }
        self.host = String(host)
        guard let port else {
            self.port = self.isSecure ? 443 : 80
            return
        }
        guard let number = UInt16(port), number > 0 else {
            throw HTTPViolation(status: 400, reason: "'\(port)' is not a port in \(text)")
        }
        self.port = Int(number)
    }
}
