/// Swift source with comments and the insides of string literals blanked out.
///
/// Shape: as many lines as the source, so a line number holds in both. Knows nested block comments,
/// raw strings and multi-line strings; an interpolation counts as part of its string.
enum CodeText {
    /// Blanks comments and strings.
    static func of(_ source: String) -> String {
        var reader = Reader(rest: Array(source.unicodeScalars)[...])
        return reader.read()
    }

    private struct Reader {
        var rest: ArraySlice<Unicode.Scalar>
        var out = String.UnicodeScalarView()

        mutating func read() -> String {
            while let next = rest.first {
                if starts("//") {
                    while let scalar = rest.first, scalar != "\n" { blank(scalar) }
                } else if starts("/*") {
                    blockComment()
                } else if let hashes = hashesBeforeQuote() {
                    string(hashes: hashes)
                } else {
                    out.append(next)
                    rest.removeFirst()
                }
            }
            return String(out)
        }

        func starts(_ text: String) -> Bool { rest.starts(with: text.unicodeScalars) }

        mutating func blank(_ scalar: Unicode.Scalar) {
            out.append(scalar == "\n" ? "\n" : " ")
            rest.removeFirst()
        }

        mutating func blank(count: Int) {
            for _ in 0..<count { if let scalar = rest.first { blank(scalar) } }
        }

        mutating func blockComment() {
            var depth = 0
            while let scalar = rest.first {
                if starts("/*") {
                    depth += 1
                    blank(count: 2)
                } else if starts("*/") {
                    depth -= 1
                    blank(count: 2)
                    if depth == 0 { return }
                } else {
                    blank(scalar)
                }
            }
        }

        func hashesBeforeQuote() -> Int? {
            let hashes = rest.prefix { $0 == "#" }.count
            return rest.dropFirst(hashes).first == "\"" ? hashes : nil
        }

        mutating func string(hashes: Int) {
            let raw = String(repeating: "#", count: hashes)
            let isMultiline = rest.dropFirst(hashes).starts(with: "\"\"\"".unicodeScalars)
            let quote = isMultiline ? "\"\"\"" : "\""
            blank(count: hashes + quote.count)
            while let scalar = rest.first {
                if starts("\\" + raw) {
                    blank(count: hashes + 2)
                } else if starts(quote + raw) {
                    blank(count: hashes + quote.count)
                    return
                } else if scalar == "\n" && !isMultiline {
                    return
                } else {
                    blank(scalar)
                }
            }
        }
    }
}
