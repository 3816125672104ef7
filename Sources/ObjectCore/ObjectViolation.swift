/// A misuse of the object API by the application: what a Durable Object would throw.
///
/// Shape: thrown to the handler; uncaught, it is logged and the socket stays open.
public struct ObjectViolation: Error, Equatable, Sendable {
    /// What was asked and what is allowed.
    public let reason: String

    /// Makes one.
    public init(_ reason: String) {
        self.reason = reason
    }
}
