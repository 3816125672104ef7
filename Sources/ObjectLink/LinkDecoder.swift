public import struct NIOCore.ByteBuffer

/// Cuts the bytes of one stream into link messages.
///
/// Shape: append what arrived, take messages until `nil`. Errors: after a violation the stream is lost
/// and every further `next` throws the same.
public struct LinkDecoder: Sendable {
    /// Bytes after the length field, at most.
    private let lengthMax: Int
    private var buffer = ByteBuffer()
    private var violation: LinkViolation?

    /// Makes a decoder.
    ///
    /// - Parameter lengthMax: longest accepted message in bytes, without its length field.
    public init(lengthMax: Int = LinkCodec.lengthMax) {
        self.lengthMax = lengthMax
    }

    /// Bytes that arrived and are not yet part of a message.
    public var bufferedBytes: Int { self.buffer.readableBytes }

    /// Takes bytes as they came.
    ///
    /// - Parameter bytes: the next bytes of the stream.
    public mutating func append(_ bytes: ByteBuffer) {
        guard self.violation == nil else { return }
        if self.buffer.readableBytes == 0 {
            self.buffer = bytes
        } else {
            self.buffer.writeImmutableBuffer(bytes)
        }
    }

    /// Gives the next whole message.
    ///
    /// - Returns: the message, or `nil` if more bytes are needed.
    /// - Throws: what is wrong with the bytes.
    public mutating func next() throws(LinkViolation) -> LinkMessage? {
        if let violation { throw violation }
        do throws(LinkViolation) {
            return try self.take()
        } catch {
            self.violation = error
            self.buffer = ByteBuffer()
            throw error
        }
    }

    private mutating func take() throws(LinkViolation) -> LinkMessage? {
        guard
            let prefix = self.buffer.getInteger(at: self.buffer.readerIndex, as: UInt32.self)
        else { return nil }
        let length = Int(prefix)
        guard length >= 2 else {
            throw LinkViolation(.length, "a message of \(length) bytes, wanted at least 2")
        }
        guard length <= self.lengthMax else {
            throw LinkViolation(
                .length,
                "a message of \(length) bytes, wanted at most \(self.lengthMax)"
            )
        }
        guard self.buffer.readableBytes >= 4 + length else { return nil }
        self.buffer.moveReaderIndex(forwardBy: 4)
        guard let body = self.buffer.readSlice(length: length) else { return nil }
        return try Self.message(in: body)
    }

    private static func message(in body: ByteBuffer) throws(LinkViolation) -> LinkMessage {
        var reader = LinkReader(rest: body)
        let version: UInt8 = try reader.integer("version")
        guard version == LinkCodec.version else {
            throw LinkViolation(.version, "version \(version), wanted \(LinkCodec.version)")
        }
        let type: UInt8 = try reader.integer("type")
        guard let code = LinkCode(rawValue: type) else {
            throw LinkViolation(.type, "unknown message type \(type)")
        }
        let message = try reader.fields(of: code)
        guard reader.rest.readableBytes == 0 else {
            throw LinkViolation(
                .trailing,
                "\(reader.rest.readableBytes) bytes after the last field of \(code)"
            )
        }
        return message
    }
}
