import struct NIOCore.ByteBuffer

/// The masking of RFC 6455 §5.3, eight bytes at a time.
enum Masking {
    /// Masks or unmasks, in place, the readable bytes after the first `skipped` ones.
    static func apply(_ key: UInt32, to buffer: inout ByteBuffer, skipping skipped: Int = 0) {
        let length = buffer.readableBytes - skipped
        guard length > 0, key != 0 else { return }
        let half = UInt64(key.bigEndian)
        let wide = half | half << 32
        unsafe buffer.withUnsafeMutableReadableBytes { all in
            let bytes = unsafe UnsafeMutableRawBufferPointer(rebasing: all[skipped...])
            var at = 0
            while at &+ 8 <= length {
                let word = unsafe bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self) ^ wide
                unsafe bytes.storeBytes(of: word, toByteOffset: at, as: UInt64.self)
                at &+= 8
            }
            while at < length {
                let byte = UInt8(truncatingIfNeeded: key >> (24 &- 8 &* UInt32(at & 3)))
                unsafe bytes[at] ^= byte
                at &+= 1
            }
        }
    }
}
