import FramePath

public import struct NIOCore.ByteBuffer

/// The bytes of link messages.
///
/// Shape: u32 length of what follows, u8 version, u8 type, fields. Integers are big-endian; text and
/// bytes have a u32 length; lists have a u32 count; optionals have a 0/1 byte before them.
public enum LinkCodec {
    /// Bytes after the length field, at most: a 32 MiB message and room for its stamps.
    public static let lengthMax = 33 * 1024 * 1024
    /// The version this code writes and reads.
    public static let version: UInt8 = 2

    /// Appends one message.
    ///
    /// The caller keeps messages within `lengthMax`; a longer one is refused by whoever reads it.
    ///
    /// - Parameters:
    ///   - message: what to write.
    ///   - out: grows by the message's bytes.
    public static func encode(_ message: LinkMessage, into out: inout ByteBuffer) {
        let start = out.writerIndex
        var writer = LinkWriter(out: out)
        // The copy in `writer` must be the only one, or its first write copies the whole buffer.
        out = ByteBuffer()
        writer.integer(UInt32(0))
        writer.integer(Self.version)
        writer.integer(message.code.rawValue)
        writer.fields(of: message)
        out = writer.out
        let length = out.writerIndex - start - MemoryLayout<UInt32>.size
        out.setInteger(UInt32(clamping: length), at: start)
    }
}

/// The type byte of each message.
enum LinkCode: UInt8, CaseIterable {
    case hello = 1
    case helloAck = 2
    case helloRefused = 3
    case attachRequest = 4
    case reload = 5
    case wake = 16
    case open = 17
    case message = 18
    case close = 19
    case error = 20
    case hibernateReady = 21
    case credit = 22
    case hibernateRequest = 23
    case accept = 32
    case reject = 33
    case send = 34
    case closeSession = 35
    case cutSession = 36
    case attach = 37
    case autoResponse = 38
    case life = 39
    case hibernateBegin = 40
    case hibernateCancel = 41
    case hibernate = 42
    case hibernateRefused = 43
}

extension LinkMessage {
    var code: LinkCode {
        switch self {
        case .hello: .hello
        case .helloAck: .helloAck
        case .helloRefused: .helloRefused
        case .attachRequest: .attachRequest
        case .reload: .reload
        case .wake: .wake
        case .open: .open
        case .message: .message
        case .close: .close
        case .error: .error
        case .hibernateReady: .hibernateReady
        case .credit: .credit
        case .hibernateRequest: .hibernateRequest
        case .accept: .accept
        case .reject: .reject
        case .send: .send
        case .closeSession: .closeSession
        case .cutSession: .cutSession
        case .attach: .attach
        case .autoResponse: .autoResponse
        case .life: .life
        case .hibernateBegin: .hibernateBegin
        case .hibernateCancel: .hibernateCancel
        case .hibernate: .hibernate
        case .hibernateRefused: .hibernateRefused
        }
    }
}
