import ClientCore
import FaultFiles
import Yams

/// Reads how connections are made.
struct SessionReader {
    let texts: TextReader
    private var defaults = ScriptSession(name: "main")

    private static let keys = ["path", "headers", "cookies", "subprotocols", "greeting"]
    /// Headers that the handshake writes itself.
    private static let reserved = [
        "host", "upgrade", "connection", "sec-websocket-key", "sec-websocket-version",
        "sec-websocket-extensions", "sec-websocket-protocol",
    ]

    private var report: Report { self.texts.report }

    init(texts: TextReader) { self.texts = texts }

    /// The script's own sessions: those it names, else one.
    ///
    /// Its own path, headers and greeting become the defaults of these and of every lane's.
    mutating func sessions(of fields: Fields) -> [ScriptSession] {
        var defaults = self.defaults
        self.read(fields, into: &defaults)
        self.defaults = defaults
        return fields["sessions"].map { self.named($0) } ?? [self.defaults]
    }

    /// Sessions by name: a list of names, or a mapping of each name to what is its own.
    func named(_ node: Node) -> [ScriptSession] {
        var members: [(name: Node, value: Node?)] = []
        switch node {
        case .sequence(let list): members = list.map { ($0, nil) }
        case .mapping(let mapping): members = mapping.map { ($0.key, $0.value) }
        case .scalar, .alias: break
        }
        guard !members.isEmpty else {
            self.report.add(
                "E004",
                at: node,
                "sessions must be a list of names or a mapping",
                expected: "[alice, bob], or {alice: {headers: …}}"
            )
            return []
        }
        guard members.count <= ScriptLimits.sessionsMax else {
            self.report.add("E009", at: node, "more than \(ScriptLimits.sessionsMax) sessions")
            return []
        }
        var names: Set<String> = []
        return members.compactMap { key, value in
            guard let name = ProfileReader.name(key, "session", report: self.report) else {
                return nil
            }
            guard names.insert(name).inserted else {
                self.report.add("E010", at: key, "session \"\(name)\" stands twice")
                return nil
            }
            var session = self.defaults
            session.name = name
            guard let value else { return session }
            if case .scalar(let scalar) = value, scalar.string.isEmpty { return session }
            let what = "session \(name)"
            if let fields = Fields(value, what, keys: Self.keys, report: self.report) {
                self.read(fields, into: &session)
                session.isPathFixed = fields["path"] != nil
            }
            return session
        }
    }

    private func read(_ fields: Fields, into session: inout ScriptSession) {
        if let path = fields["path"].flatMap({ self.texts.path($0) }) { session.path = path }
        if let headers = fields["headers"] { self.headers(headers, into: &session.headers) }
        if let cookies = fields["cookies"] { self.cookies(cookies, into: &session.headers) }
        if let names = fields["subprotocols"] { session.subprotocols = self.subprotocols(names) }
        guard let greeting = fields["greeting"] else { return }
        if case .scalar(let scalar) = greeting, scalar.string == "none" {
            session.greeting = nil
        } else {
            session.greeting = ExpectationReader(texts: self.texts).greeting(greeting)
        }
    }

    private func headers(_ node: Node, into headers: inout [ScriptSession.Header]) {
        for (key, value) in self.members(node, "headers") {
            guard let name = self.token(key, "header"),
                let text = self.texts.handshake(value, "header \(name)")
            else { continue }
            guard !Self.reserved.contains(name.lowercased()) else {
                let isProtocol = name.lowercased() == "sec-websocket-protocol"
                self.report.add(
                    "E043",
                    at: key,
                    "\(name) is written by the handshake itself",
                    help: isProtocol ? "use `subprotocols: […]`" : nil
                )
                continue
            }
            Self.set(name, text, in: &headers)
        }
    }

    private func cookies(_ node: Node, into headers: inout [ScriptSession.Header]) {
        var parts: [ScriptText.Part] = []
        for (key, value) in self.members(node, "cookies") {
            guard let name = self.token(key, "cookie"),
                let text = self.texts.handshake(value, "cookie \(name)")
            else { continue }
            parts += [.literal(parts.isEmpty ? "\(name)=" : "; \(name)=")] + text.parts
        }
        if !parts.isEmpty { Self.set("Cookie", ScriptText(parts: parts), in: &headers) }
    }

    private func subprotocols(_ node: Node) -> [ScriptText] {
        guard case .sequence(let list) = node, list.count <= ScriptLimits.headersMax else {
            self.report.add(
                "E004",
                at: node,
                "subprotocols must be a list",
                expected: "[chat.v2, chat.v1]"
            )
            return []
        }
        return list.compactMap { member in
            guard let text = self.texts.handshake(member, "subprotocol") else { return nil }
            let isToken = text.parts.allSatisfy { part in
                switch part {
                case .literal(let word), .secret(_, let word): Self.isToken(word)
                case .value: true
                }
            }
            if isToken { return text }
            self.report.add(
                "E004",
                at: member,
                "a subprotocol has letters, digits and marks, no blank and no comma"
            )
            return nil
        }
    }

    private func members(_ node: Node, _ what: String) -> [(key: Node, value: Node)] {
        guard case .mapping(let mapping) = node else {
            self.report.add(
                "E004",
                at: node,
                "\(what) must be a mapping",
                expected: "{name: value}"
            )
            return []
        }
        guard mapping.count <= ScriptLimits.headersMax else {
            self.report.add("E009", at: node, "more than \(ScriptLimits.headersMax) \(what)")
            return []
        }
        return mapping.map { ($0.key, $0.value) }
    }

    private func token(_ node: Node, _ what: String) -> String? {
        guard let name = self.report.text(node, "\(what) name") else { return nil }
        if Self.isToken(name), !name.isEmpty { return name }
        self.report.add(
            "E004",
            at: node,
            "\(what) name \"\(name)\" has more than letters, digits and marks"
        )
        return nil
    }

    private static func set(
        _ name: String,
        _ value: ScriptText,
        in headers: inout [ScriptSession.Header]
    ) {
        headers.removeAll { $0.name.lowercased() == name.lowercased() }
        headers.append(ScriptSession.Header(name: name, value: value))
    }

    /// A token of RFC 9110 §5.6.2, or nothing.
    private static func isToken(_ text: String) -> Bool {
        text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
            }
        }
    }
}
