public import WebSocketWire

/// The address of a server behind the edge.
///
/// Shape: `ws://`, `wss://`, `http://` or `https://`; a path is put before the client's own.
public struct BackendURL: Sendable, Equatable, CustomStringConvertible {
    /// Whether it is reached over TLS.
    public let isSecure: Bool
    /// Host name or address, without brackets.
    public let host: String
    /// 80 and 443 when not given.
    public let port: Int
    /// The value of a Host header.
    public let authority: String
    /// What stands before the client's path; empty for none.
    public let base: String

    /// Reads an address.
    ///
    /// - Throws: a violation of status 400 that says what was expected.
    public init(_ text: String) throws(HTTPViolation) {
        let lower = text.lowercased()
        var rest = text
        if lower.hasPrefix("http://") || lower.hasPrefix("https://") {
            rest = "ws" + text.dropFirst(4)
        } else if !lower.hasPrefix("ws://"), !lower.hasPrefix("wss://") {
            throw HTTPViolation(
                status: 400,
                reason: "'\(text)' is no backend: it starts with ws://, wss://, http:// or https://"
            )
        }
        let url = try WebSocketURL(rest)
        guard !url.target.contains("?") else {
            throw HTTPViolation(
                status: 400,
                reason: "a backend has no query; the client's own is passed on"
            )
        }
        self.isSecure = url.isSecure
        self.host = url.host
        self.port = url.port
        self.authority = url.hostHeader
        self.base = String(url.target.hasSuffix("/") ? url.target.dropLast() : url.target[...])
    }

    /// The target to ask this server for.
    public func target(_ client: String) -> String {
        guard !self.base.isEmpty else { return client }
        if client == "/" || client.hasPrefix("/?") { return self.base + client.dropFirst() }
        return self.base + client
    }

    /// As it is written on the command line.
    public var description: String {
        (self.isSecure ? "wss://" : "ws://") + self.authority + self.base
    }
}
