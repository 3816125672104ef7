import Faults
package import FramePath
package import Yams

/// Reads single values, and reports what is not one.
extension Report {
    /// A text; a mapping or a list is none.
    package func text(_ node: Node, _ what: String) -> String? {
        guard case .scalar(let scalar) = node else {
            self.add("E004", at: node, "\(what) must be a single value")
            return nil
        }
        return scalar.string
    }

    /// One of a closed set of words.
    package func word<Word: CaseIterable & RawRepresentable<String>>(
        _ node: Node,
        _ what: String,
        as type: Word.Type
    ) -> Word? {
        guard let text = self.text(node, what) else { return nil }
        if let word = Word(rawValue: text) { return word }
        self.unknown(what, text, at: node, words: Word.allCases.map(\.rawValue), code: "E012")
        return nil
    }

    /// One word or a list of them.
    func words<Word: CaseIterable & RawRepresentable<String> & Equatable>(
        _ node: Node,
        _ what: String,
        as type: Word.Type
    ) -> [Word] {
        guard case .sequence(let list) = node else {
            return self.word(node, what, as: type).map { [$0] } ?? []
        }
        if list.isEmpty { self.add("E004", at: node, "an empty list of \(what) matches nothing") }
        var words: [Word] = []
        for member in list {
            guard let word = self.word(member, what, as: type) else { continue }
            if words.contains(word) {
                self.add("W006", at: member, "\(what) \"\(word.rawValue)\" stands twice")
            } else {
                words.append(word)
            }
        }
        return words
    }

    /// A whole number in a range.
    package func whole(_ node: Node, _ what: String, in range: ClosedRange<UInt64>) -> UInt64? {
        guard let text = self.text(node, what) else { return nil }
        let wanted = "a whole number \(range.lowerBound)…\(range.upperBound)"
        guard let number = Quantity.whole(text) else {
            self.add("E004", at: node, "\(what) \"\(text)\" is not a number", expected: wanted)
            return nil
        }
        guard range.contains(number) else {
            self.add("E007", at: node, "\(what) \(text) is out of range", expected: wanted)
            return nil
        }
        return number
    }

    /// A length of time, at most an hour.
    package func span(_ node: Node, _ what: String) -> Tick.Span? {
        guard let text = self.text(node, what) else { return nil }
        guard let span = Quantity.span(text) else {
            let isBare = Quantity.probability(text) != nil
            self.add(
                "E008",
                at: node,
                "\(what) \"\(text)\" is not a time",
                expected: "a number with a unit: ns, us, ms, s, m",
                help: isBare ? "write \(text)ms or \(text)s" : nil
            )
            return nil
        }
        guard span <= .seconds(3_600) else {
            self.add("E007", at: node, "\(what) \(text) is longer than an hour")
            return nil
        }
        return span
    }

    /// A probability.
    func probability(_ node: Node) -> Double? {
        guard let text = self.text(node, "probability") else { return nil }
        guard let value = Quantity.probability(text) else {
            self.add(
                "E004",
                at: node,
                "probability \"\(text)\" is not a number",
                expected: "0…1, or a percentage"
            )
            return nil
        }
        guard (0...1).contains(value) else {
            let isPercentage = value > 1 && value <= 100 && !text.hasSuffix("%")
            self.add(
                "E007",
                at: node,
                "probability \(text) is out of range 0…1",
                help: isPercentage ? "write \(value / 100) or \(text)%" : nil
            )
            return nil
        }
        return value
    }

    /// Yes or no.
    package func flag(_ node: Node, _ what: String) -> Bool? {
        switch self.text(node, what) {
        case "true": return true
        case "false": return false
        case .some(let text):
            self.add("E004", at: node, "\(what) \"\(text)\" is not true or false")
            return nil
        case nil: return nil
        }
    }

    /// A number, or `{gte: n, lte: m}`.
    func bounds(
        _ node: Node,
        _ what: String,
        number: (String) -> UInt64? = Quantity.whole
    ) -> Bounds? {
        func value(_ node: Node) -> UInt64? {
            guard let text = self.text(node, what) else { return nil }
            if let value = number(text) { return value }
            self.add("E004", at: node, "\(what) \"\(text)\" is not a number")
            return nil
        }
        guard case .mapping = node else { return value(node).map { Bounds(exactly: $0) } }
        guard let fields = Fields(node, what, keys: ["gte", "lte"], report: self) else {
            return nil
        }
        let bounds = Bounds(
            least: fields["gte"].flatMap(value),
            most: fields["lte"].flatMap(value)
        )
        if fields.isEmpty {
            self.add("E003", at: node, "\(what) needs `gte`, `lte` or both")
        }
        if let least = bounds.least, let most = bounds.most, least > most {
            self.add("E007", at: node, "no \(what) is both \(least) or more and \(most) or less")
        }
        return bounds
    }

    /// A place in a JSON document.
    package func pointer(_ node: Node) -> JSONPointer? {
        guard let text = self.text(node, "a JSON pointer") else { return nil }
        if let pointer = JSONPointer(text) { return pointer }
        self.add(
            "E011",
            at: node,
            "\"\(text)\" is not a JSON pointer",
            help: text.hasPrefix("/") ? "write ~0 for ~ and ~1 for /" : "write \"/\(text)\""
        )
        return nil
    }

    /// As YAML's JSON schema has it: a plain word is what it would be in JSON, else a text.
    package static func json(_ scalar: Node.Scalar) -> JSONScalar {
        guard scalar.style == .plain else { return .string(scalar.string) }
        switch scalar.string {
        case "true": return .bool(true)
        case "false": return .bool(false)
        case "null", "~", "": return .null
        case let text:
            let isNumber = text.utf8.first.map { byte in
                byte == UInt8(ascii: "-") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            }
            return isNumber == true && Double(text) != nil ? .number(text) : .string(text)
        }
    }
}
