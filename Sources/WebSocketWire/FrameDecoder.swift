public import struct NIOCore.ByteBuffer

/// Bytes of one leg and direction in, frames out.
///
/// Shape: takes 2…14 header bytes and the payload together, or nothing. Units: bytes. Errors: a
/// header that cannot be legal, or that announces more than the limit, is a violation at once, before
/// its payload is buffered. Source: RFC 6455 §5.2.
public struct FrameDecoder: Sendable {
    private let payloadMax: Int
    private var buffer = ByteBuffer()

    /// Makes a decoder for payloads of at most `payloadMax` bytes.
    ///
    /// A `ByteBuffer` holds less than 4 GiB, so a larger limit counts as 2 GiB.
    public init(payloadMax: Int) {
        self.payloadMax = max(0, min(payloadMax, Int(Int32.max)))
    }

    /// Bytes waiting for the rest of their frame.
    public var bufferedBytes: Int { self.buffer.readableBytes }

    /// Takes bytes, oldest first.
    public mutating func append(_ bytes: ByteBuffer) {
        // Nothing to read may still be a large buffer to hold.
        guard bytes.readableBytes > 0 else { return }
        if self.buffer.readableBytes == 0 {
            self.buffer = bytes
        } else {
            var bytes = bytes
            self.buffer.discardReadBytes()
            self.buffer.writeBuffer(&bytes)
        }
    }

    /// The next whole frame, or `nil` when more bytes are needed.
    public mutating func next() throws(WireViolation) -> Frame? {
        guard let header = try self.header() else { return nil }
        let wireLength = header.headerLength + header.length
        guard self.buffer.readableBytes >= wireLength else { return nil }
        self.buffer.moveReaderIndex(forwardBy: header.headerLength)
        guard let payload = self.buffer.readSlice(length: header.length) else { return nil }
        if self.buffer.readableBytes == 0 { self.buffer = ByteBuffer() }
        return Frame(
            fin: header.first & 0x80 != 0,
            rsv: header.first >> 4 & 0x7,
            opcode: header.first & 0xF,
            maskKey: header.maskKey,
            payload: payload,
            wireLength: wireLength
        )
    }

    private struct Header {
        var first: UInt8
        var maskKey: UInt32?
        var length: Int
        var headerLength: Int
    }

    private func header() throws(WireViolation) -> Header? {
        let start = self.buffer.readerIndex
        guard let first: UInt8 = self.buffer.getInteger(at: start),
            let second: UInt8 = self.buffer.getInteger(at: start + 1)
        else { return nil }
        let isMasked = second & 0x80 != 0
        var length = UInt64(second & 0x7F)
        var headerLength = 2
        if length == 126 {
            guard let long: UInt16 = self.buffer.getInteger(at: start + 2) else { return nil }
            guard long >= 126 else {
                throw .protocolError("payload length not in its shortest form")
            }
            length = UInt64(long)
            headerLength = 4
        } else if length == 127 {
            guard let long: UInt64 = self.buffer.getInteger(at: start + 2) else { return nil }
            guard long >> 63 == 0 else {
                throw .protocolError("payload length with the top bit set")
            }
            guard long > 0xFFFF else {
                throw .protocolError("payload length not in its shortest form")
            }
            length = long
            headerLength = 10
        }
        if first & 0x08 != 0, length > 125 {
            throw .protocolError("control frame of more than 125 bytes")
        }
        guard length <= UInt64(self.payloadMax) else {
            throw WireViolation(
                closeCode: 1009,
                reason: "frame of \(length) bytes, the limit is \(self.payloadMax)"
            )
        }
        var maskKey: UInt32?
        if isMasked {
            guard let key: UInt32 = self.buffer.getInteger(at: start + headerLength) else {
                return nil
            }
            maskKey = key
            headerLength += 4
        }
        return Header(
            first: first,
            maskKey: maskKey,
            length: Int(length),
            headerLength: headerLength
        )
    }
}
