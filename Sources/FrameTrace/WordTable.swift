/// The words of an enumeration, found by their bytes.
struct WordTable<Word: RawRepresentable & CaseIterable & Sendable>: Sendable
where Word.RawValue == String {
    private static var places: Int { 64 }

    private var entries: [(text: PackedText, word: Word)?] = Array(
        repeating: nil,
        count: Self.places
    )

    init() {
        for word in Word.allCases {
            guard let text = PackedText(word.rawValue) else { continue }
            var slot = text.slot(of: Self.places)
            while self.entries[slot] != nil { slot = (slot + 1) & (Self.places - 1) }
            self.entries[slot] = (text, word)
        }
    }

    /// The word of those bytes, or `nil` when it is none of them.
    func word(_ text: PackedText?) -> Word? {
        guard let text else { return nil }
        var slot = text.slot(of: Self.places)
        while let entry = self.entries[slot] {
            if entry.text == text { return entry.word }
            slot = (slot + 1) & (Self.places - 1)
        }
        return nil
    }
}
