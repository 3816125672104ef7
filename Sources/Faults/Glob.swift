/// A text with `*` for anything and `?` for one byte.
///
/// Shape: matches the whole text, byte by byte, in time linear for each star.
public struct Glob: Sendable, Hashable {
    /// As written.
    public let text: String
    private let pattern: [UInt8]

    /// Makes a pattern; every text is one.
    public init(_ text: String) {
        self.text = text
        self.pattern = Array(text.utf8)
    }

    /// Whether the whole of `candidate` matches.
    ///
    /// - Parameter candidate: a name or a key.
    /// - Returns: `true` when it does.
    public func matches(_ candidate: String) -> Bool {
        let bytes = Array(candidate.utf8)
        var at = 0
        var next = 0
        // Where to go on when the bytes after the last star turn out not to match.
        var retry: (pattern: Int, at: Int)?
        while at < bytes.count {
            if next < self.pattern.count, self.pattern[next] == UInt8(ascii: "*") {
                next += 1
                retry = (next, at)
            } else if next < self.pattern.count,
                self.pattern[next] == UInt8(ascii: "?") || self.pattern[next] == bytes[at]
            {
                next += 1
                at += 1
            } else if let last = retry {
                next = last.pattern
                at = last.at + 1
                retry = (last.pattern, at)
            } else {
                return false
            }
        }
        return self.pattern[next...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}
