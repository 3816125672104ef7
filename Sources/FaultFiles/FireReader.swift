import Faults
import Yams

/// Reads when a rule fires.
struct FireReader {
    let report: Report

    struct Fire {
        var trigger: Trigger
        var scope: Scope
        var limit: UInt64?
    }

    private static let triggers = ["always", "nth", "every", "first", "probability"]
    private static let counts: ClosedRange<UInt64> = 1...1_000_000_000

    func fire(from node: Node) -> Fire? {
        let keys = Self.triggers + ["offset", "limit", "per"]
        guard let fields = Fields(node, "fire", keys: keys, report: self.report) else { return nil }
        let given = Self.triggers.filter { fields[$0] != nil }
        guard given.count == 1, let word = given.first, let value = fields[word] else {
            let found = given.isEmpty ? "none" : given.joined(separator: " and ")
            self.report.add(
                "E013",
                at: given.dropFirst().first.flatMap { fields.key($0) } ?? node,
                "fire needs exactly one trigger, found \(found)",
                expected: "one of: \(Self.triggers.joined(separator: ", "))"
            )
            return nil
        }
        if word != "every", let offset = fields.key("offset") {
            self.report.add("E013", at: offset, "`offset` belongs to `every`, not to `\(word)`")
        }
        let scope = fields["per"].flatMap { self.report.word($0, "scope", as: Scope.self) }
        let limit = fields["limit"].flatMap { self.report.whole($0, "limit", in: Self.counts) }
        guard let trigger = self.trigger(word, value, fields: fields) else { return nil }
        return Fire(trigger: trigger, scope: scope ?? .session, limit: limit)
    }

    private func trigger(_ word: String, _ node: Node, fields: Fields) -> Trigger? {
        switch word {
        case "always":
            guard let flag = self.report.flag(node, "always") else { return nil }
            guard flag else {
                self.report.add(
                    "E013",
                    at: node,
                    "`always: false` never fires",
                    help: "leave the rule out instead"
                )
                return nil
            }
            return .always
        case "nth":
            return self.report.whole(node, "nth", in: Self.counts).map { .nth($0) }
        case "first":
            return self.report.whole(node, "first", in: Self.counts).map { .first($0) }
        case "every":
            guard let period = self.report.whole(node, "every", in: Self.counts) else {
                return nil
            }
            let offset = fields["offset"].flatMap {
                self.report.whole($0, "offset", in: 0...(period - 1))
            }
            return .every(period: period, offset: offset ?? 0)
        default:
            return self.report.probability(node).map { .probability($0) }
        }
    }
}
