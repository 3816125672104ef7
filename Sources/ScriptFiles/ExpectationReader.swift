import ClientCore
import FaultFiles
import FramePath
import Yams

/// Reads what must come after a step, or must not.
struct ExpectationReader {
    let texts: TextReader

    private static let conditions = ["kind", "equals", "prefix", "base64", "json"]
    private static let events = ["pong", "close", "refused", "subprotocol"]
    private static let keys = Self.conditions + Self.events + ["within", "count", "never"]

    private enum Word: String, CaseIterable {
        case message
        case pong
        case close
        case refused
    }

    private enum Kind: String, CaseIterable {
        case text
        case binary
    }

    private var report: Report { self.texts.report }

    /// One expectation, or a list of them.
    func expectations(_ node: Node, isConnect: Bool) -> [ScriptExpectation] {
        guard case .sequence(let list) = node else {
            return self.expectation(node, isConnect: isConnect).map { [$0] } ?? []
        }
        if list.isEmpty { self.report.add("E003", at: node, "an empty list expects nothing") }
        return list.compactMap { self.expectation($0, isConnect: isConnect) }
    }

    /// The message that every new connection waits for.
    func greeting(_ node: Node) -> ScriptExpectation? {
        guard let wanted = self.expectation(node, isConnect: false) else { return nil }
        if case .message = wanted.what, !wanted.isNever, wanted.count == 1 { return wanted }
        self.report.add("E042", at: node, "a greeting is one message that comes")
        return nil
    }

    private func expectation(_ node: Node, isConnect: Bool) -> ScriptExpectation? {
        if case .scalar = node {
            switch self.report.word(node, "expectation", as: Word.self) {
            case .message: return ScriptExpectation(.message(ScriptMatch()))
            case .pong: return ScriptExpectation(.pong)
            case .close: return ScriptExpectation(.close([]))
            case .refused: return isConnect ? ScriptExpectation(.refused([])) : self.late(node)
            case nil: return nil
            }
        }
        guard let fields = Fields(node, "expect", keys: Self.keys, report: self.report),
            let what = self.what(fields, isConnect: isConnect, at: node)
        else { return nil }
        let isNever = fields["never"].flatMap { self.report.flag($0, "never") } ?? false
        let count = fields["count"].flatMap {
            self.report.whole($0, "count", in: 1...ScriptLimits.timesMax)
        }
        let within = fields["within"].flatMap { self.report.span($0, "within") }
        if isNever, let key = fields.key("never") {
            if fields["within"] == nil {
                self.report.add(
                    "E042",
                    at: key,
                    "`never` needs `within`: how long it must not come",
                    help: "for example {never: true, within: 500ms}"
                )
            }
            if let key = fields.key("count") {
                self.report.add("E042", at: key, "what must never come has no `count`")
            }
        }
        if let key = fields.key("count") {
            switch what {
            case .message: break
            case .pong, .close, .refused, .subprotocol:
                self.report.add("E042", at: key, "only messages are counted")
            }
        }
        return ScriptExpectation(
            what,
            count: Int(clamping: count ?? 1),
            within: within,
            isNever: isNever
        )
    }

    private func what(
        _ fields: Fields,
        isConnect: Bool,
        at node: Node
    ) -> ScriptExpectation.What? {
        let events = Self.events.filter { fields.key($0) != nil }
        guard let event = events.first, let value = fields[event] else {
            return self.match(fields).map { .message($0) }
        }
        let others = events.dropFirst() + Self.conditions.filter { fields.key($0) != nil }
        if let other = others.first {
            self.report.add(
                "E042",
                at: fields.key(other) ?? node,
                "`\(event)` and `\(other)` are two expectations",
                help: "make them a list: [{\(event): …}, {\(other): …}]"
            )
            return nil
        }
        switch event {
        case "pong":
            guard self.report.flag(value, "pong") == true else {
                self.report.add("E042", at: value, "a Pong is expected by `pong: true`")
                return nil
            }
            return .pong
        case "close":
            return self.numbers(value, "close code", in: 1_000...4_999).map { codes in
                .close(codes.map { UInt16(clamping: $0) })
            }
        case "refused":
            guard isConnect else {
                _ = self.late(value)
                return nil
            }
            return self.numbers(value, "status", in: 300...599).map { statuses in
                .refused(statuses.map { Int(clamping: $0) })
            }
        default:
            guard isConnect else {
                _ = self.late(value)
                return nil
            }
            return self.report.text(value, "subprotocol").map { .subprotocol($0) }
        }
    }

    private func late(_ node: Node) -> ScriptExpectation? {
        self.report.add("E042", at: node, "only a `connect` step can expect that of its handshake")
        return nil
    }

    /// `any`, a number, or a list of numbers.
    private func numbers(
        _ node: Node,
        _ what: String,
        in range: ClosedRange<UInt64>
    ) -> [UInt64]? {
        switch node {
        case .sequence(let list):
            let numbers = list.compactMap { self.report.whole($0, what, in: range) }
            return numbers.count == list.count && !list.isEmpty ? numbers : nil
        case .scalar(let scalar) where scalar.string == "any": return []
        default: return self.report.whole(node, what, in: range).map { [$0] }
        }
    }

    private func match(_ fields: Fields) -> ScriptMatch? {
        var match = ScriptMatch()
        if let kind = fields["kind"].flatMap({
            self.report.word($0, "kind", as: Kind.self)
        }) {
            match.kind = kind == .text ? .text : .binary
        }
        match.equals = fields["equals"].flatMap { self.texts.text($0, "equals") }
        match.prefix = fields["prefix"].flatMap { self.texts.text($0, "prefix") }
        match.bytes = fields["base64"].flatMap {
            JSONReader(texts: self.texts).bytes($0, "base64")
        }
        if let json = fields["json"] { match.fields = self.fields(json) }
        let isText = match.equals != nil || match.prefix != nil || !match.fields.isEmpty
        if isText, match.kind == .binary || match.bytes != nil {
            let key = fields.key("kind") ?? fields.key("base64")
            if let key {
                self.report.add("E042", at: key, "no message is both text and binary")
            }
        }
        return match
    }

    private func fields(_ node: Node) -> [ScriptMatch.Field] {
        guard case .mapping(let mapping) = node, !mapping.isEmpty else {
            self.report.add("E004", at: node, "json must be a mapping", expected: "{/type: value}")
            return []
        }
        return mapping.compactMap { key, value in
            guard let pointer = self.report.pointer(key), let want = self.want(value) else {
                return nil
            }
            return ScriptMatch.Field(pointer: pointer, want: want)
        }
    }

    private func want(_ node: Node) -> ScriptMatch.Field.Want? {
        switch node {
        case .scalar(let scalar):
            let value = Report.json(scalar)
            guard case .string = value else { return .scalar(value) }
            return self.texts.text(node, "value").map { .string($0) }
        case .mapping:
            let keys = ["prefix", "exists"]
            guard let fields = Fields(node, "value", keys: keys, report: self.report) else {
                return nil
            }
            if let prefix = fields["prefix"] {
                return self.texts.text(prefix, "prefix").map { .prefix($0) }
            }
            guard let exists = fields.required("exists"),
                self.report.flag(exists, "exists") == true
            else { return nil }
            return .anything
        case .sequence, .alias:
            self.report.add(
                "E004",
                at: node,
                "a value to compare is single",
                expected: "a value, {prefix: …} or {exists: true}"
            )
            return nil
        }
    }
}
