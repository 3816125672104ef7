public import Faults
import FramePath
import Yams

/// Reads what must hold of a stored run: YAML text in, requirements or all errors out.
public enum RequirementReader {
    /// The most requirements in one file.
    public static let requirementsMax = 1_000

    private static let kinds = [
        "no_loss", "no_reorder", "woke_within", "hibernates_within", "close_code", "finding",
    ]

    /// Reads a file.
    ///
    /// - Parameters:
    ///   - text: the file's text.
    ///   - file: its name, for messages and for each requirement's `source`.
    /// - Returns: the requirements in file order, or all that is wrong with the file.
    public static func read(
        text: String,
        file: String
    ) -> Result<[Requirement], ProfileErrors> {
        let report = Report(file: file, text: text)
        var requirements: [Requirement] = []
        if text.utf8.count > ProfileReader.lengthMax {
            report.add(
                "E009",
                line: 1,
                column: 1,
                "the file is longer than \(ProfileReader.lengthMax) bytes"
            )
        } else if let root = Document.root(of: text, report: report) {
            requirements = Self.requirements(from: root, report: report)
        }
        guard !report.hasErrors else { return .failure(ProfileErrors(errors: report.ordered)) }
        return .success(requirements)
    }

    private static func requirements(from root: Node, report: Report) -> [Requirement] {
        let keys = ["version", "expect"]
        guard let fields = Fields(root, "file", keys: keys, report: report) else { return [] }
        if let version = fields.required("version"),
            let text = report.text(version, "version"), text != "1"
        {
            report.add("E006", at: version, "version \"\(text)\" is not known", expected: "1")
        }
        guard let node = fields.required("expect") else { return [] }
        guard case .sequence(let list) = node, !list.isEmpty else {
            report.add("E004", at: node, "expect must be a list", expected: "- no_loss: {}")
            return []
        }
        guard list.count <= Self.requirementsMax else {
            report.add("E009", at: node, "more than \(Self.requirementsMax) expectations")
            return []
        }
        return list.compactMap { Self.requirement(from: $0, report: report) }
    }

    private static func requirement(from node: Node, report: Report) -> Requirement? {
        let keys = Self.kinds + ["match"]
        guard let fields = Fields(node, "expectation", keys: keys, report: report) else {
            return nil
        }
        let given = Self.kinds.filter { fields[$0] != nil }
        guard given.count == 1, let word = given.first, let value = fields[word] else {
            let found = given.isEmpty ? "none" : given.joined(separator: " and ")
            report.add(
                "E013",
                at: given.dropFirst().first.flatMap { fields.key($0) } ?? node,
                "an expectation says exactly one thing, found \(found)",
                expected: "one of: \(Self.kinds.joined(separator: ", "))"
            )
            return nil
        }
        let scope = fields["match"].map { Self.scope(from: $0, of: word, report: report) }
        guard let kind = Self.kind(word, value, report: report) else { return nil }
        let line = fields.key(word)?.mark?.line ?? 1
        return Requirement(
            kind,
            scope: scope ?? Requirement.Scope(),
            source: "\(report.file):\(line)"
        )
    }

    private static func kind(_ word: String, _ node: Node, report: Report) -> Requirement.Kind? {
        switch word {
        case "no_loss": return Fields(node, word, keys: [], report: report).map { _ in .noLoss }
        case "no_reorder": return Self.noReorder(node, report: report)
        case "woke_within": return report.span(node, word).map { .wokeWithin($0) }
        case "hibernates_within": return report.span(node, word).map { .hibernatesWithin($0) }
        case "close_code": return Self.closeCode(node, report: report)
        default: return ExpectReader.finding(from: node, report: report).map { .finding($0) }
        }
    }

    private enum Border: String, CaseIterable {
        case wake
    }

    private static func noReorder(_ node: Node, report: Report) -> Requirement.Kind? {
        guard let fields = Fields(node, "no_reorder", keys: ["across"], report: report) else {
            return nil
        }
        guard let across = fields["across"] else { return .noReorder(acrossWakeOnly: false) }
        return report.word(across, "across", as: Border.self)
            .map { _ in .noReorder(acrossWakeOnly: true) }
    }

    /// A code or a list of them; 1005 and 1006 are codes an application sees.
    private static func closeCode(_ node: Node, report: Report) -> Requirement.Kind? {
        let nodes: [Node]
        if case .sequence(let list) = node { nodes = Array(list) } else { nodes = [node] }
        guard !nodes.isEmpty else {
            report.add("E004", at: node, "an empty list of close codes matches nothing")
            return nil
        }
        let codes = nodes.compactMap { report.whole($0, "close code", in: 1_000...4_999) }
        guard codes.count == nodes.count else { return nil }
        return .closeCode(codes.map { UInt16($0) })
    }

    /// What each of them can be narrowed by.
    private static func scopeKeys(_ word: String) -> [String] {
        switch word {
        case "no_loss", "no_reorder": ["direction", "type", "handler", "object"]
        case "finding": ["direction", "type", "handler"]
        default: ["object"]
        }
    }

    private static func scope(
        from node: Node,
        of word: String,
        report: Report
    ) -> Requirement.Scope {
        var scope = Requirement.Scope()
        let keys = Self.scopeKeys(word)
        let what = "match of \(word)"
        guard let fields = Fields(node, what, keys: keys, report: report) else { return scope }
        scope.direction = fields["direction"].flatMap {
            report.word($0, "direction", as: Direction.self)
        }
        if let types = fields["type"] { scope.types = Self.texts(types, report: report) }
        if let handlers = fields["handler"] {
            scope.handlers = report.words(handlers, "handler", as: Handler.self)
        }
        scope.object = fields["object"].flatMap { report.text($0, "object") }.map { Glob($0) }
        return scope
    }

    private static func texts(_ node: Node, report: Report) -> [String] {
        guard case .sequence(let list) = node else {
            return report.text(node, "type").map { [$0] } ?? []
        }
        if list.isEmpty { report.add("E004", at: node, "an empty list of type matches nothing") }
        return list.compactMap { report.text($0, "type") }
    }
}
