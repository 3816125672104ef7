/// A text of at most 16 bytes as two words: equal when and only when the texts are.
struct PackedText: Equatable, Sendable {
    static let bytesMax = 16

    private let first: UInt64
    private let last: UInt64
    private let count: Int

    /// Packs bytes that lie in a buffer; `nil` when there are too many.
    init?(_ bytes: LineBytes, _ range: Range<Int>) {
        let count = range.count
        guard count <= Self.bytesMax else { return nil }
        self.count = count
        guard count < 8 else {
            self.first = bytes.word(at: range.lowerBound)
            self.last = bytes.word(at: range.upperBound - 8)
            return
        }
        var word: UInt64 = 0
        var index = range.lowerBound
        while index < range.upperBound {
            word = word << 8 | UInt64(bytes[index])
            index &+= 1
        }
        self.first = word
        self.last = 0
    }

    init?(_ text: String) {
        let packed = LineBytes.lend(Array(text.utf8)) { PackedText($0, 0..<text.utf8.count) }
        guard let packed else { return nil }
        self = packed
    }

    /// Where it belongs in a table of a power of two places.
    func slot(of places: Int) -> Int {
        let mixed = (self.first ^ self.last &* 0x9E37_79B9_7F4A_7C15) &* 0xFF51_AFD7_ED55_8CCD
        return Int(truncatingIfNeeded: mixed >> 40) & (places - 1)
    }
}
