public import struct NIOCore.ByteBuffer

/// Writes one frame, legal or not: what is asked for is what goes out.
///
/// Source: RFC 6455 §5.2.
public enum FrameEncoder {
    /// Appends a frame to `out`, with the shortest length form.
    ///
    /// - Parameters:
    ///   - opcode: the four opcode bits.
    ///   - fin: last frame of its message.
    ///   - rsv: RSV1…RSV3 as the bits 4, 2, 1.
    ///   - maskKey: big-endian key, or `nil` for none.
    ///   - payload: bytes in the clear.
    ///   - out: where the frame is appended.
    public static func encode(
        opcode: UInt8,
        fin: Bool = true,
        rsv: UInt8 = 0,
        maskKey: UInt32? = nil,
        payload: ByteBuffer,
        into out: inout ByteBuffer
    ) {
        let length = payload.readableBytes
        out.reserveCapacity(minimumWritableBytes: length + 14)
        out.writeInteger((fin ? 0x80 : 0) | (rsv & 0x7) << 4 | opcode & 0xF)
        let mask: UInt8 = maskKey == nil ? 0 : 0x80
        if length < 126 {
            out.writeInteger(mask | UInt8(length))
        } else if length <= 0xFFFF {
            out.writeInteger(mask | 126)
            out.writeInteger(UInt16(length))
        } else {
            out.writeInteger(mask | 127)
            out.writeInteger(UInt64(length))
        }
        if let maskKey { out.writeInteger(maskKey) }
        let before = out.readableBytes
        var clear = payload
        out.writeBuffer(&clear)
        // Masked where it lands: masking `payload` itself would copy shared bytes a second time.
        if let maskKey { Masking.apply(maskKey, to: &out, skipping: before) }
    }
}
