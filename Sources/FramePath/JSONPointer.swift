/// A place in a JSON document, written `/a/b/0`.
///
/// Source: RFC 6901; the empty text is the whole document.
public struct JSONPointer: Sendable, Hashable {
    /// The names and indices on the way, unescaped.
    public let tokens: [String]

    /// Reads the written form, or gives nothing when it is not a pointer.
    ///
    /// - Parameter text: empty, or a slash before each token; `~0` is `~` and `~1` is `/`.
    public init?(_ text: String) {
        guard !text.isEmpty else {
            self.tokens = []
            return
        }
        guard text.hasPrefix("/") else { return nil }
        var tokens: [String] = []
        for part in text.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
            guard let token = Self.unescape(part) else { return nil }
            tokens.append(token)
        }
        self.tokens = tokens
    }

    private static func unescape(_ part: Substring) -> String? {
        var token = ""
        var isEscaped = false
        for scalar in part.unicodeScalars {
            switch (isEscaped, scalar) {
            case (true, "0"): token.unicodeScalars.append("~")
            case (true, "1"): token.unicodeScalars.append("/")
            case (true, _): return nil
            case (false, "~"):
                isEscaped = true
                continue
            case (false, _): token.unicodeScalars.append(scalar)
            }
            isEscaped = false
        }
        return isEscaped ? nil : token
    }
}

extension JSONPointer: CustomStringConvertible {
    /// The written form.
    public var description: String {
        var text = ""
        for token in self.tokens {
            text += "/"
            for scalar in token.unicodeScalars {
                switch scalar {
                case "~": text += "~0"
                case "/": text += "~1"
                default: text.unicodeScalars.append(scalar)
                }
            }
        }
        return text
    }
}
