internal import FramePath

internal import struct NIOCore.ByteBuffer

/// A message that came, with what was looked up in it.
struct SeenMessage {
    /// How far into a message values are looked for, bytes.
    static let scanMax = 64 << 10

    let kind: MessageKind
    let payload: ByteBuffer
    let time: Tick
    /// The payload of a text message.
    private(set) lazy var text: String? =
        self.kind == .text ? String(decoding: self.payload.readableBytesView, as: UTF8.self) : nil
    private var found: [JSONPointer: JSONScalar?] = [:]

    init(kind: MessageKind, payload: ByteBuffer, time: Tick) {
        self.kind = kind
        self.payload = payload
        self.time = time
    }

    /// The value at a place of a text message.
    mutating func scalar(at pointer: JSONPointer) -> JSONScalar? {
        guard self.kind == .text else { return nil }
        if let known = self.found[pointer] { return known }
        let value = JSONBytes.scalar(at: pointer, in: self.payload, scanMax: Self.scanMax)
        self.found[pointer] = .some(value)
        return value
    }

    /// What it is, for a reason: its `type`, else kind and length.
    var words: String {
        if self.kind == .text, let type = PingPongText.type(of: self.payload) { return type }
        return "\(self.kind.rawValue) of \(self.payload.readableBytes) bytes"
    }
}
