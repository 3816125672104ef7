import FramePath

/// One line's bytes to a row.
///
/// Shape: a flat JSON object; nested values are skipped except lists of strings. `nil` for anything that
/// is not one whole object with a known `ev` field's shape. A value of the wrong kind for its key makes
/// the line garbage; unknown keys are ignored.
struct RowParser: Sendable {
    /// Nesting that a skipped value may have.
    private static let depthMax = 16

    /// A parsed value, not yet given to its key.
    enum Value {
        /// A string without escapes, by its place.
        case text(Range<Int>)
        /// A string that had escapes.
        case string(String)
        case number(UInt64)
        case negative
        case bool(Bool)
        case strings([String])
        case other
    }

    private var at = 0
    private var end = 0
    private var texts = TextCache()

    mutating func row(_ bytes: [UInt8], _ line: Range<Int>) -> TraceRow? {
        LineBytes.lend(bytes) { self.row($0, line) }
    }

    private mutating func row(_ bytes: LineBytes, _ line: Range<Int>) -> TraceRow? {
        self.at = line.lowerBound
        self.end = line.upperBound
        self.space(bytes)
        guard self.take(UInt8(ascii: "{"), bytes) else { return nil }
        var row = TraceRow()
        var hasEvent = false
        self.space(bytes)
        if !self.take(UInt8(ascii: "}"), bytes) {
            repeat {
                self.space(bytes)
                guard let code = self.key(bytes) else { return nil }
                self.space(bytes)
                guard self.take(UInt8(ascii: ":"), bytes) else { return nil }
                self.space(bytes)
                guard let value = self.value(bytes, depth: 0) else { return nil }
                let key = RowKey.of(code)
                if key == .ev { hasEvent = true }
                if let key, !self.store(value, bytes, key, in: &row) { return nil }
                self.space(bytes)
            } while self.take(UInt8(ascii: ","), bytes)
            guard self.take(UInt8(ascii: "}"), bytes) else { return nil }
        }
        self.space(bytes)
        return self.at == self.end && hasEvent ? row : nil
    }

    private mutating func store(
        _ value: Value,
        _ bytes: LineBytes,
        _ key: RowKey,
        in row: inout TraceRow
    ) -> Bool {
        guard case .text(let range) = value else { return key.store(value, in: &row) }
        if let isStored = key.store(bytes, range, in: &row) { return isStored }
        return key.store(.string(self.texts.string(bytes, range)), in: &row)
    }

    /// The first eight bytes of a key, packed: no two keys of the schema share them.
    private mutating func key(_ bytes: LineBytes) -> UInt64? {
        guard self.take(UInt8(ascii: "\""), bytes) else { return nil }
        var code: UInt64 = 0
        var count = 0
        while self.at < self.end {
            let byte = bytes[self.at]
            self.at += 1
            if byte == UInt8(ascii: "\"") { return code }
            if byte == UInt8(ascii: "\\") {
                // No key of ours has an escape: skip it, and let the code match nothing.
                self.at += 1
                code = .max
                count = 8
            }
            if count < 8 { code = code << 8 | UInt64(byte) }
            count += 1
        }
        return nil
    }

    private mutating func value(_ bytes: LineBytes, depth: Int) -> Value? {
        guard self.at < self.end, depth < Self.depthMax else { return nil }
        switch bytes[self.at] {
        case UInt8(ascii: "\""): return self.string(bytes)
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): return self.number(bytes)
        case UInt8(ascii: "t"): return self.literal("true", bytes) ? .bool(true) : nil
        case UInt8(ascii: "f"): return self.literal("false", bytes) ? .bool(false) : nil
        case UInt8(ascii: "n"): return self.literal("null", bytes) ? .other : nil
        case UInt8(ascii: "["): return self.list(bytes, depth: depth)
        case UInt8(ascii: "{"): return self.object(bytes, depth: depth) ? .other : nil
        default: return nil
        }
    }

    private mutating func list(_ bytes: LineBytes, depth: Int) -> Value? {
        self.at += 1
        var strings: [String] = []
        self.space(bytes)
        if self.take(UInt8(ascii: "]"), bytes) { return .strings([]) }
        repeat {
            self.space(bytes)
            guard let value = self.value(bytes, depth: depth + 1) else { return nil }
            switch value {
            case .text(let range): strings.append(self.texts.string(bytes, range))
            case .string(let text): strings.append(text)
            case .number, .negative, .bool, .strings, .other: break
            }
            self.space(bytes)
        } while self.take(UInt8(ascii: ","), bytes)
        return self.take(UInt8(ascii: "]"), bytes) ? .strings(strings) : nil
    }

    private mutating func object(_ bytes: LineBytes, depth: Int) -> Bool {
        self.at += 1
        self.space(bytes)
        if self.take(UInt8(ascii: "}"), bytes) { return true }
        repeat {
            self.space(bytes)
            guard self.key(bytes) != nil else { return false }
            self.space(bytes)
            guard self.take(UInt8(ascii: ":"), bytes) else { return false }
            self.space(bytes)
            guard self.value(bytes, depth: depth + 1) != nil else { return false }
            self.space(bytes)
        } while self.take(UInt8(ascii: ","), bytes)
        return self.take(UInt8(ascii: "}"), bytes)
    }

    private mutating func number(_ bytes: LineBytes) -> Value? {
        let isNegative = self.take(UInt8(ascii: "-"), bytes)
        var value: UInt64 = 0
        let first = self.at
        while self.at < self.end, bytes[self.at] >= 0x30, bytes[self.at] <= 0x39 {
            let (product, isOver) = value.multipliedReportingOverflow(by: 10)
            let (sum, isOverToo) = product.addingReportingOverflow(UInt64(bytes[self.at] - 0x30))
            guard !isOver, !isOverToo else { return nil }
            value = sum
            self.at += 1
        }
        guard self.at > first else { return nil }
        if self.at < self.end, [0x2E, 0x65, 0x45].contains(bytes[self.at]) {
            while self.at < self.end, Self.isNumberByte(bytes[self.at]) { self.at += 1 }
            return .other
        }
        return isNegative ? .negative : .number(value)
    }

    private static func isNumberByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x2B, 0x2D, 0x2E, 0x45, 0x65: true
        default: false
        }
    }

    private mutating func string(_ bytes: LineBytes) -> Value? {
        self.at += 1
        let first = self.at
        while self.at < self.end {
            switch bytes[self.at] {
            case UInt8(ascii: "\""):
                let range = first..<self.at
                self.at += 1
                return .text(range)
            case UInt8(ascii: "\\"): return self.escapedString(bytes, from: first).map(Value.string)
            case 0..<0x20: return nil
            default: self.at += 1
            }
        }
        return nil
    }

    private mutating func escapedString(_ bytes: LineBytes, from first: Int) -> String? {
        var text = Array(bytes.string(first..<self.at).utf8)
        while self.at < self.end {
            let byte = bytes[self.at]
            self.at += 1
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"):
                guard let scalar = self.escape(bytes) else { return nil }
                text.append(contentsOf: String(scalar).utf8)
            case 0..<0x20: return nil
            default: text.append(byte)
            }
        }
        return nil
    }

    private mutating func escape(_ bytes: LineBytes) -> Unicode.Scalar? {
        guard self.at < self.end else { return nil }
        let byte = bytes[self.at]
        self.at += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{c}"
        case UInt8(ascii: "u"):
            guard let high = self.unit(bytes) else { return nil }
            guard high & 0xFC00 == 0xD800 else { return Unicode.Scalar(high) ?? "\u{FFFD}" }
            guard self.take(UInt8(ascii: "\\"), bytes), self.take(UInt8(ascii: "u"), bytes),
                let low = self.unit(bytes), low & 0xFC00 == 0xDC00
            else { return "\u{FFFD}" }
            return Unicode.Scalar(0x10000 + (high & 0x3FF) << 10 + low & 0x3FF)
        default: return nil
        }
    }

    private mutating func unit(_ bytes: LineBytes) -> UInt32? {
        guard self.at + 4 <= self.end else { return nil }
        var value: UInt32 = 0
        for index in self.at..<self.at + 4 {
            guard let digit = Hex.digit(bytes[index]) else { return nil }
            value = value << 4 | UInt32(digit)
        }
        self.at += 4
        return value
    }

    private mutating func literal(_ word: String, _ bytes: LineBytes) -> Bool {
        for byte in word.utf8 {
            guard self.take(byte, bytes) else { return false }
        }
        return true
    }

    private mutating func space(_ bytes: LineBytes) {
        while self.at < self.end,
            bytes[self.at] == 0x20 || bytes[self.at] == 0x0D
                || bytes[self.at] == 0x09
        { self.at += 1 }
    }

    private mutating func take(_ byte: UInt8, _ bytes: LineBytes) -> Bool {
        guard self.at < self.end, bytes[self.at] == byte else { return false }
        self.at += 1
        return true
    }
}

/// Hexadecimal digits.
enum Hex {
    static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    /// Sixteen digits that lie in a buffer.
    static func value(_ bytes: LineBytes, _ range: Range<Int>) -> UInt64? {
        guard range.count == 16 else { return nil }
        var value: UInt64 = 0
        var index = range.lowerBound
        while index < range.upperBound {
            guard let digit = Self.digit(bytes[index]) else { return nil }
            value = value << 4 | UInt64(digit)
            index &+= 1
        }
        return value
    }

    static func value(_ text: String) -> UInt64? {
        guard text.utf8.count == 16 else { return nil }
        var value: UInt64 = 0
        for byte in text.utf8 {
            guard let digit = Self.digit(byte) else { return nil }
            value = value << 4 | UInt64(digit)
        }
        return value
    }
}
