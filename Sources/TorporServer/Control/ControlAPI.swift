internal import EdgeCore
internal import FramePath
internal import FrameTrace
internal import NIOCore
internal import ObjectLink

/// What each route does, apart from HTTP.
///
/// Shape: any thread; everything about sessions is asked on the edge's own loop.
final class ControlAPI: Sendable {
    let edge: ControlledEdge
    let log: EventLog
    let limits: ControlLimits
    let clock: RunClock
    let counters = ControlCounters()

    init(edge: ControlledEdge, limits: ControlLimits, clock: RunClock) {
        self.edge = edge
        self.limits = limits
        self.clock = clock
        self.log = EventLog(limits: limits)
    }

    /// Begins to look on: steps always, messages while somebody waits for them.
    func start() async {
        let (log, clock) = (self.log, self.clock)
        await self.observe(messages: false)
        _ = await self.edge.onLoop { plane in
            let tell = { (link: LinkState) in
                log.append(
                    SeenEvent(time: clock.now, event: .link, what: link.word, why: link.reason)
                )
            }
            // The first event, so that a wait since 0 sees a link that is up already.
            if let link = plane.summary().link { tell(link) }
            plane.observeLink(tell)
        }
    }

    func stop() { self.log.end() }

    func observe(messages: Bool) async {
        let (log, objects) = (self.log, self.edge.objects)
        log.keepMessages(messages)
        _ = await self.edge.onLoop { plane in
            plane.observe(messages: messages) { log.append($0) }
            // An object server of this process lives on the same loop.
            objects?.value.observe(messages) { log.append($0) }
        }
    }

    // MARK: the process

    func healthz() async -> ControlReply {
        let summary = await self.edge.summary()
        return .object { json in
            json.key("status")
            json.string("ok")
            // A process that holds its sessions without a link is healthy: it must not be restarted.
            json.key("ready")
            json.bool(summary.link.map { $0 == .up } ?? true)
            Self.write(summary.link, to: &json)
        }
    }

    func version() -> ControlReply {
        .object { json in
            json.key("version")
            json.string(TorporVersion.text)
            json.key("link")
            json.int(LinkCodec.version)
            json.key("edge")
            json.string(self.edge.address.description)
        }
    }

    func metrics() async -> ControlReply {
        let summary = await self.edge.summary()
        let objects = await self.edge.objectCounts()
        let text = MetricsText.of(
            summary,
            objects: objects,
            traceLost: self.edge.traceLost(),
            waiting: self.log.waiting,
            control: self.counters.values
        )
        return ControlReply(
            contentType: "text/plain; version=0.0.4; charset=utf-8",
            body: Array(text.utf8)
        )
    }

    // MARK: lists

    func sessions(_ question: ControlQuestion) async throws(ControlFailure) -> ControlReply {
        let (after, limit) = try self.page(question)
        let page = await self.edge.onLoop { $0.sessions(after: after, limit: limit) }
        return Self.list(page ?? ControlPage()) { json, session in
            Self.write(session, to: &json)
        }
    }

    func objects(_ question: ControlQuestion) async throws(ControlFailure) -> ControlReply {
        let (after, limit) = try self.page(question)
        let page = await self.edge.onLoop { $0.objects(after: after, limit: limit) }
        return Self.list(page ?? ControlPage()) { json, object in
            Self.write(object, to: &json)
        }
    }

    private func page(_ question: ControlQuestion) throws(ControlFailure) -> (Int, Int) {
        (
            try question.number("after", in: 0...Int(Int32.max), default: 0),
            try question.number(
                "limit",
                in: 1...self.limits.pageMax,
                default: self.limits.pageDefault
            )
        )
    }

    private static func list<Item>(
        _ page: ControlPage<Item>,
        _ write: (inout JSONWriter, Item) -> Void
    ) -> ControlReply {
        .object { json in
            json.key("items")
            json.beginArray()
            for item in page.items { write(&json, item) }
            json.endArray()
            json.key("next")
            if let next = page.next { json.int(next) } else { json.null() }
        }
    }

    // MARK: commands

    /// Asks the edge, and says which event was the last one before.
    func ask(_ command: ControlCommand) async throws(ControlFailure) -> ControlReply {
        let since = self.log.last
        switch await self.edge.command(command) {
        case .done(let words):
            return .object { json in
                json.key("result")
                json.string(words)
                json.key("since")
                json.int(since)
            }
        case .notFound(let words):
            throw ControlFailure(404, words, next: "take a name from the list")
        case .conflict(let words):
            throw ControlFailure(409, words, next: "GET /objects and /sessions show the state")
        case .unavailable(let words):
            throw ControlFailure(503, words, next: "GET /healthz shows the link; then ask again")
        }
    }

    func hibernate(_ question: ControlQuestion) async throws(ControlFailure) -> ControlReply {
        try ControlBody(question).end()
        return try await self.ask(.hibernate(object: question.name("o")))
    }

    func wake(_ question: ControlQuestion) async throws(ControlFailure) -> ControlReply {
        try ControlBody(question).end()
        return try await self.ask(.wake(object: question.name("o")))
    }

    private enum Sockets: String, CaseIterable {
        case keep
        case close
    }

    func evict(_ question: ControlQuestion) async throws(ControlFailure) -> ControlReply {
        var body = try ControlBody(question)
        let sockets = try body.word("sockets", Sockets.self) ?? .keep
        try body.end()
        return try await self.ask(
            .evict(object: question.name("o"), keepsSockets: sockets == .keep)
        )
    }

    func close(_ question: ControlQuestion) async throws(ControlFailure) -> ControlReply {
        var body = try ControlBody(question)
        let code = UInt16(try body.number("code", in: 1_000...4_999) ?? 1_000)
        let reason = try body.text("reason") ?? ""
        try body.end()
        // RFC 6455 §7.4: these may stand in a Close frame.
        guard (1_000...1_003).contains(code) || (1_007...1_014).contains(code) || code >= 3_000
        else {
            throw ControlFailure(
                400,
                "code \(code) cannot stand in a Close frame",
                next: "take 1000-1003, 1007-1014 or 3000-4999"
            )
        }
        guard reason.utf8.count <= 123 else {
            throw ControlFailure(
                400,
                "the reason has \(reason.utf8.count) bytes",
                next: "a Close frame has room for 123"
            )
        }
        return try await self.ask(
            .close(session: try self.session(question), code: code, reason: reason)
        )
    }

    func session(
        _ question: ControlQuestion,
        _ command: (SessionID) -> ControlCommand
    ) async throws(ControlFailure) -> ControlReply {
        try ControlBody(question).end()
        return try await self.ask(command(try self.session(question)))
    }

    private func session(_ question: ControlQuestion) throws(ControlFailure) -> SessionID {
        let text = question.name("s")
        guard let session = SessionID(text[...]) else {
            throw ControlFailure(
                404,
                "'\(text)' is not a session",
                next: "GET /sessions lists them; they look like 0123456789abcdef-1"
            )
        }
        return session
    }

    func panic(_ question: ControlQuestion) async throws(ControlFailure) -> ControlReply {
        try ControlBody(question).end()
        return try await self.ask(.panic)
    }
}
