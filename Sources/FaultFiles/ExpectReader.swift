import Faults
import FramePath
import Yams

/// Reads what the analysis should find.
enum ExpectReader {
    private static let keys = ["between", "kind", "handler", "phase"]

    static func expect(from node: Node, report: Report) -> Expect? {
        guard let fields = Fields(node, "expect", keys: ["finding"], report: report),
            let finding = fields.required("finding")
        else { return nil }
        return Self.finding(from: finding, report: report)
    }

    /// `none`, or what, where and in which messages.
    static func finding(from finding: Node, report: Report) -> Expect? {
        if case .scalar(let scalar) = finding {
            if scalar.string == "none" { return Expect(kind: .none) }
            report.add(
                "E012",
                at: finding,
                "unknown finding \"\(scalar.string)\"",
                expected: "none, or {between: [a, b], kind: …}"
            )
            return nil
        }
        guard let parts = Fields(finding, "finding", keys: Self.keys, report: report),
            let kindNode = parts.required("kind"),
            let kind = report.word(kindNode, "kind", as: Expect.Kind.self)
        else { return nil }
        return Expect(
            kind: kind,
            between: parts["between"].flatMap { Self.between($0, report: report) },
            handler: parts["handler"].flatMap { report.word($0, "handler", as: Handler.self) },
            phase: parts["phase"].flatMap { report.word($0, "phase", as: Phase.self) }
        )
    }

    private static func between(_ node: Node, report: Report) -> Expect.Between? {
        guard case .sequence(let list) = node, list.count == 2, let firstNode = list.first,
            let secondNode = list.last
        else {
            report.add(
                "E004",
                at: node,
                "between must be two points",
                expected: "[edge.tx, client.rx]"
            )
            return nil
        }
        guard let last = report.word(firstNode, "point", as: Point.self),
            let first = report.word(secondNode, "point", as: Point.self)
        else { return nil }
        let isOnPath = Direction.allCases.contains { direction in
            let path = Point.path(direction)
            guard let from = path.firstIndex(of: last), let to = path.firstIndex(of: first) else {
                return false
            }
            return from < to
        }
        guard isOnPath else {
            report.add(
                "E021",
                at: node,
                "no message passes \(last.rawValue) and then \(first.rawValue)"
            )
            return nil
        }
        return Expect.Between(last: last, first: first)
    }
}
