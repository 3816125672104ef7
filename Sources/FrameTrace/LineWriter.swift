import FramePath

/// One JSON line being written at the end of a byte list.
///
/// Shape: keys come in the order they are called, absent values write nothing; `close` ends the line.
struct LineWriter: ~Copyable {
    var bytes: [UInt8]
    private var isFirst = true

    /// Takes the bytes out of `out`, which is empty until `finish` puts them back.
    ///
    /// Swapped, never copied: a second owner for one instant would copy the whole list on each line.
    init(_ out: inout [UInt8]) {
        self.bytes = []
        swap(&self.bytes, &out)
        self.bytes.append(UInt8(ascii: "{"))
    }

    /// Ends the line and puts the bytes back.
    mutating func finish(into out: inout [UInt8]) {
        self.bytes.append(UInt8(ascii: "}"))
        self.bytes.append(UInt8(ascii: "\n"))
        swap(&self.bytes, &out)
    }

    mutating func key(_ name: String) {
        if self.isFirst {
            self.isFirst = false
        } else {
            self.bytes.append(UInt8(ascii: ","))
        }
        self.bytes.append(UInt8(ascii: "\""))
        self.bytes.append(contentsOf: name.utf8)
        self.bytes.append(UInt8(ascii: "\""))
        self.bytes.append(UInt8(ascii: ":"))
    }

    mutating func number(_ name: String, _ value: UInt64) {
        self.key(name)
        self.decimal(value)
    }

    mutating func number(_ name: String, _ value: Int) {
        self.key(name)
        if value < 0 { self.bytes.append(UInt8(ascii: "-")) }
        self.decimal(UInt64(value.magnitude))
    }

    mutating func bool(_ name: String, _ value: Bool) {
        self.key(name)
        self.bytes.append(contentsOf: (value ? "true" : "false").utf8)
    }

    /// A string known to need no escape: a word of ours.
    mutating func word(_ name: String, _ value: String) {
        self.key(name)
        self.bytes.append(UInt8(ascii: "\""))
        self.bytes.append(contentsOf: value.utf8)
        self.bytes.append(UInt8(ascii: "\""))
    }

    mutating func string(_ name: String, _ value: String) {
        self.key(name)
        self.escaped(value.utf8)
    }

    mutating func strings(_ name: String, _ values: [String]) {
        self.key(name)
        self.bytes.append(UInt8(ascii: "["))
        for (index, value) in values.enumerated() {
            if index > 0 { self.bytes.append(UInt8(ascii: ",")) }
            self.escaped(value.utf8)
        }
        self.bytes.append(UInt8(ascii: "]"))
    }

    mutating func hex(_ name: String, _ value: UInt64) {
        self.key(name)
        self.bytes.append(UInt8(ascii: "\""))
        self.hexDigits(value)
        self.bytes.append(UInt8(ascii: "\""))
    }

    mutating func session(_ name: String, _ value: SessionID) {
        self.key(name)
        self.bytes.append(UInt8(ascii: "\""))
        self.hexDigits(value.edge)
        self.bytes.append(UInt8(ascii: "-"))
        self.decimal(UInt64(value.number))
        self.bytes.append(UInt8(ascii: "\""))
    }

    /// A JSON string with quotes; control characters, quote and backslash escaped.
    mutating func escaped(_ text: some Sequence<UInt8>) {
        self.bytes.append(UInt8(ascii: "\""))
        for byte in text {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                self.bytes.append(UInt8(ascii: "\\"))
                self.bytes.append(byte)
            case 0x0A: self.bytes.append(contentsOf: "\\n".utf8)
            case 0x0D: self.bytes.append(contentsOf: "\\r".utf8)
            case 0x09: self.bytes.append(contentsOf: "\\t".utf8)
            case 0..<0x20:
                self.bytes.append(contentsOf: "\\u00".utf8)
                self.bytes.append(Self.digit(byte >> 4))
                self.bytes.append(Self.digit(byte & 15))
            default: self.bytes.append(byte)
            }
        }
        self.bytes.append(UInt8(ascii: "\""))
    }

    /// A base64 string with quotes (RFC 4648 §4).
    mutating func base64(_ name: String, _ data: some Sequence<UInt8>) {
        self.key(name)
        self.bytes.append(UInt8(ascii: "\""))
        var group: UInt32 = 0
        var held = 0
        for byte in data {
            group = group << 8 | UInt32(byte)
            held += 1
            if held == 3 {
                self.sextets(group, 4)
                group = 0
                held = 0
            }
        }
        if held > 0 {
            self.sextets(group << UInt32(8 * (3 - held)), held + 1)
            for _ in held..<3 { self.bytes.append(UInt8(ascii: "=")) }
        }
        self.bytes.append(UInt8(ascii: "\""))
    }

    mutating func decimal(_ value: UInt64) {
        if value < 10 {
            self.bytes.append(UInt8(truncatingIfNeeded: value) + UInt8(ascii: "0"))
            return
        }
        var digits = 1
        var rest = value / 10
        while rest > 0 {
            digits += 1
            rest /= 10
        }
        let start = self.bytes.count
        for _ in 0..<digits { self.bytes.append(UInt8(ascii: "0")) }
        var index = start + digits - 1
        rest = value
        while rest > 0 {
            self.bytes[index] = UInt8(truncatingIfNeeded: rest % 10) + UInt8(ascii: "0")
            rest /= 10
            index -= 1
        }
    }

    private mutating func hexDigits(_ value: UInt64) {
        var shift: UInt64 = 64
        while shift > 0 {
            shift -= 4
            self.bytes.append(Self.digit(UInt8(truncatingIfNeeded: value >> shift) & 15))
        }
    }

    private mutating func sextets(_ group: UInt32, _ count: Int) {
        for index in 0..<count {
            let sextet = UInt8(truncatingIfNeeded: group >> UInt32(18 - 6 * index)) & 63
            self.bytes.append(Self.base64Letter(sextet))
        }
    }

    private static func digit(_ nibble: UInt8) -> UInt8 {
        nibble < 10 ? nibble + UInt8(ascii: "0") : nibble - 10 + UInt8(ascii: "a")
    }

    private static func base64Letter(_ sextet: UInt8) -> UInt8 {
        switch sextet {
        case 0..<26: sextet + UInt8(ascii: "A")
        case 26..<52: sextet - 26 + UInt8(ascii: "a")
        case 52..<62: sextet - 52 + UInt8(ascii: "0")
        case 62: UInt8(ascii: "+")
        default: UInt8(ascii: "/")
        }
    }
}
