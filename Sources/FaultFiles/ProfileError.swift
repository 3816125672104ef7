import FramePath

/// One thing that is wrong with a profile or a script, and where.
public struct ProfileError: Error, Sendable, Equatable {
    /// The file, as it was named.
    public var file: String
    /// From 1.
    public var line: Int
    /// From 1, in Unicode scalars.
    public var column: Int
    /// How many scalars it is about.
    public var width: Int
    /// A letter, `E` or `W`, and three digits; stays the same over versions.
    public var code: String
    /// What was found.
    public var message: String
    /// What would have been right.
    public var expected: String?
    /// What to write.
    public var help: String?
    /// The line of the file.
    public var text: String

    /// Makes one.
    public init(
        file: String,
        line: Int,
        column: Int,
        width: Int,
        code: String,
        message: String,
        expected: String?,
        help: String?,
        text: String
    ) {
        self.file = file
        self.line = line
        self.column = column
        self.width = width
        self.code = code
        self.message = message
        self.expected = expected
        self.help = help
        self.text = text
    }

    /// Whether the file may be used all the same.
    public var isWarning: Bool { self.code.hasPrefix("W") }

    /// The form for a terminal, as compilers write it; several lines, no newline at the end.
    public var rendered: String {
        let kind = self.isWarning ? "warning" : "error"
        let number = String(self.line)
        let margin = String(repeating: " ", count: max(4, number.count))
        let pad = String(repeating: " ", count: margin.count - number.count)
        // Tabs stay tabs, so that the marker stands under its word.
        let indent = self.text.unicodeScalars.prefix(self.column - 1).map {
            $0 == "\t" ? "\t" : " "
        }
        var lines = [
            "\(self.file):\(self.line):\(self.column): \(kind)[\(self.code)]: \(self.message)",
            "\(pad)\(number) | \(self.text)",
        ]
        let marker = String(repeating: "^", count: max(1, self.width))
        let wanted = self.expected.map { " expected \($0)" } ?? ""
        lines.append("\(margin) | \(indent.joined())\(marker)\(wanted)")
        if let help { lines.append("\(margin) = help: \(help)") }
        return lines.joined(separator: "\n")
    }

    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("file")
        writer.string(self.file)
        writer.key("line")
        writer.int(self.line)
        writer.key("column")
        writer.int(self.column)
        writer.key("endColumn")
        writer.int(self.column + max(1, self.width))
        writer.key("severity")
        writer.string(self.isWarning ? "warning" : "error")
        writer.key("code")
        writer.string(self.code)
        writer.key("message")
        writer.string(self.message)
        for (key, value) in [("expected", self.expected), ("help", self.help)] {
            guard let value else { continue }
            writer.key(key)
            writer.string(value)
        }
        writer.endObject()
    }
}
