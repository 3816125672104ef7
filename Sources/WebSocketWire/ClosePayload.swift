public import struct NIOCore.ByteBuffer

/// The payload of a Close frame.
///
/// Source: RFC 6455 §5.5.1, §7.4.
public enum ClosePayload {
    /// The bytes of a Close payload; empty for no code and for codes that are never on the wire.
    ///
    /// - Parameters:
    ///   - code: the Close code.
    ///   - reason: cut at 123 bytes, on a character's boundary.
    /// - Returns: two bytes of code and the reason, or nothing.
    public static func bytes(code: UInt16?, reason: String) -> ByteBuffer {
        var out = ByteBuffer()
        guard let code, Self.isSendable(code) else { return out }
        out.writeInteger(code)
        var room = 123
        for scalar in reason.unicodeScalars {
            let length = UTF8.width(scalar)
            guard length <= room else { break }
            room -= length
            out.writeString(String(scalar))
        }
        return out
    }

    /// Whether a Close frame may carry the code.
    public static func isSendable(_ code: UInt16) -> Bool {
        switch code {
        case 1000...1003, 1007...1014, 3000...4999: true
        default: false
        }
    }

    /// Reads a Close payload.
    static func read(_ payload: ByteBuffer) throws(WireViolation) -> (code: UInt16?, reason: String)
    {
        var payload = payload
        guard payload.readableBytes > 0 else { return (nil, "") }
        guard let code: UInt16 = payload.readInteger() else {
            throw .protocolError("Close payload of one byte")
        }
        guard Self.isSendable(code) else { throw .protocolError("Close code \(code)") }
        var checker = UTF8Checker()
        guard checker.accept(payload), checker.isComplete else {
            throw WireViolation(closeCode: 1007, reason: "Close reason is not UTF-8")
        }
        return (code, payload.readString(length: payload.readableBytes) ?? "")
    }
}

extension UTF8 {
    /// How many bytes a character takes.
    fileprivate static func width(_ scalar: Unicode.Scalar) -> Int {
        switch scalar.value {
        case ..<0x80: 1
        case ..<0x800: 2
        case ..<0x1_0000: 3
        default: 4
        }
    }
}
