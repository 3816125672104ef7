/// A host and a port to listen on or to dial.
public struct ListenAddress: Sendable, Equatable, CustomStringConvertible {
    /// A name or an address, IPv6 without brackets.
    public var host: String
    /// 0 lets the system choose.
    public var port: Int

    /// Makes an address.
    public init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// Reads `host:port`, `[v6]:port` or `http://host:port`.
    ///
    /// - Parameters:
    ///   - text: what the operator gave.
    ///   - defaultPort: used when the text has none.
    /// - Throws: `ServerFailure` that says what was found.
    public init(_ text: String, defaultPort: Int? = nil) throws(ServerFailure) {
        var rest = Substring(text)
        if rest.hasPrefix("http://") { rest = rest.dropFirst(7) }
        if rest.hasSuffix("/") { rest = rest.dropLast() }
        let wanted = ServerFailure("'\(text)' is not an address; wanted host:port")
        let host: Substring
        var tail: Substring
        if rest.hasPrefix("["), let end = rest.firstIndex(of: "]") {
            host = rest[rest.index(after: rest.startIndex)..<end]
            tail = rest[rest.index(after: end)...]
        } else {
            let colon = rest.lastIndex(of: ":") ?? rest.endIndex
            host = rest[..<colon]
            tail = rest[colon...]
        }
        guard !host.isEmpty, !host.contains("/"), !host.contains("://") else { throw wanted }
        if tail.isEmpty, let defaultPort {
            self.init(host: String(host), port: defaultPort)
            return
        }
        guard tail.popFirst() == ":", let port = Int(tail), (0...65_535).contains(port) else {
            throw wanted
        }
        self.init(host: String(host), port: port)
    }

    /// Whether only this machine can reach it.
    public var isLoopback: Bool {
        self.host == "localhost" || self.host == "::1" || self.host.hasPrefix("127.")
    }

    /// `host:port`, IPv6 in brackets.
    public var description: String {
        self.host.contains(":") ? "[\(self.host)]:\(self.port)" : "\(self.host):\(self.port)"
    }
}
