/// Who may ask at all: before any route is looked for.
///
/// Without a token only this machine can connect, and a page in a browser on it must not either: it
/// would name another host (DNS rebinding) or another origin.
struct ControlGate: Sendable {
    let token: String?
    let address: ListenAddress

    /// Refuses what must not pass.
    ///
    /// - Parameters:
    ///   - host: the `Host` line.
    ///   - origin: the `Origin` line, as browsers send it.
    ///   - authorization: the `Authorization` line.
    /// - Throws: 401 or 403 with the reason.
    func admit(host: String?, origin: String?, authorization: String?) throws(ControlFailure) {
        if self.token == nil {
            guard let host, self.isOwn(Self.name(ofHost: host)) else {
                throw ControlFailure(
                    403,
                    "the host '\(host ?? "")' is not this one",
                    next: "ask by 127.0.0.1, localhost or [::1], or start with --control-token"
                )
            }
        }
        if let origin, origin != "http://\(host ?? "")" {
            throw ControlFailure(
                403,
                "the origin '\(origin)' is another site",
                next: "ask from a command line, or from a page of this address"
            )
        }
        guard let token = self.token else { return }
        let given = authorization.flatMap { line in
            line.lowercased().hasPrefix("bearer ") ? String(line.dropFirst(7)) : nil
        }
        guard LinkToken.matches(given, token) else {
            var failure = ControlFailure(
                401,
                given == nil ? "there is no token" : "the token is another one",
                next: "send `Authorization: Bearer TOKEN`, the one of --control-token"
            )
            failure.headers = [("www-authenticate", "Bearer")]
            throw failure
        }
    }

    private func isOwn(_ name: String) -> Bool {
        let name = name.lowercased()
        return name == "localhost" || name == "::1" || Self.isLoopbackV4(name)
            || name == self.address.host.lowercased()
    }

    /// Four numbers, the first 127: a name like `127.example.com` is not.
    private static func isLoopbackV4(_ name: String) -> Bool {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }

    /// The name in `name:port` or `[v6]:port`.
    private static func name(ofHost host: String) -> String {
        if host.hasPrefix("["), let end = host.firstIndex(of: "]") {
            return String(host[host.index(after: host.startIndex)..<end])
        }
        guard let colon = host.lastIndex(of: ":") else { return host }
        return String(host[..<colon])
    }
}
