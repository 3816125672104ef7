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
        guard rest.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw HTTPViolation(
                status: 400,
                reason: "'\(text)' has a blank or a letter outside ASCII; write it as %XX"
            )
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
            guard tail.isEmpty || tail.hasPrefix(":") else {
                throw HTTPViolation(status: 400, reason: "'\(tail)' after ']' in \(text)")
            }
            port = tail.isEmpty ? nil : tail.dropFirst()
        } else if let colon = authority.lastIndex(of: ":") {
            host = authority[..<colon]
            port = authority[authority.index(after: colon)...]
        }
        guard !host.isEmpty else { throw HTTPViolation(status: 400, reason: "no host in \(text)") }
        guard host.utf8.allSatisfy(authority.hasPrefix("[") ? Self.isIPv6 : Self.isName) else {
            throw HTTPViolation(
                status: 400,
                reason: "'\(host)' is not a host: a name, an IPv4 address or an [IPv6] address"
            )
        }
        self.host = String(host)
        guard let port else {
            self.port = self.isSecure ? 443 : 80
            return
        }
        guard port.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = UInt16(port),
            number > 0
        else {
            throw HTTPViolation(status: 400, reason: "'\(port)' is not a port in \(text)")
        }
        self.port = Int(number)
    }

    private static func isIPv6(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x46, 0x61...0x66, 0x3A, 0x2E: true
        default: false
        }
    }

    private static func isName(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F: true
        default: false
        }
    }
}
