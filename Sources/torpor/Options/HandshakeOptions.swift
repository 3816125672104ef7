internal import ArgumentParser
internal import Foundation
internal import WebSocketWire

/// What a handshake says besides its path.
struct HandshakeOptions: ParsableArguments {
    @Option(
        name: .customLong("header"),
        help: ArgumentHelp(
            "A request header of every connection; replaces the script's. Repeatable.",
            valueName: "name: value"
        )
    )
    var headers: [String] = []

    @Option(
        name: .customLong("cookie"),
        help: ArgumentHelp("A cookie of every connection. Repeatable.", valueName: "name=value")
    )
    var cookies: [String] = []

    @Option(
        name: .customLong("subprotocol"),
        help: "A subprotocol to offer before the script's own. Repeatable."
    )
    var subprotocols: [String] = []

    func validate() throws {
        for header in self.headers {
            guard let colon = header.firstIndex(of: ":"), colon > header.startIndex,
                header[..<colon].utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
            else { throw ValidationError("--header '\(header)' is not 'name: value'") }
        }
        for cookie in self.cookies
        where cookie.firstIndex(of: "=") ?? cookie.startIndex
            == cookie.startIndex
        {
            throw ValidationError("--cookie '\(cookie)' is not name=value")
        }
        for subprotocol in self.subprotocols
        where subprotocol.isEmpty || subprotocol.contains(where: { $0 == "," || $0 == " " }) {
            throw ValidationError("--subprotocol '\(subprotocol)' has a blank or a comma")
        }
        for text in self.headers + self.cookies + self.subprotocols
        where text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) {
            throw ValidationError("'\(text)' has a line end or a control character")
        }
    }

    /// The flags again, with no value that may be a secret.
    var redacted: [String] {
        let names = self.headers.map { String($0.prefix { $0 != ":" }) }
        let cookies = self.cookies.map { String($0.prefix { $0 != "=" }) }
        return names.flatMap { ["--header", "\($0): ***"] }
            + cookies.flatMap { ["--cookie", "\($0)=***"] }
            + self.subprotocols.flatMap { ["--subprotocol", $0] }
    }

    /// The request headers, cookies in one of them.
    var all: [HTTPHeader] {
        var headers = self.headers.map { header in
            let parts = header.split(separator: ":", maxSplits: 1)
            let value = parts.last.map(String.init) ?? ""
            return HTTPHeader(
                name: String(parts[0]),
                value: value.trimmingCharacters(in: .whitespaces)
            )
        }
        if !self.cookies.isEmpty {
            headers.append(
                HTTPHeader(name: "Cookie", value: self.cookies.joined(separator: "; "))
            )
        }
        return headers
    }
}
