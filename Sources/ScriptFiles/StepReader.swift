import ClientCore
import FaultFiles
import FramePath
import Yams

/// Reads the steps of one lane.
struct StepReader {
    let texts: TextReader
    /// The lane's sessions, by place.
    let sessions: [String]
    /// The row of steps that name none.
    let row: String

    private enum Word: String, CaseIterable {
        case connect
        case send
        case ping
        case close
        case idle
        case sleep = "idle-until-hibernated"
    }

    private static let keys =
        Word.allCases.map(\.rawValue)
        + ["expect", "await", "session", "row", "column", "repeat"]

    private var report: Report { self.texts.report }

    func step(from node: Node) -> ScriptStep? {
        if case .scalar = node { return self.word(node) }
        guard let fields = Fields(node, "step", keys: Self.keys, report: self.report) else {
            return nil
        }
        let given = Word.allCases.filter { fields.key($0.rawValue) != nil }
        guard given.count <= 1 else {
            let words = given.map(\.rawValue).joined(separator: " and ")
            self.report.add(
                "E042",
                at: fields.key(given[1].rawValue) ?? node,
                "a step does one thing, found \(words)",
                help: "make each a step of its own: they run in order"
            )
            return nil
        }
        guard let word = given.first else {
            guard fields["expect"] != nil || fields["await"] != nil else {
                if fields.hasUnknownKey { return nil }
                let words = Word.allCases.map(\.rawValue).joined(separator: ", ")
                self.report.add(
                    "E042",
                    at: node,
                    "a step does nothing",
                    expected: "one of: \(words), expect, await"
                )
                return nil
            }
            return self.step(.listen, fields, at: node)
        }
        guard let value = fields[word.rawValue], let action = self.action(word, value) else {
            return nil
        }
        if word == .idle || word == .sleep {
            for key in ["expect", "await", "session", "row", "column", "repeat"] {
                guard let other = fields.key(key) else { continue }
                self.report.add("E042", at: other, "`\(word.rawValue)` takes no `\(key)`")
            }
            return ScriptStep(action)
        }
        return self.step(action, fields, at: node)
    }

    private func step(_ action: ScriptStep.Action, _ fields: Fields, at node: Node) -> ScriptStep? {
        if let key = fields.key("await"), fields["expect"] != nil {
            self.report.add(
                "E042",
                at: key,
                "`await` waits and judges nothing, `expect` judges: one of them"
            )
            return nil
        }
        let isConnect = action == .connect
        let reader = ExpectationReader(texts: self.texts)
        let wanted = fields["expect"] ?? fields["await"]
        let expects = wanted.map { reader.expectations($0, isConnect: isConnect) } ?? []
        guard let session = self.session(fields, isConnect: isConnect, at: node) else { return nil }
        return ScriptStep(
            action,
            session: session,
            times: self.times(fields, action) ?? 1,
            expects: expects,
            isJudged: fields["await"] == nil,
            row: fields["row"].flatMap(self.texts.label) ?? self.row,
            column: fields["column"].flatMap(self.texts.label) ?? ""
        )
    }

    /// A step that is only a word.
    private func word(_ node: Node) -> ScriptStep? {
        guard let word = self.report.word(node, "step", as: Word.self) else { return nil }
        switch word {
        case .sleep: return ScriptStep(.sleep)
        case .connect, .ping, .close:
            guard let session = self.only(at: node) else { return nil }
            let action: ScriptStep.Action =
                switch word {
                case .connect: .connect
                case .ping: .ping(Self.pingText)
                default: .close(code: 1_000, reason: "")
                }
            return ScriptStep(action, session: session, row: self.row)
        case .send, .idle:
            let wanted = word == .idle ? "idle: 3s" : "send: …"
            self.report.add("E003", at: node, "`\(word.rawValue)` has no value", expected: wanted)
            return nil
        }
    }

    private func action(_ word: Word, _ value: Node) -> ScriptStep.Action? {
        switch word {
        case .connect: return .connect
        case .send: return self.payload(value).map { .send($0) }
        case .ping:
            if Self.isEmpty(value) { return .ping(Self.pingText) }
            guard let text = self.texts.text(value, "ping") else { return nil }
            let length = text.parts.reduce(0) { sum, part in
                switch part {
                case .literal(let text), .secret(_, let text): sum + text.utf8.count
                case .value: sum + 1
                }
            }
            guard length <= ScriptLimits.controlMax else {
                let message = "a Ping carries at most \(ScriptLimits.controlMax) bytes here"
                self.report.add("E007", at: value, message)
                return nil
            }
            return .ping(text)
        case .close: return self.close(value)
        case .idle: return self.report.span(value, "idle").map { .idle($0) }
        case .sleep:
            guard Self.isEmpty(value) else {
                self.report.add(
                    "E004",
                    at: value,
                    "idle-until-hibernated takes no value",
                    help: "write `- idle-until-hibernated`, or `- idle: 3s` for a span of your own"
                )
                return nil
            }
            return .sleep
        }
    }

    private func payload(_ node: Node) -> ScriptPayload? {
        if case .scalar = node { return self.texts.text(node, "send").map { .text($0) } }
        let keys = ["text", "json", "base64"]
        guard let fields = Fields(node, "send", keys: keys, report: self.report) else { return nil }
        let given = keys.filter { fields.key($0) != nil }
        guard given.count == 1, let key = given.first, let value = fields[key] else {
            if fields.hasUnknownKey, given.isEmpty { return nil }
            self.report.add("E042", at: node, "send needs one of: text, json, base64")
            return nil
        }
        switch key {
        case "text": return self.texts.text(value, "text").map { .text($0) }
        case "json": return JSONReader(texts: self.texts).json(value).map { .json($0) }
        default:
            return JSONReader(texts: self.texts).bytes(value, "base64").map { .binary($0) }
        }
    }

    private func close(_ node: Node) -> ScriptStep.Action? {
        if Self.isEmpty(node) { return .close(code: 1_000, reason: "") }
        if case .scalar = node {
            return self.code(node).map { .close(code: $0, reason: "") }
        }
        guard let fields = Fields(node, "close", keys: ["code", "reason"], report: self.report)
        else { return nil }
        let reason = fields["reason"].flatMap { self.report.text($0, "reason") } ?? ""
        if reason.utf8.count > ScriptLimits.controlMax {
            let message = "a close reason has at most \(ScriptLimits.controlMax) bytes here"
            self.report.add("E007", at: node, message)
        }
        let code = fields["code"].map { self.code($0) } ?? 1_000
        return code.map { .close(code: $0, reason: reason) }
    }

    /// A code that a client may send.
    ///
    /// Source: RFC 6455 §7.4.
    private func code(_ node: Node) -> UInt16? {
        guard let code = self.report.whole(node, "close code", in: 1_000...4_999) else {
            return nil
        }
        let isSendable =
            code >= 3_000 || [1_000, 1_001, 1_002, 1_003].contains(code)
            || (1_007...1_011).contains(code)
        if isSendable { return UInt16(clamping: code) }
        self.report.add(
            "E007",
            at: node,
            "no client may send close code \(code)",
            expected: "1000, 1001, 1002, 1003, 1007…1011 or 3000…4999"
        )
        return nil
    }

    private func times(_ fields: Fields, _ action: ScriptStep.Action) -> Int? {
        guard let node = fields["repeat"] else { return nil }
        switch action {
        case .send, .ping: break
        case .connect, .close, .listen, .idle, .sleep:
            let key = fields.key("repeat") ?? node
            self.report.add("E042", at: key, "only `send` and `ping` are repeated")
            return nil
        }
        return self.report.whole(node, "repeat", in: 1...ScriptLimits.timesMax).map {
            Int(clamping: $0)
        }
    }

    private func session(_ fields: Fields, isConnect: Bool, at node: Node) -> Int? {
        var named = fields["session"]
        if isConnect, let value = fields["connect"], !Self.isEmpty(value) {
            if let key = fields.key("session") {
                self.report.add("E042", at: key, "`connect` names its session already")
            }
            named = value
        }
        guard let named else { return self.only(at: node) }
        guard let name = self.report.text(named, "session") else { return nil }
        if let place = self.sessions.firstIndex(of: name) { return place }
        self.report.unknown("session", name, at: named, words: self.sessions, code: "E012")
        return nil
    }

    /// The session of a step that names none.
    private func only(at node: Node) -> Int? {
        if self.sessions.count == 1 { return 0 }
        if self.sessions.isEmpty { return nil }
        let words = self.sessions.joined(separator: ", ")
        self.report.add(
            "E003",
            at: node,
            "step has no `session`, and there are several",
            expected: "one of: \(words)"
        )
        return nil
    }

    private static let pingText = ScriptText(parts: [.value(.unique)])

    private static func isEmpty(_ node: Node) -> Bool {
        switch node {
        case .scalar(let scalar): scalar.string.isEmpty && scalar.style == .plain
        case .mapping(let mapping): mapping.isEmpty
        case .sequence, .alias: false
        }
    }
}
