import Faults
import FramePath
import Yams

/// Reads what a rule is about.
struct MatchReader {
    let report: Report

    private enum Way: String, CaseIterable {
        case toObject = "to-object"
        case toClient = "to-client"
        case both
    }

    private static let keys = [
        "direction", "phase", "wake", "handler", "opcode", "json", "session", "object", "size",
    ]

    func matcher(from node: Node, at point: Point?) -> Matcher? {
        guard let fields = Fields(node, "match", keys: Self.keys, report: self.report) else {
            return nil
        }
        var matcher = Matcher()
        if let way = fields["direction"] { self.direction(way, at: point, into: &matcher) }
        if let phase = fields["phase"] {
            matcher.phases = self.report.words(phase, "phase", as: Phase.self)
        }
        matcher.wake = fields["wake"].flatMap { self.report.bounds($0, "wake") }
        if let handler = fields["handler"] {
            matcher.handlers = self.report.words(handler, "handler", as: Handler.self)
            self.check(handler, matcher, at: point)
        }
        if let opcode = fields["opcode"] { self.opcodes(opcode, into: &matcher) }
        if let json = fields["json"] { matcher.fields = self.fields(json) }
        if let session = fields["session"] { self.session(session, into: &matcher) }
        matcher.object = fields["object"].flatMap { self.report.text($0, "object") }.map {
            Glob($0)
        }
        matcher.size = fields["size"].flatMap {
            self.report.bounds($0, "size", number: Quantity.bytes)
        }
        return matcher
    }

    private func direction(_ node: Node, at point: Point?, into matcher: inout Matcher) {
        guard let way = self.report.word(node, "direction", as: Way.self) else { return }
        matcher.direction = Direction(rawValue: way.rawValue)
        guard let direction = matcher.direction, let point else { return }
        let path = Point.path(direction)
        guard !path.contains(point) else { return }
        self.report.add(
            "E021",
            at: node,
            "no \(way.rawValue) message passes \(point.rawValue)",
            help: "its way is \(path.map(\.rawValue).joined(separator: " → "))"
        )
    }

    /// To-object messages have no handler, so such a rule would never match.
    private func check(_ node: Node, _ matcher: Matcher, at point: Point?) {
        let isToClient = point.map { Point.path(.toClient).contains($0) } ?? true
        guard matcher.direction == .toObject || !isToClient, matcher.handlers != [.unknown] else {
            return
        }
        self.report.add(
            "E021",
            at: node,
            "messages to the object come from no handler",
            help: "a handler is what made the object send: use `direction: to-client`"
        )
    }

    private func opcodes(_ node: Node, into matcher: inout Matcher) {
        matcher.opcodes = self.report.words(node, "opcode", as: MessageKind.self)
        guard matcher.opcodes.contains(.continuation) else { return }
        self.report.add(
            "E021",
            at: node,
            "rules see whole messages, never a continuation",
            expected: "text, binary, close, ping or pong"
        )
    }

    private func fields(_ node: Node) -> [Matcher.Field] {
        guard case .mapping(let mapping) = node else {
            self.report.add("E004", at: node, "json must be a mapping", expected: "{/type: value}")
            return []
        }
        var fields: [Matcher.Field] = []
        for (key, value) in mapping {
            guard let pointer = self.report.pointer(key) else { continue }
            guard case .scalar(let scalar) = value else {
                self.report.add("E004", at: value, "a JSON value to match must be a single value")
                continue
            }
            fields.append(Matcher.Field(pointer: pointer, value: Report.json(scalar)))
        }
        return fields
    }

    private func session(_ node: Node, into matcher: inout Matcher) {
        guard
            let fields = Fields(node, "session", keys: ["key", "attempt"], report: self.report)
        else { return }
        matcher.sessionKey = fields["key"].flatMap { self.report.text($0, "key") }.map { Glob($0) }
        matcher.attempt = fields["attempt"].flatMap { self.report.bounds($0, "attempt") }
    }
}
