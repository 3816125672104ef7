import struct NIOCore.ByteBuffer

/// A place in a JSON document that only moves forward.
///
/// Shape: every step answers whether the bytes allowed it; after a refusal the cursor is spent.
struct JSONCursor {
    private let bytes: ByteBuffer
    private var index: Int
    private let end: Int

    init(_ bytes: ByteBuffer, scanMax: Int) {
        self.bytes = bytes
        self.index = bytes.readerIndex
        self.end = bytes.readerIndex + max(0, min(scanMax, bytes.readableBytes))
    }

    /// Goes to the value of a key, or of an index when an array is here.
    mutating func enter(_ token: String) -> Bool {
        self.skipSpace()
        switch self.take() {
        case UInt8(ascii: "{"): return self.enterKey(token)
        case UInt8(ascii: "["): return self.enterIndex(token)
        default: return false
        }
    }

    /// Reads the scalar that is here.
    mutating func scalar() -> JSONScalar? {
        self.skipSpace()
        switch self.peek() {
        case UInt8(ascii: "\""): return self.text().map { .string($0) }
        case UInt8(ascii: "t"): return self.skipWord("true") ? .bool(true) : nil
        case UInt8(ascii: "f"): return self.skipWord("false") ? .bool(false) : nil
        case UInt8(ascii: "n"): return self.skipWord("null") ? .null : nil
        case UInt8(ascii: "{"), UInt8(ascii: "["), nil: return nil
        default:
            let start = self.index
            guard self.skipNumber() else { return nil }
            return self.bytes.getString(at: start, length: self.index - start).map { .number($0) }
        }
    }

    /// Passes over one value.
    mutating func skipValue(depth: Int = 0) -> Bool {
        guard depth < 128 else { return false }
        self.skipSpace()
        switch self.peek() {
        case UInt8(ascii: "\""): return self.skipText()
        case UInt8(ascii: "t"): return self.skipWord("true")
        case UInt8(ascii: "f"): return self.skipWord("false")
        case UInt8(ascii: "n"): return self.skipWord("null")
        case UInt8(ascii: "{"): return self.skipObject(depth: depth)
        case UInt8(ascii: "["): return self.skipArray(depth: depth)
        default: return self.skipNumber()
        }
    }

    /// Whether only white space is left.
    mutating func isAtEnd() -> Bool {
        self.skipSpace()
        return self.index == self.end
    }

    // MARK: - Objects and arrays

    private mutating func enterKey(_ token: String) -> Bool {
        while true {
            self.skipSpace()
            guard self.peek() == UInt8(ascii: "\""), let isWanted = self.passKey(token) else {
                return false
            }
            self.skipSpace()
            guard self.take() == UInt8(ascii: ":") else { return false }
            if isWanted { return true }
            guard self.skipValue() else { return false }
            self.skipSpace()
            guard self.take() == UInt8(ascii: ",") else { return false }
        }
    }

    /// Passes a key and says whether it is that one; nothing when it is malformed.
    ///
    /// Keys are the same when their code points are, not when they look alike.
    private mutating func passKey(_ token: String) -> Bool? {
        let start = self.index + 1
        guard let hasEscape = self.passText() else { return nil }
        let length = self.index - 1 - start
        guard !hasEscape else {
            return self.unescaped(from: start, to: self.index - 1).utf8.elementsEqual(token.utf8)
        }
        guard length == token.utf8.count else { return false }
        return self.bytes.viewBytes(at: start, length: length)?.elementsEqual(token.utf8)
    }

    private mutating func enterIndex(_ token: String) -> Bool {
        guard let wanted = Int(token), String(wanted) == token, wanted >= 0 else { return false }
        self.skipSpace()
        if self.peek() == UInt8(ascii: "]") { return false }
        for _ in 0..<wanted {
            guard self.skipValue() else { return false }
            self.skipSpace()
            guard self.take() == UInt8(ascii: ",") else { return false }
        }
        return true
    }

    private mutating func skipObject(depth: Int) -> Bool {
        self.index += 1
        self.skipSpace()
        if self.skip(UInt8(ascii: "}")) { return true }
        while true {
            self.skipSpace()
            guard self.skipText() else { return false }
            self.skipSpace()
            guard self.skip(UInt8(ascii: ":")), self.skipValue(depth: depth + 1) else {
                return false
            }
            self.skipSpace()
            if self.skip(UInt8(ascii: "}")) { return true }
            guard self.skip(UInt8(ascii: ",")) else { return false }
        }
    }

    private mutating func skipArray(depth: Int) -> Bool {
        self.index += 1
        self.skipSpace()
        if self.skip(UInt8(ascii: "]")) { return true }
        while true {
            guard self.skipValue(depth: depth + 1) else { return false }
            self.skipSpace()
            if self.skip(UInt8(ascii: "]")) { return true }
            guard self.skip(UInt8(ascii: ",")) else { return false }
        }
    }

    // MARK: - Texts

    private mutating func text() -> String? {
        let start = self.index + 1
        guard let hasEscape = self.passText() else { return nil }
        let length = self.index - 1 - start
        guard hasEscape else { return self.bytes.getString(at: start, length: length) }
        return self.unescaped(from: start, to: self.index - 1)
    }

    private mutating func skipText() -> Bool { self.passText() != nil }

    /// Passes a text and says whether it held an escape; nothing when it is malformed.
    private mutating func passText() -> Bool? {
        guard self.skip(UInt8(ascii: "\"")) else { return nil }
        var hasEscape = false
        while let byte = self.take() {
            switch byte {
            case UInt8(ascii: "\""): return hasEscape
            case UInt8(ascii: "\\"):
                hasEscape = true
                guard self.passEscape() else { return nil }
            case 0..<0x20: return nil
            default: break
            }
        }
        return nil
    }

    private mutating func passEscape() -> Bool {
        switch self.take() {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"),
            UInt8(ascii: "f"), UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            return true
        case UInt8(ascii: "u"):
            guard self.hexQuad(at: self.index) != nil else { return false }
            self.index += 4
            return true
        default: return false
        }
    }

    private func unescaped(from start: Int, to end: Int) -> String {
        var out: [UInt8] = []
        var at = start
        while at < end, let byte = self.bytes.getInteger(at: at, as: UInt8.self) {
            guard byte == UInt8(ascii: "\\") else {
                out.append(byte)
                at += 1
                continue
            }
            switch self.bytes.getInteger(at: at + 1, as: UInt8.self) {
            case UInt8(ascii: "u"):
                let (scalar, length) = self.codePoint(at: at)
                out.append(contentsOf: String(Character(scalar)).utf8)
                at += length
                continue
            case UInt8(ascii: "b"): out.append(0x08)
            case UInt8(ascii: "f"): out.append(0x0C)
            case UInt8(ascii: "n"): out.append(0x0A)
            case UInt8(ascii: "r"): out.append(0x0D)
            case UInt8(ascii: "t"): out.append(0x09)
            case .some(let plain): out.append(plain)
            case nil: break
            }
            at += 2
        }
        return String(decoding: out, as: UTF8.self)
    }

    /// The code point of `\uXXXX`, or of a pair of them; a lone surrogate is U+FFFD.
    private func codePoint(at index: Int) -> (Unicode.Scalar, length: Int) {
        let replacement: Unicode.Scalar = "\u{FFFD}"
        guard let high = self.hexQuad(at: index + 2) else { return (replacement, 6) }
        if (0xD800..<0xDC00).contains(high),
            self.bytes.getInteger(at: index + 6, as: UInt8.self) == UInt8(ascii: "\\"),
            self.bytes.getInteger(at: index + 7, as: UInt8.self) == UInt8(ascii: "u"),
            let low = self.hexQuad(at: index + 8), (0xDC00..<0xE000).contains(low)
        {
            let value = 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)
            return (Unicode.Scalar(value) ?? replacement, 12)
        }
        return (Unicode.Scalar(high) ?? replacement, 6)
    }

    private func hexQuad(at index: Int) -> UInt32? {
        guard index + 4 <= self.end else { return nil }
        var value: UInt32 = 0
        for offset in 0..<4 {
            guard let byte = self.bytes.getInteger(at: index + offset, as: UInt8.self),
                let digit = Character(Unicode.Scalar(byte)).hexDigitValue
            else { return nil }
            value = value << 4 | UInt32(digit)
        }
        return value
    }

    // MARK: - Numbers, words, single bytes

    private mutating func skipNumber() -> Bool {
        _ = self.skip(UInt8(ascii: "-"))
        if !self.skip(UInt8(ascii: "0")) {
            guard self.skipDigits() else { return false }
        }
        if self.skip(UInt8(ascii: ".")) {
            guard self.skipDigits() else { return false }
        }
        if self.skip(UInt8(ascii: "e")) || self.skip(UInt8(ascii: "E")) {
            _ = self.skip(UInt8(ascii: "+")) || self.skip(UInt8(ascii: "-"))
            guard self.skipDigits() else { return false }
        }
        return true
    }

    private mutating func skipDigits() -> Bool {
        let start = self.index
        while let byte = self.peek(), (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
            self.index += 1
        }
        return self.index > start
    }

    private mutating func skipWord(_ word: String) -> Bool {
        for byte in word.utf8 {
            guard self.skip(byte) else { return false }
        }
        return true
    }

    private mutating func skipSpace() {
        while let byte = self.peek(),
            byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
        {
            self.index += 1
        }
    }

    private mutating func skip(_ byte: UInt8) -> Bool {
        guard self.peek() == byte else { return false }
        self.index += 1
        return true
    }

    private mutating func take() -> UInt8? {
        guard let byte = self.peek() else { return nil }
        self.index += 1
        return byte
    }

    private func peek() -> UInt8? {
        self.index < self.end ? self.bytes.getInteger(at: self.index, as: UInt8.self) : nil
    }
}
