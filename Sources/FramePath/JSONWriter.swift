/// Writes compact JSON: no white space, commas by itself.
///
/// Shape: calls must nest as the document does; that is not checked.
/// Source: RFC 8259; only `"`, `\` and control characters are escaped.
public struct JSONWriter: Sendable {
    /// What was written so far, in UTF-8.
    public var bytes: [UInt8] = []
    private var needsComma = false

    /// Starts with nothing written.
    public init() {}

    /// The written text.
    public var text: String { String(decoding: self.bytes, as: UTF8.self) }

    /// Makes room ahead.
    public mutating func reserveCapacity(_ count: Int) { self.bytes.reserveCapacity(count) }

    /// Forgets what was written and keeps the room.
    public mutating func removeAll() {
        self.bytes.removeAll(keepingCapacity: true)
        self.needsComma = false
    }

    /// Ends a line; the next value starts a document of its own.
    public mutating func newline() {
        self.bytes.append(0x0A)
        self.needsComma = false
    }

    /// Opens an object.
    public mutating func beginObject() { self.open(UInt8(ascii: "{")) }
    /// Closes an object.
    public mutating func endObject() { self.close(UInt8(ascii: "}")) }
    /// Opens an array.
    public mutating func beginArray() { self.open(UInt8(ascii: "[")) }
    /// Closes an array.
    public mutating func endArray() { self.close(UInt8(ascii: "]")) }

    /// Writes a key of an object; its value must follow.
    public mutating func key(_ name: String) {
        self.separate()
        self.quoted(name)
        self.bytes.append(UInt8(ascii: ":"))
        self.needsComma = false
    }

    /// Writes a key of an object; its value must follow.
    public mutating func key(_ name: StaticString) { self.key(name.description) }

    /// Writes a text.
    public mutating func string(_ value: String) {
        self.separate()
        self.quoted(value)
    }

    /// Writes a whole number.
    public mutating func int(_ value: some BinaryInteger) {
        self.separate()
        self.bytes.append(contentsOf: String(value).utf8)
    }

    /// Writes a number; what is not finite becomes null, as JSON has no word for it.
    public mutating func double(_ value: Double) {
        self.separate()
        self.bytes.append(contentsOf: (value.isFinite ? value.description : "null").utf8)
    }

    /// Writes true or false.
    public mutating func bool(_ value: Bool) {
        self.separate()
        self.bytes.append(contentsOf: (value ? "true" : "false").utf8)
    }

    /// Writes null.
    public mutating func null() {
        self.separate()
        self.bytes.append(contentsOf: "null".utf8)
    }

    /// Writes a scalar as it was read.
    public mutating func scalar(_ value: JSONScalar) {
        switch value {
        case .string(let text): self.string(text)
        case .number(let text): self.raw(text)
        case .bool(let flag): self.bool(flag)
        case .null: self.null()
        }
    }

    /// Writes one value that is JSON already.
    public mutating func raw(_ json: String) {
        self.separate()
        self.bytes.append(contentsOf: json.utf8)
    }

    /// Writes one value that is JSON already.
    public mutating func raw(_ json: some Sequence<UInt8>) {
        self.separate()
        self.bytes.append(contentsOf: json)
    }

    private mutating func open(_ bracket: UInt8) {
        self.separate()
        self.bytes.append(bracket)
        self.needsComma = false
    }

    private mutating func close(_ bracket: UInt8) {
        self.bytes.append(bracket)
        self.needsComma = true
    }

    private mutating func separate() {
        if self.needsComma { self.bytes.append(UInt8(ascii: ",")) }
        self.needsComma = true
    }

    private mutating func quoted(_ text: String) {
        self.bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                self.bytes.append(UInt8(ascii: "\\"))
                self.bytes.append(byte)
            case 0x0A: self.bytes.append(contentsOf: "\\n".utf8)
            case 0x0D: self.bytes.append(contentsOf: "\\r".utf8)
            case 0x09: self.bytes.append(contentsOf: "\\t".utf8)
            case 0..<0x20:
                let hex = String(byte, radix: 16)
                self.bytes.append(contentsOf: (byte < 16 ? "\\u000" : "\\u00").utf8)
                self.bytes.append(contentsOf: hex.utf8)
            default: self.bytes.append(byte)
            }
        }
        self.bytes.append(UInt8(ascii: "\""))
    }
}
