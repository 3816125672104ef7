public import FramePath

/// The opcodes of RFC 6455 §5.2.
public enum Opcode {
    /// A later fragment.
    public static let continuation: UInt8 = 0x0
    /// UTF-8 text.
    public static let text: UInt8 = 0x1
    /// Bytes.
    public static let binary: UInt8 = 0x2
    /// Close.
    public static let close: UInt8 = 0x8
    /// Ping.
    public static let ping: UInt8 = 0x9
    /// Pong.
    public static let pong: UInt8 = 0xA
}

extension MessageKind {
    /// The opcode on the wire.
    public var opcode: UInt8 {
        switch self {
        case .continuation: Opcode.continuation
        case .text: Opcode.text
        case .binary: Opcode.binary
        case .close: Opcode.close
        case .ping: Opcode.ping
        case .pong: Opcode.pong
        }
    }

    /// The kind of an opcode, or `nil` for a reserved one.
    public init?(opcode: UInt8) {
        switch opcode {
        case Opcode.continuation: self = .continuation
        case Opcode.text: self = .text
        case Opcode.binary: self = .binary
        case Opcode.close: self = .close
        case Opcode.ping: self = .ping
        case Opcode.pong: self = .pong
        default: return nil
        }
    }
}
