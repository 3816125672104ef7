internal import FramePath

public import struct NIOCore.ByteBuffer

/// The JSON messages of the pingpong service, from the client's side.
///
/// Source: the service of the original bug; every message is an object with a `type`.
public enum PingPongText {
    /// How far into a message its fields are looked for, bytes.
    static let scanMax = 4_096

    /// `{"type":"message","message":…,"timestamp":…}`.
    ///
    /// - Parameters:
    ///   - text: the message.
    ///   - wall: milliseconds since 1970.
    /// - Returns: the payload of a text frame.
    public static func message(_ text: String, wall: UInt64) -> ByteBuffer {
        Self.object("message", wall: wall) { writer in
            writer.key("message")
            writer.string(text)
        }
    }

    /// `{"type":"ping","timestamp":…}`.
    ///
    /// - Parameter wall: milliseconds since 1970.
    /// - Returns: the payload of a text frame.
    public static func ping(wall: UInt64) -> ByteBuffer {
        Self.object("ping", wall: wall) { _ in }
    }

    /// `{"type":"heartbeat","timestamp":…}`.
    ///
    /// - Parameter wall: milliseconds since 1970.
    /// - Returns: the payload of a text frame.
    public static func heartbeat(wall: UInt64) -> ByteBuffer {
        Self.object("heartbeat", wall: wall) { _ in }
    }

    /// The `type` of a message, at most 64 bytes, or `nil` when it has none.
    ///
    /// - Parameter payload: the message.
    /// - Returns: the value at `/type`.
    public static func type(of payload: ByteBuffer) -> String? {
        guard let type = Self.string("/type", of: payload), type.utf8.count <= 64 else {
            return nil
        }
        return type
    }

    /// A string field of a message.
    ///
    /// - Parameters:
    ///   - pointer: where, as a JSON pointer.
    ///   - payload: the message.
    /// - Returns: the text, or `nil` when there is none.
    public static func string(_ pointer: String, of payload: ByteBuffer) -> String? {
        guard let place = JSONPointer(pointer) else { return nil }
        return JSONBytes.string(at: place, in: payload, scanMax: Self.scanMax)
    }

    /// A whole number field of a message.
    ///
    /// - Parameters:
    ///   - pointer: where, as a JSON pointer.
    ///   - payload: the message.
    /// - Returns: the number, or `nil` when there is none.
    public static func integer(_ pointer: String, of payload: ByteBuffer) -> UInt64? {
        guard let place = JSONPointer(pointer),
            case .number(let digits)? = JSONBytes.scalar(
                at: place,
                in: payload,
                scanMax: Self.scanMax
            )
        else { return nil }
        return UInt64(digits)
    }

    private static func object(
        _ type: String,
        wall: UInt64,
        fields: (inout JSONWriter) -> Void
    ) -> ByteBuffer {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("type")
        writer.string(type)
        fields(&writer)
        writer.key("timestamp")
        writer.string(WallTime.iso(wall))
        writer.endObject()
        return ByteBuffer(bytes: writer.bytes)
    }
}
