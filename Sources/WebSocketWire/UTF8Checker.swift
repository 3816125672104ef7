import struct NIOCore.ByteBuffer

/// Checks UTF-8 as it comes, over any split.
///
/// Source: RFC 3629 §4; overlong forms, surrogates and values above U+10FFFF fail at the first byte
/// that makes them certain.
struct UTF8Checker: Sendable {
    private var missing: UInt8 = 0
    private var low: UInt8 = 0x80
    private var high: UInt8 = 0xBF

    /// Whether the text so far ends between characters.
    var isComplete: Bool { self.missing == 0 }

    /// Takes the next bytes; `false` as soon as they cannot be UTF-8.
    mutating func accept(_ buffer: ByteBuffer) -> Bool {
        unsafe buffer.withUnsafeReadableBytes { bytes in
            var at = 0
            let end = bytes.count
            while at < end {
                if self.missing == 0, at &+ 8 <= end {
                    let word = unsafe bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self)
                    if word & 0x8080_8080_8080_8080 == 0 {
                        at &+= 8
                        continue
                    }
                }
                guard self.accept(unsafe bytes[at]) else { return false }
                at &+= 1
            }
            return true
        }
    }

    private mutating func accept(_ byte: UInt8) -> Bool {
        if self.missing > 0 {
            guard byte >= self.low, byte <= self.high else { return false }
            self.missing &-= 1
            self.low = 0x80
            self.high = 0xBF
            return true
        }
        switch byte {
        case 0x00...0x7F: return true
        case 0xC2...0xDF: self.missing = 1
        case 0xE0...0xEF:
            self.missing = 2
            if byte == 0xE0 { self.low = 0xA0 }
            if byte == 0xED { self.high = 0x9F }
        case 0xF0...0xF4:
            self.missing = 3
            if byte == 0xF0 { self.low = 0x90 }
            if byte == 0xF4 { self.high = 0x8F }
        default: return false
        }
        return true
    }
}
