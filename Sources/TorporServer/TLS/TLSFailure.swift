/// Why a TLS connection, or the files it needs, could not be had: what was found and what to do next.
public struct TLSFailure: Error, Equatable, Sendable, CustomStringConvertible {
    /// What kind of failure, for who handles it.
    public enum Kind: Sendable {
        /// A certificate or key file is missing, unreadable or does not fit.
        case file
        /// The two ends did not agree, or one does not trust the other.
        case handshake
        /// The peer spoke HTTP without TLS to a server.
        case plainHTTP
        /// The connection ended without the peer's close_notify: bytes may be missing.
        case cutOff
    }

    /// What kind.
    public let kind: Kind
    /// In plain words.
    public let description: String

    /// Makes one.
    public init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }
}
