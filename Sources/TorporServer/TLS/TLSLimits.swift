internal import NIOCore

/// Bounds of one TLS connection.
enum TLSLimits {
    /// From the TCP connection to the end of the handshake.
    static let handshakeTime = TimeAmount.seconds(10)
    /// Handshakes under way on one listener; more connections are closed at once.
    static let handshakesMax = 4_096
    /// The smallest room given to one read of plaintext, bytes.
    static let readBytesMin = 256
    /// Room for the records around plaintext besides 1/512 of it, bytes.
    static let recordBytes = 96
}
