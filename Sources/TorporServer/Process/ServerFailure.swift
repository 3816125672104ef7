/// A server cannot start: an operator's mistake, said in one line.
public struct ServerFailure: Error, Equatable, Sendable, CustomStringConvertible {
    /// What was found, what was wanted.
    public let description: String

    /// Makes one.
    public init(_ description: String) { self.description = description }
}
