extension [HTTPHeader] {
    /// Without the lines that are meant for the next hop only.
    ///
    /// Source: RFC 9110 §7.6.1.
    public var endToEnd: [HTTPHeader] {
        var named: Set<String> = []
        for header in self where header.name.lowercased() == "connection" {
            for token in header.value.lowercased().split(separator: ",") {
                named.insert(String(token.filter { $0 != " " && $0 != "\t" }))
            }
        }
        return self.filter {
            let name = $0.name.lowercased()
            return !Self.hopByHop.contains(name) && !named.contains(name)
        }
    }

    private static let hopByHop: Set<String> = [
        "connection", "keep-alive", "proxy-authenticate", "proxy-authorization",
        "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
    ]

    /// With the peer's address added to `X-Forwarded-For`.
    ///
    /// - Parameter peer: the address of the client; `nil` changes nothing.
    /// - Returns: the lines, the last of them changed.
    public func forwarded(for peer: String?) -> [HTTPHeader] {
        guard let peer else { return self }
        let before = self.first("x-forwarded-for")
        let value = before.map { $0 + ", " + peer } ?? peer
        return self.filter { $0.name.lowercased() != "x-forwarded-for" }
            + [HTTPHeader(name: "x-forwarded-for", value: value)]
    }
}
