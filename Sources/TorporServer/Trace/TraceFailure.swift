/// A trace folder or file cannot be used: an operator's mistake, or a full disk at start.
public struct TraceFailure: Error, Equatable, Sendable, CustomStringConvertible {
    /// The file or folder.
    public let path: String
    /// What was wrong with it.
    public let reason: String

    /// Both in one line.
    public var description: String { "\(self.path): \(self.reason)" }
}
