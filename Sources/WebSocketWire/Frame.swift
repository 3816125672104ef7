public import struct NIOCore.ByteBuffer

/// One frame as it came off the wire.
///
/// Shape: the payload keeps its wire bytes until `unmask()`. Source: RFC 6455 §5.2.
public struct Frame: Sendable, Equatable {
    /// Last frame of its message.
    public var fin: Bool
    /// RSV1…RSV3 as the bits 4, 2, 1.
    public var rsv: UInt8
    /// The four opcode bits.
    public var opcode: UInt8
    /// The masking key, big-endian; `nil` when the payload is in the clear.
    public var maskKey: UInt32?
    /// Payload bytes; still masked while `maskKey` is not `nil`.
    public var payload: ByteBuffer
    /// Header and payload, bytes.
    public var wireLength: Int

    /// Makes a frame.
    public init(
        fin: Bool,
        rsv: UInt8,
        opcode: UInt8,
        maskKey: UInt32?,
        payload: ByteBuffer,
        wireLength: Int
    ) {
        self.fin = fin
        self.rsv = rsv
        self.opcode = opcode
        self.maskKey = maskKey
        self.payload = payload
        self.wireLength = wireLength
    }

    /// Puts the payload in the clear; nothing happens the second time.
    public mutating func unmask() {
        guard let key = self.maskKey else { return }
        Masking.apply(key, to: &self.payload)
        self.maskKey = nil
    }
}
