internal import FramePath
internal import FrameTrace

/// Waiting for events instead of sleeping.
extension ControlAPI {
    func wait(_ question: ControlQuestion) async throws(ControlFailure) -> ControlReply {
        var body = try ControlBody(question)
        let filter = try Self.filter(&body)
        let count = try body.number("n", in: 1...self.limits.waitEventsMax) ?? 1
        let limit =
            try body.number("timeout", in: 1...self.limits.waitMillisecondsMax)
            ?? self.limits.waitMillisecondsDefault
        let since = try body.number("since", in: 0...Int.max).map { UInt64($0) }
        try body.end()
        if filter.wantsMessages { await self.watchMessages() }
        defer { if filter.wantsMessages { self.endWatching() } }
        let outcome = await self.log.wait(
            for: filter,
            count: count,
            since: since,
            limit: .milliseconds(limit)
        )
        return try self.reply(outcome, wanted: count)
    }

    private static func filter(_ body: inout ControlBody) throws(ControlFailure) -> EventFilter {
        var filter = EventFilter()
        filter.event = try body.word("event", SeenEvent.Kind.self)
        filter.what = try body.text("what")
        filter.object = try body.text("object")
        if let text = try body.text("session") {
            guard let session = SessionID(text[...]) else {
                throw ControlFailure(
                    400,
                    "session '\(text)' is none",
                    next: "GET /sessions lists them"
                )
            }
            filter.session = session
        }
        filter.point = try body.word("point", Point.self)
        filter.direction = try body.word("direction", Direction.self)
        filter.type = try body.text("type")
        filter.rule = try body.text("rule")
        return filter
    }

    private func reply(
        _ outcome: EventLog.Outcome,
        wanted: Int
    ) throws(ControlFailure) -> ControlReply {
        switch outcome {
        case .met(let events, let last):
            return .object { json in
                json.key("events")
                json.raw(Self.list(events))
                json.key("since")
                json.int(last)
            }
        case .timedOut(let events, let others, let last):
            var failure = ControlFailure(
                408,
                "\(events.count) of \(wanted) events came in time",
                next: "`seen` matched, `others` are the last that did not; give `since` "
                    + "to count from an earlier event, or a longer `timeout` in milliseconds"
            )
            failure.more = [
                ("seen", Self.list(events)), ("others", Self.list(others)),
                ("since", String(last)),
            ]
            throw failure
        case .forgotten(let oldest):
            throw ControlFailure(
                410,
                "events before \(oldest) are not kept any more",
                next: "give `since` from \(oldest) on; \(self.limits.eventsKept) events are kept"
            )
        case .refused:
            self.counters.refusedWait()
            throw ControlFailure(
                429,
                "\(self.limits.waitsMax) waits are open already",
                next: "end some of them first"
            )
        case .ended:
            throw ControlFailure(503, "the edge ends", next: "start it again")
        }
    }

    private static func list(_ events: [SeenEvent]) -> String {
        var json = JSONWriter()
        json.beginArray()
        for event in events { event.write(to: &json) }
        json.endArray()
        return json.text
    }

    // MARK: messages are recorded only while somebody waits for them

    private func watchMessages() async {
        self.counters.watchBegan()
        // Also when another wait did so: this one must not begin before it is done.
        await self.observe(messages: true)
    }

    private func endWatching() {
        let watch = self.counters.watchEnded()
        let rest = Duration.seconds(self.limits.messagesAfterWaitSeconds)
        Task {
            // Only the last one of a series of waits turns it off again.
            try await Task.sleep(for: rest)
            if self.counters.isLast(watch) { await self.observe(messages: false) }
        }
    }
}
