/// Short texts met lately: a trace repeats the same few names in every row.
struct TextCache: Sendable {
    private static let places = 128

    private var entries: [(text: PackedText, string: String)?] = Array(
        repeating: nil,
        count: Self.places
    )

    /// Those bytes as text; what is not UTF-8 is repaired.
    mutating func string(_ bytes: LineBytes, _ range: Range<Int>) -> String {
        guard let text = PackedText(bytes, range) else {
            return bytes.string(range)
        }
        let slot = text.slot(of: Self.places)
        if let entry = self.entries[slot], entry.text == text { return entry.string }
        let string = bytes.string(range)
        self.entries[slot] = (text, string)
        return string
    }
}
