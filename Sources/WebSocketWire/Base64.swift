/// Base64 with padding.
///
/// Source: RFC 4648 §4.
public enum Base64 {
    private static let alphabet = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8
    )

    /// Encodes bytes.
    public static func encode(_ bytes: some Sequence<UInt8>) -> String {
        let bytes = Array(bytes)
        var out: [UInt8] = []
        out.reserveCapacity((bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let count = min(3, bytes.count - start)
            var group = UInt32(bytes[start]) << 16
            if count > 1 { group |= UInt32(bytes[start + 1]) << 8 }
            if count > 2 { group |= UInt32(bytes[start + 2]) }
            for index in 0..<4 {
                out.append(
                    index <= count
                        ? Self.alphabet[Int(group >> UInt32(18 - 6 * index) & 0x3F)] : 0x3D
                )
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    /// Whether a text is the base64 of exactly 16 bytes, as a handshake key must be.
    static func isSixteenBytes(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        return bytes.count == 24 && bytes.hasSuffix([0x3D, 0x3D])
            && bytes.dropLast(2).allSatisfy(Self.alphabet.contains)
    }
}

extension [UInt8] {
    fileprivate func hasSuffix(_ suffix: [UInt8]) -> Bool {
        self.suffix(suffix.count) == suffix[...]
    }
}
