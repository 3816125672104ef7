public import WebSocketWire

/// Which requests go to which server.
///
/// Shape: `[HOST][/PREFIX]=URL`, or a URL alone for everything.
public struct BackendRoute: Sendable, Equatable, CustomStringConvertible {
    /// The request's Host, lower case and without port; `nil` for any.
    public let host: String?
    /// The front of the path, on whole segments; empty for any.
    public let prefix: String
    /// The server.
    public let backend: BackendURL

    /// Reads a route.
    ///
    /// - Throws: a violation of status 400 that says what was expected.
    public init(_ text: String) throws(HTTPViolation) {
        guard let mark = text.firstIndex(of: "="), !text[..<mark].contains("://") else {
            self.backend = try BackendURL(text)
            self.host = nil
            self.prefix = ""
            return
        }
        self.backend = try BackendURL(String(text[text.index(after: mark)...]))
        let front = text[..<mark]
        let slash = front.firstIndex(of: "/") ?? front.endIndex
        let host = front[..<slash].lowercased()
        self.host = host.isEmpty ? nil : host
        let prefix = front[slash...]
        self.prefix = String(prefix.hasSuffix("/") ? prefix.dropLast() : prefix)
        guard !front.isEmpty, !host.contains(":"), !prefix.contains("?") else {
            throw HTTPViolation(
                status: 400,
                reason: "'\(front)' before '=' is no route: HOST, /PREFIX or HOST/PREFIX, "
                    + "without port and query"
            )
        }
    }

    /// Whether a request is for this route.
    func takes(host: String?, path: Substring) -> Bool {
        if let own = self.host, own != host { return false }
        guard path.hasPrefix(self.prefix) else { return false }
        let rest = path.dropFirst(self.prefix.count)
        return self.prefix.isEmpty || rest.isEmpty || rest.first == "/"
    }

    /// The route of a request: one that names its host first, then the longest prefix, then the first.
    static func find(_ routes: [BackendRoute], _ head: RequestHead) -> Int? {
        let path = head.target.prefix { $0 != "?" }
        let host = head.first("host").map(Self.withoutPort)
        var best: Int?
        for (place, route) in routes.enumerated() where route.takes(host: host, path: path) {
            if let other = best.map({ routes[$0] }) {
                let isBetter =
                    (route.host != nil && other.host == nil)
                    || (route.host != nil) == (other.host != nil)
                        && route.prefix.utf8.count > other.prefix.utf8.count
                guard isBetter else { continue }
            }
            best = place
        }
        return best
    }

    private static func withoutPort(_ host: String) -> String {
        let lower = host.lowercased()
        guard let colon = lower.lastIndex(of: ":"), !lower.hasSuffix("]") else { return lower }
        return String(lower[..<colon])
    }

    /// As it is written on the command line.
    public var description: String {
        let front = (self.host ?? "") + self.prefix
        return front.isEmpty ? "\(self.backend)" : "\(front)=\(self.backend)"
    }
}
