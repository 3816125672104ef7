/// What is wrong with bytes that claim to be a link message.
///
/// Shape: the stream that carried them cannot be read any further.
public struct LinkViolation: Error, Equatable, Sendable {
    /// The ways to be wrong.
    public enum Kind: String, Sendable {
        /// Longer than allowed, or too short to hold version and type.
        case length
        /// Another version of the link.
        case version
        /// A message type nobody knows.
        case type
        /// A field reaches past the end of its message.
        case truncated
        /// Bytes are left over after the last field.
        case trailing
        /// A field has a value that its type does not have.
        case value
        /// Text that is not UTF-8.
        case text
    }

    /// Which way.
    public let kind: Kind
    /// What was found and what was wanted.
    public let reason: String

    /// Makes one.
    public init(_ kind: Kind, _ reason: String) {
        self.kind = kind
        self.reason = reason
    }
}
