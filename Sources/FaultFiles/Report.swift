package import Yams

/// Collects all that is wrong with one file, with the lines it is about.
package final class Report {
    package let file: String
    private let lines: [String]
    private(set) var findings: [ProfileError] = []

    /// Findings beyond this are not kept: a file that is not a profile has one for every line.
    static let findingsMax = 100

    package init(file: String, text: String) {
        self.file = file
        self.lines = text.split(separator: "\n", omittingEmptySubsequences: false).map {
            String($0.hasSuffix("\r") ? $0.dropLast() : $0)
        }
    }

    package var hasErrors: Bool { self.findings.contains { !$0.isWarning } }

    /// The findings in the order of the file.
    package var ordered: [ProfileError] {
        self.findings.enumerated().sorted { left, right in
            (left.element.line, left.element.column, left.offset)
                < (right.element.line, right.element.column, right.offset)
        }.map(\.element)
    }

    package func add(
        _ code: String,
        line: Int,
        column: Int,
        width: Int = 1,
        _ message: String,
        expected: String? = nil,
        help: String? = nil
    ) {
        guard self.findings.count < Self.findingsMax else { return }
        let text = self.lines.indices.contains(line - 1) ? self.lines[line - 1] : ""
        let room = text.unicodeScalars.count - (column - 1)
        self.findings.append(
            ProfileError(
                file: self.file,
                line: line,
                column: column,
                width: max(1, min(width, room)),
                code: code,
                message: message,
                expected: expected,
                help: help,
                text: text
            )
        )
    }

    package func add(
        _ code: String,
        at node: Node,
        _ message: String,
        expected: String? = nil,
        help: String? = nil
    ) {
        self.add(
            code,
            line: node.mark?.line ?? 1,
            column: node.mark?.column ?? 1,
            width: self.width(of: node),
            message,
            expected: expected,
            help: help
        )
    }

    /// Reports a word that is none of `words`.
    package func unknown(
        _ what: String,
        _ word: String,
        at node: Node,
        words: [String],
        code: String
    ) {
        self.add(
            code,
            at: node,
            "unknown \(what) \"\(word)\"",
            expected: words.isEmpty ? nil : "one of: \(words.joined(separator: ", "))",
            help: NearestWord.of(word, among: words).map { "did you mean \"\($0)\"?" }
        )
    }

    private func width(of node: Node) -> Int {
        guard case .scalar(let scalar) = node else { return 1 }
        let quotes = scalar.style == .singleQuoted || scalar.style == .doubleQuoted ? 2 : 0
        return scalar.string.unicodeScalars.count + quotes
    }
}
