import Faults
import FramePath
import Yams

/// A rule and where its parts stand, for findings about more than one of them.
struct PlacedRule {
    var rule: Rule
    var line: Int
    var id: Node
    var fire: Node
    var node: Node
}

/// Reads one rule.
struct RuleReader {
    let profile: String
    let report: Report

    func rule(from node: Node) -> PlacedRule? {
        let keys = ["id", "at", "match", "fire", "do"]
        guard let fields = Fields(node, "rule", keys: keys, report: self.report) else { return nil }
        let idNode = fields.required("id")
        let id = idNode.flatMap { ProfileReader.name($0, "id", report: self.report) }
        let point = fields.required("at").flatMap(self.point)
        let matcher = fields["match"].flatMap { node in
            MatchReader(report: self.report).matcher(from: node, at: point)
        }
        let fireNode = fields.required("fire")
        let fire = fireNode.flatMap { FireReader(report: self.report).fire(from: $0) }
        let actions = fields.required("do").map { node in
            ActionReader(point: point, report: self.report).actions(from: node)
        }
        guard let idNode, let id, let point, let fireNode, let fire, let actions else { return nil }
        let line = fields.key("id")?.mark?.line ?? 1
        return PlacedRule(
            rule: Rule(
                id: id,
                source: "\(self.report.file):\(line)",
                profile: self.profile,
                at: point,
                match: matcher ?? Matcher(),
                fire: fire.trigger,
                per: fire.scope,
                limit: fire.limit,
                actions: actions
            ),
            line: line,
            id: idNode,
            fire: fireNode,
            node: node
        )
    }

    private func point(_ node: Node) -> Point? {
        guard let text = self.report.text(node, "point") else { return nil }
        let words = Point.allCases.filter(\.takesRules).map(\.rawValue)
        guard let point = Point(rawValue: text) else {
            self.report.unknown("point", text, at: node, words: words, code: "E012")
            return nil
        }
        guard point.takesRules else {
            self.report.add(
                "E022",
                at: node,
                "no rule can stand at \(text): the client's points only observe",
                expected: "one of: \(words.joined(separator: ", "))",
                help: point == .clientRx
                    ? "a loss between edge and client is a rule at edge.tx, direction to-client"
                    : "a loss between client and edge is a rule at edge.rx, direction to-object"
            )
            return nil
        }
        return point
    }
}
