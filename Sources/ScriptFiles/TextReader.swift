import ClientCore
import FaultFiles
import Yams

/// Reads texts with `${VARIABLES}` of the environment and `{{places}}` filled in later.
struct TextReader {
    let report: Report
    let environment: (String) -> String?

    /// A text that a message holds.
    func text(_ node: Node, _ what: String) -> ScriptText? {
        self.text(node, what, names: ScriptText.Name.allCases)
    }

    /// A text of the handshake: printable, and with no place for an exchange, as there is none yet.
    func handshake(_ node: Node, _ what: String) -> ScriptText? {
        guard let text = self.text(node, what, names: [.object]) else { return nil }
        guard Self.isClean(text, { $0 >= 0x20 && $0 != 0x7F }) else {
            self.report.add("E004", at: node, "\(what) has a line end or a control character")
            return nil
        }
        return text
    }

    /// Path and query.
    func path(_ node: Node) -> ScriptText? {
        guard let text = self.handshake(node, "path") else { return nil }
        guard case .literal(let first)? = text.parts.first, first.hasPrefix("/") else {
            self.report.add("E004", at: node, "path does not begin with a slash", expected: "/…")
            return nil
        }
        guard Self.isClean(text, { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "#") }) else {
            self.report.add(
                "E004",
                at: node,
                "path has a blank, a # or a letter outside ASCII",
                help: "write it as %XX"
            )
            return nil
        }
        return text
    }

    /// A row or a column of the table.
    func label(_ node: Node) -> String? {
        guard let text = self.report.text(node, "label") else { return nil }
        let isPlain = text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
        if isPlain, !text.isEmpty, text.count <= ScriptLimits.labelMax { return text }
        self.report.add(
            "E004",
            at: node,
            "a row or column is one line of 1…\(ScriptLimits.labelMax) characters"
        )
        return nil
    }

    private func text(_ node: Node, _ what: String, names: [ScriptText.Name]) -> ScriptText? {
        guard let text = self.report.text(node, what) else { return nil }
        var parts: [ScriptText.Part] = []
        var literal = ""
        func add(_ part: ScriptText.Part) {
            if !literal.isEmpty { parts.append(.literal(literal)) }
            literal = ""
            parts.append(part)
        }
        var isWhole = true
        var rest = text[...]
        while let character = rest.first {
            if rest.hasPrefix("$${") {
                literal += "${"
                rest = rest.dropFirst(3)
            } else if let (name, after) = Self.enclosed(rest, "${", "}") {
                if let part = self.variable(name, at: node) { add(part) } else { isWhole = false }
                rest = after
            } else if let (name, after) = Self.enclosed(rest, "{{", "}}") {
                if let part = self.place(name, names, at: node) {
                    add(part)
                } else {
                    isWhole = false
                }
                rest = after
            } else {
                literal.append(character)
                rest = rest.dropFirst()
            }
        }
        if !literal.isEmpty || parts.isEmpty { parts.append(.literal(literal)) }
        return isWhole ? ScriptText(parts: parts) : nil
    }

    private func variable(_ name: String, at node: Node) -> ScriptText.Part? {
        if let value = self.environment(name) { return .secret(name: name, value: value) }
        self.report.add(
            "E041",
            at: node,
            "the environment has no \(name)",
            help: "export \(name)=…, or write $${\(name)} for the text itself"
        )
        return nil
    }

    private func place(
        _ name: String,
        _ names: [ScriptText.Name],
        at node: Node
    ) -> ScriptText.Part? {
        if let known = ScriptText.Name(rawValue: name), names.contains(known) {
            return .value(known)
        }
        let isMisplaced = ScriptText.Name(rawValue: name) != nil
        guard isMisplaced else {
            let words = names.map(\.rawValue)
            self.report.unknown("place", name, at: node, words: words, code: "E040")
            return nil
        }
        self.report.add(
            "E040",
            at: node,
            "{{\(name)}} belongs to an exchange, and a handshake comes before any",
            expected: "{{object}}"
        )
        return nil
    }

    /// What stands between two marks at the front, when it is a word.
    private static func enclosed(
        _ text: Substring,
        _ open: String,
        _ close: String
    ) -> (name: String, after: Substring)? {
        guard text.hasPrefix(open) else { return nil }
        let inside = text.dropFirst(open.count)
        let name = inside.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
        guard let first = name.first, !first.isNumber else { return nil }
        let after = inside[name.endIndex...]
        guard after.hasPrefix(close) else { return nil }
        return (String(name), after.dropFirst(close.count))
    }

    private static func isClean(_ text: ScriptText, _ isAllowed: (UInt8) -> Bool) -> Bool {
        text.parts.allSatisfy { part in
            switch part {
            case .literal(let text), .secret(_, let text): text.utf8.allSatisfy(isAllowed)
            case .value: true
            }
        }
    }
}
