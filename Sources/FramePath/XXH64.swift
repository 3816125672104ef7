public import struct NIOCore.ByteBuffer

/// The one hash of traces, session keys and rule ids.
///
/// Shape: 64 bits, seed 0 unless said otherwise. Source: the XXH64 specification of xxHash.
public enum XXH64 {
    /// Hashes the readable bytes.
    ///
    /// - Parameters:
    ///   - bytes: the bytes; their reader index stays.
    ///   - seed: 0 for everything that is written down.
    /// - Returns: the 64-bit digest.
    public static func hash(_ bytes: ByteBuffer, seed: UInt64 = 0) -> UInt64 {
        var rest = bytes
        var digest: UInt64
        if bytes.readableBytes >= 32 {
            digest = Self.stripes(of: &rest, seed: seed)
        } else {
            digest = seed &+ Self.prime5
        }
        digest &+= UInt64(bytes.readableBytes)
        return Self.finish(digest, tail: &rest)
    }

    /// Hashes the UTF-8 bytes of a text.
    ///
    /// - Parameter text: any text.
    /// - Returns: the 64-bit digest.
    public static func hash(_ text: String) -> UInt64 {
        Self.hash(ByteBuffer(string: text))
    }

    /// Hashes a payload at a bounded cost.
    ///
    /// Shape: over 64 KiB it is the hash of the first 32 KiB, the last 32 KiB and the length as
    /// eight little-endian bytes.
    ///
    /// - Parameter payload: an unmasked payload.
    /// - Returns: the 64-bit digest.
    public static func payloadHash(_ payload: ByteBuffer) -> UInt64 {
        let half = 32 * 1024
        guard payload.readableBytes > 2 * half else { return Self.hash(payload) }
        var sample = payload.getSlice(at: payload.readerIndex, length: half) ?? ByteBuffer()
        if var tail = payload.getSlice(at: payload.writerIndex - half, length: half) {
            sample.writeBuffer(&tail)
        }
        sample.writeInteger(UInt64(payload.readableBytes), endianness: .little)
        return Self.hash(sample)
    }

    private static let prime1: UInt64 = 0x9E37_79B1_85EB_CA87
    private static let prime2: UInt64 = 0xC2B2_AE3D_27D4_EB4F
    private static let prime3: UInt64 = 0x1656_67B1_9E37_79F9
    private static let prime4: UInt64 = 0x85EB_CA77_C2B2_AE63
    private static let prime5: UInt64 = 0x27D4_EB2F_1656_67C5

    private static func stripes(of rest: inout ByteBuffer, seed: UInt64) -> UInt64 {
        var lane1 = seed &+ Self.prime1 &+ Self.prime2
        var lane2 = seed &+ Self.prime2
        var lane3 = seed
        var lane4 = seed &- Self.prime1
        while rest.readableBytes >= 32,
            let word1 = rest.readInteger(endianness: .little, as: UInt64.self),
            let word2 = rest.readInteger(endianness: .little, as: UInt64.self),
            let word3 = rest.readInteger(endianness: .little, as: UInt64.self),
            let word4 = rest.readInteger(endianness: .little, as: UInt64.self)
        {
            lane1 = Self.round(lane1, word1)
            lane2 = Self.round(lane2, word2)
            lane3 = Self.round(lane3, word3)
            lane4 = Self.round(lane4, word4)
        }
        var digest =
            Self.rotate(lane1, 1) &+ Self.rotate(lane2, 7)
            &+ Self.rotate(lane3, 12) &+ Self.rotate(lane4, 18)
        digest = Self.merge(digest, lane1)
        digest = Self.merge(digest, lane2)
        digest = Self.merge(digest, lane3)
        return Self.merge(digest, lane4)
    }

    private static func finish(_ start: UInt64, tail: inout ByteBuffer) -> UInt64 {
        var digest = start
        while tail.readableBytes >= 8,
            let word = tail.readInteger(endianness: .little, as: UInt64.self)
        {
            digest ^= Self.round(0, word)
            digest = Self.rotate(digest, 27) &* Self.prime1 &+ Self.prime4
        }
        if tail.readableBytes >= 4,
            let word = tail.readInteger(endianness: .little, as: UInt32.self)
        {
            digest ^= UInt64(word) &* Self.prime1
            digest = Self.rotate(digest, 23) &* Self.prime2 &+ Self.prime3
        }
        while let byte = tail.readInteger(as: UInt8.self) {
            digest ^= UInt64(byte) &* Self.prime5
            digest = Self.rotate(digest, 11) &* Self.prime1
        }
        digest ^= digest >> 33
        digest &*= Self.prime2
        digest ^= digest >> 29
        digest &*= Self.prime3
        return digest ^ (digest >> 32)
    }

    private static func round(_ lane: UInt64, _ word: UInt64) -> UInt64 {
        Self.rotate(lane &+ word &* Self.prime2, 31) &* Self.prime1
    }

    private static func merge(_ digest: UInt64, _ lane: UInt64) -> UInt64 {
        (digest ^ Self.round(0, lane)) &* Self.prime1 &+ Self.prime4
    }

    private static func rotate(_ value: UInt64, _ count: UInt64) -> UInt64 {
        (value << count) | (value >> (64 - count))
    }
}
