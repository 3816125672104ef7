import FramePath

/// Numbers with units, as people write them.
enum Quantity {
    /// Reads `150ms`, `2s`, `500us`, `1.5s`, `3m`; zero may stand without a unit.
    static func span(_ text: String) -> Tick.Span? {
        if text == "0" { return .zero }
        let units: [(String, UInt64)] = [
            ("ns", 1), ("us", 1_000), ("ms", 1_000_000), ("s", 1_000_000_000),
            ("m", 60_000_000_000),
        ]
        for (unit, nanoseconds) in units where text.hasSuffix(unit) {
            let number = text.dropLast(unit.count)
            guard number.first?.isWholeNumber == true,
                number.allSatisfy({ Self.isDigit($0) || $0 == "." })
            else { continue }
            if let whole = UInt64(number) {
                let (product, overflow) = whole.multipliedReportingOverflow(by: nanoseconds)
                return overflow ? nil : Tick.Span(nanoseconds: product)
            }
            guard let value = Double(number), value * Double(nanoseconds) < 1e18 else { return nil }
            return Tick.Span(nanoseconds: UInt64((value * Double(nanoseconds)).rounded()))
        }
        return nil
    }

    /// Reads a probability, `0.05` or `5%`; out of range is for the caller to see.
    static func probability(_ text: String) -> Double? {
        if text.hasSuffix("%") { return Self.decimal(text.dropLast()).map { $0 / 100 } }
        return Self.decimal(text[...])
    }

    /// Reads a whole number in decimal or, after `0x`, in hexadecimal.
    static func whole(_ text: String) -> UInt64? {
        let digits = text.filter { $0 != "_" }
        if digits.hasPrefix("0x") {
            let hex = digits.dropFirst(2)
            return hex.allSatisfy(\.isHexDigit) ? UInt64(hex, radix: 16) : nil
        }
        return digits.allSatisfy(Self.isDigit) ? UInt64(digits) : nil
    }

    /// Reads a length in bytes: `512`, `512B`, `16KiB`, `1MiB`.
    static func bytes(_ text: String) -> UInt64? {
        for (unit, factor) in [("MiB", 1_048_576), ("KiB", 1_024), ("B", 1)] as [(String, UInt64)]
        where text.hasSuffix(unit) {
            guard let number = Self.whole(String(text.dropLast(unit.count))) else { return nil }
            let (product, overflow) = number.multipliedReportingOverflow(by: factor)
            return overflow ? nil : product
        }
        return Self.whole(text)
    }

    private static func decimal(_ text: Substring) -> Double? {
        let body = text.hasPrefix("-") ? text.dropFirst() : text
        guard body.first.map(Self.isDigit) == true else { return nil }
        return Double(text).flatMap { $0.isFinite ? $0 : nil }
    }

    private static func isDigit(_ character: Character) -> Bool {
        character.isASCII && character.isNumber
    }
}
