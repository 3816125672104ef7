public import struct NIOCore.ByteBuffer

/// Bytes of one leg and direction, cut where frames begin and end, legal or not.
///
/// Shape: looks at headers and hands bytes over as they came: longer length forms, reserved bits,
/// missing masks and unknown opcodes all pass. Units: bytes. Errors: only a length that no frame can
/// have. Source: RFC 6455 §5.2.
public struct FrameSplitter: Sendable {
    /// What the first bytes of a frame say.
    public struct Header: Sendable {
        /// FIN, RSV1…3 and the opcode.
        public var first: UInt8
        /// The masking key, big-endian; `nil` when the payload is in the clear.
        public var maskKey: UInt32?
        /// Bytes before the payload.
        public var length: Int
        /// Bytes of the payload.
        public var payloadLength: Int

        /// Last frame of its message.
        public var isFinal: Bool { self.first & 0x80 != 0 }
        /// The four opcode bits.
        public var opcode: UInt8 { self.first & 0xF }
        /// Close, Ping, Pong and the reserved ones beside them.
        public var isControl: Bool { self.first & 0x8 != 0 }
        /// Header and payload.
        public var wireLength: Int { self.length + self.payloadLength }
    }

    private var buffer = ByteBuffer()

    /// Makes one with nothing in it.
    public init() {}

    /// Bytes that were not taken yet.
    public var readableBytes: Int { self.buffer.readableBytes }

    /// Takes bytes in, oldest first.
    public mutating func append(_ bytes: ByteBuffer) {
        guard self.buffer.readableBytes > 0 else {
            self.buffer = bytes
            return
        }
        self.buffer.discardReadBytes()
        self.buffer.writeImmutableBuffer(bytes)
    }

    /// Looks at the header that begins `offset` bytes from the first byte not taken.
    ///
    /// - Parameter offset: the end of frames already looked at.
    /// - Returns: the header, or `nil` when it is not whole yet.
    /// - Throws: a length with its top bit set, or so long that no reader can follow.
    public func header(at offset: Int) throws(WireViolation) -> Header? {
        let start = self.buffer.readerIndex + offset
        guard let first: UInt8 = self.buffer.getInteger(at: start),
            let second: UInt8 = self.buffer.getInteger(at: start + 1)
        else { return nil }
        var length = 2
        var payload = Int(second & 0x7F)
        if payload == 126 {
            guard let long: UInt16 = self.buffer.getInteger(at: start + 2) else { return nil }
            payload = Int(long)
            length = 4
        } else if payload == 127 {
            guard let long: UInt64 = self.buffer.getInteger(at: start + 2) else { return nil }
            guard let exact = Int(exactly: long) else {
                throw .protocolError("payload length with the top bit set")
            }
            guard exact <= Int.max / 4 else {
                throw WireViolation(closeCode: 1009, reason: "frame of \(exact) bytes")
            }
            payload = exact
            length = 10
        }
        var key: UInt32?
        if second & 0x80 != 0 {
            guard let mask: UInt32 = self.buffer.getInteger(at: start + length) else { return nil }
            key = mask
            length += 4
        }
        return Header(first: first, maskKey: key, length: length, payloadLength: payload)
    }

    /// Takes the first `count` bytes, or all there are when these are fewer.
    public mutating func take(_ count: Int) -> ByteBuffer {
        guard count < self.buffer.readableBytes, let bytes = self.buffer.readSlice(length: count)
        else {
            let all = self.buffer
            self.buffer = ByteBuffer()
            return all
        }
        return bytes
    }

    /// The payload of a whole frame in the clear.
    ///
    /// - Parameters:
    ///   - wire: header and payload as taken.
    ///   - header: what `header` said of it.
    /// - Returns: a copy when it was masked, else a slice.
    public static func payload(of wire: ByteBuffer, _ header: Header) -> ByteBuffer {
        let start = wire.readerIndex + header.length
        guard var payload = wire.getSlice(at: start, length: header.payloadLength) else {
            return ByteBuffer()
        }
        if let key = header.maskKey { Masking.apply(key, to: &payload) }
        return payload
    }
}
