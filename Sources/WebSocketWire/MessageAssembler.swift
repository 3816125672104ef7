public import FramePath

public import struct NIOCore.ByteBuffer

/// What whole frames come to.
public enum Assembled: Sendable, Equatable {
    /// A whole data message, in the clear; text is valid UTF-8.
    case message(kind: MessageKind, payload: ByteBuffer, fragments: Int)
    /// A Ping.
    case ping(ByteBuffer)
    /// A Pong.
    case pong(ByteBuffer)
    /// A Close; no code when its payload was empty.
    case close(code: UInt16?, reason: String)
}

/// Frames of one leg and direction in, messages out, by the rules of RFC 6455 §5.
///
/// Errors: 1002 for what the protocol forbids, 1007 for text that is not UTF-8 (as soon as that is
/// certain), 1009 for a message over the limit.
public struct MessageAssembler: Sendable {
    /// Whose bytes are read.
    public enum Role: Sendable {
        /// A server reads a client: every frame is masked (§5.1).
        case server
        /// A client reads a server: no frame is masked.
        case client
    }

    /// The most fragments of one message.
    public static let fragmentsMax = 65_535

    private let role: Role
    private let messageMax: Int
    private var open: Open?

    private struct Open: Sendable {
        var kind: MessageKind
        var payload: ByteBuffer
        var fragments: Int
        var checker = UTF8Checker()
    }

    /// Makes an assembler.
    public init(role: Role, messageMax: Int = 32 << 20) {
        self.role = role
        self.messageMax = messageMax
    }

    /// Takes one frame; gives a message when it is whole, and control frames at once.
    public mutating func receive(_ frame: Frame) throws(WireViolation) -> Assembled? {
        guard frame.rsv == 0 else { throw .protocolError("reserved bit set, no extension agreed") }
        guard let kind = MessageKind(opcode: frame.opcode) else {
            throw .protocolError("reserved opcode \(frame.opcode)")
        }
        guard (frame.maskKey != nil) == (self.role == .server) else {
            throw .protocolError(
                self.role == .server ? "client frame without a mask" : "server frame with a mask"
            )
        }
        var frame = frame
        frame.unmask()
        return kind.isControl ? try self.control(kind, frame) : try self.data(kind, frame)
    }

    private func control(_ kind: MessageKind, _ frame: Frame) throws(WireViolation) -> Assembled {
        guard frame.fin else { throw .protocolError("fragmented control frame") }
        guard frame.payload.readableBytes <= 125 else {
            throw .protocolError("control frame of more than 125 bytes")
        }
        switch kind {
        case .ping: return .ping(frame.payload)
        case .pong: return .pong(frame.payload)
        case .close, .continuation, .text, .binary:
            let close = try ClosePayload.read(frame.payload)
            return .close(code: close.code, reason: close.reason)
        }
    }

    private mutating func data(
        _ kind: MessageKind,
        _ frame: Frame
    ) throws(WireViolation) -> Assembled? {
        var open: Open
        if kind == .continuation {
            guard let current = self.open else {
                throw .protocolError("continuation without a message")
            }
            open = current
            self.open = nil
            open.fragments += 1
            guard open.fragments <= Self.fragmentsMax else {
                throw WireViolation(
                    closeCode: 1009,
                    reason: "more than \(Self.fragmentsMax) fragments"
                )
            }
        } else {
            guard self.open == nil else {
                throw .protocolError("new message inside a fragmented one")
            }
            open = Open(kind: kind, payload: ByteBuffer(), fragments: 1)
        }
        guard open.payload.readableBytes + frame.payload.readableBytes <= self.messageMax else {
            throw WireViolation(
                closeCode: 1009,
                reason: "message of more than \(self.messageMax) bytes"
            )
        }
        if open.kind == .text {
            guard open.checker.accept(frame.payload), !frame.fin || open.checker.isComplete else {
                throw WireViolation(closeCode: 1007, reason: "text is not UTF-8")
            }
        }
        if open.fragments == 1 {
            open.payload = frame.payload
        } else {
            var part = frame.payload
            open.payload.writeBuffer(&part)
        }
        guard frame.fin else {
            self.open = open
            return nil
        }
        return .message(kind: open.kind, payload: open.payload, fragments: open.fragments)
    }
}
