/// A peer broke RFC 6455; the connection is failed with this code (§7.1.7).
public struct WireViolation: Error, Equatable, Sendable {
    /// The Close code to answer with: 1002, 1007 or 1009.
    public let closeCode: UInt16
    /// Plain words, at most 123 bytes.
    public let reason: String

    /// Makes a violation.
    public init(closeCode: UInt16, reason: String) {
        self.closeCode = closeCode
        self.reason = reason
    }

    static func protocolError(_ reason: String) -> WireViolation {
        WireViolation(closeCode: 1002, reason: reason)
    }
}
