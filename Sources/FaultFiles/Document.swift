package import Yams

/// Reads YAML into nodes.
package enum Document {
    /// The one document of a text; `nil`, and a finding, when there is none.
    package static func root(of text: String, report: Report) -> Node? {
        do {
            let parser = try Parser(yaml: text)
            // A node holds its anchor weakly and the parser strongly: look before it goes.
            return try withExtendedLifetime(parser) {
                guard let root = try parser.singleRoot() else {
                    report.add("E003", line: 1, column: 1, "the file is empty")
                    return nil
                }
                var isClean = true
                Self.refuseAnchors(root, report: report, isClean: &isClean)
                return isClean ? root : nil
            }
        } catch let error as YamlError {
            Self.add(error, text: text, to: report)
        } catch {
            report.add("E001", line: 1, column: 1, "not YAML: \(error)")
        }
        return nil
    }

    /// An anchored node is reported and not entered: its aliases are copies of it, and copies of
    /// copies could be more than there is time for.
    private static func refuseAnchors(_ node: Node, report: Report, isClean: inout Bool) {
        if let anchor = node.anchor {
            let isNew =
                isClean
                || !report.findings.contains {
                    $0.line == node.mark?.line && $0.column == node.mark?.column
                }
            if isNew {
                report.add(
                    "E005",
                    at: node,
                    "anchor \"&\(anchor.rawValue)\": anchors and aliases are not read",
                    help: "write the value again where it is meant"
                )
            }
            isClean = false
            return
        }
        switch node {
        case .scalar: break
        case .alias: break
        case .sequence(let list):
            for member in list { Self.refuseAnchors(member, report: report, isClean: &isClean) }
        case .mapping(let mapping):
            for (key, value) in mapping {
                Self.refuseAnchors(key, report: report, isClean: &isClean)
                Self.refuseAnchors(value, report: report, isClean: &isClean)
            }
        }
    }

    private static func add(_ error: YamlError, text: String, to report: Report) {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            let context = Self.hint(problem)
            report.add("E001", line: mark.line, column: mark.column, problem, help: context)
        case .duplicatedKeysInMapping(let duplicates, let context):
            report.add(
                "E002",
                line: context.mark.line,
                column: context.mark.column,
                width: duplicates.first?.unicodeScalars.count ?? 1,
                "key \"\(duplicates.first ?? "")\" stands more than once in one mapping"
            )
        case .reader(let problem, let offset, _, _):
            let before = text.prefix(offset ?? 0)
            let line = before.count { $0.isNewline } + 1
            let column = before.reversed().prefix { !$0.isNewline }.count + 1
            report.add("E001", line: line, column: column, problem)
        default:
            report.add("E001", line: 1, column: 1, "not YAML: \(error)")
        }
    }

    private static func hint(_ problem: String) -> String? {
        problem.contains("cannot start any token") ? "indent with spaces, not tabs" : nil
    }
}
