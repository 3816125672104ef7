public import struct NIOCore.ByteBuffer

/// Looks single values up in JSON text without building a tree.
///
/// Shape: reads no further than it must; the first of duplicate keys wins; a document that is
/// malformed on the way there has no value. Source: RFC 8259.
public enum JSONBytes {
    /// The text at a place.
    ///
    /// - Parameters:
    ///   - pointer: the place.
    ///   - bytes: a JSON document in UTF-8.
    ///   - scanMax: bytes beyond this count from the front are not looked at.
    /// - Returns: the unescaped text; `nil` when nothing or something else is there.
    public static func string(
        at pointer: JSONPointer,
        in bytes: ByteBuffer,
        scanMax: Int
    ) -> String? {
        guard case .string(let text) = Self.scalar(at: pointer, in: bytes, scanMax: scanMax)
        else { return nil }
        return text
    }

    /// The scalar at a place.
    ///
    /// - Parameters:
    ///   - pointer: the place.
    ///   - bytes: a JSON document in UTF-8.
    ///   - scanMax: bytes beyond this count from the front are not looked at.
    /// - Returns: the value; `nil` when nothing, an object or an array is there.
    public static func scalar(
        at pointer: JSONPointer,
        in bytes: ByteBuffer,
        scanMax: Int
    ) -> JSONScalar? {
        var cursor = JSONCursor(bytes, scanMax: scanMax)
        for token in pointer.tokens {
            guard cursor.enter(token) else { return nil }
        }
        return cursor.scalar()
    }

    /// Whether the bytes are one whole JSON document.
    ///
    /// Shape: nesting over 128 levels is refused.
    ///
    /// - Parameter bytes: UTF-8 text.
    /// - Returns: `true` when the grammar of RFC 8259 accepts it.
    public static func isDocument(_ bytes: ByteBuffer) -> Bool {
        var cursor = JSONCursor(bytes, scanMax: bytes.readableBytes)
        return cursor.skipValue() && cursor.isAtEnd()
    }
}
