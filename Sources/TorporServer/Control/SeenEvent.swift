internal import Faults
internal import FramePath
internal import FrameTrace

/// One recorded event, as `POST /wait` matches and tells it.
struct SeenEvent: Sendable {
    /// Counted from 1 in this process, over everything that is told.
    var number: UInt64 = 0
    /// When, on the run's clock.
    var time: Tick
    /// `message`, `fault`, `life`, `socket`, `link` or `mark`.
    var event: Kind
    /// The word of the step, the kind of message, the actions of the rule.
    var what: String
    var object: String?
    var session: SessionID?
    var point: Point?
    var direction: Direction?
    var type: String?
    var rule: String?
    var fired: Bool?
    var code: UInt16?
    var why: String?

    enum Kind: String, CaseIterable, Sendable {
        case message
        case fault
        case life
        case socket
        case link
        case mark
    }

    init(time: Tick, event: Kind, what: String, why: String? = nil) {
        self.time = time
        self.event = event
        self.what = what
        self.why = why
    }

    /// What is told of a recorded event; `nil` when nothing is.
    init?(_ recorded: Recorded, messages: Bool) {
        switch recorded.event {
        case .frame(let seen):
            guard messages, !seen.isRelease else { return nil }
            self.init(time: recorded.time, event: .message, what: seen.message.kind.rawValue)
            self.object = seen.object
            self.session = seen.message.id.session
            self.point = seen.point
            self.direction = seen.message.id.direction
            self.type = seen.message.type
        case .fault(let decided):
            self.init(time: recorded.time, event: .fault, what: decided.decision.action)
            self.object = decided.object
            self.session = decided.id.session
            self.point = decided.point
            self.direction = decided.id.direction
            self.rule = decided.decision.rule
            self.fired = decided.decision.fired
        case .life(let step):
            self.init(time: recorded.time, event: .life, what: step.what.rawValue, why: step.why)
            self.object = step.object
            self.session = step.session
        case .socket(let step):
            self.init(time: recorded.time, event: .socket, what: step.what.rawValue)
            self.object = step.object
            self.session = step.session
            self.code = step.code
            self.why = step.reason
        case .mark(let words):
            self.init(time: recorded.time, event: .mark, what: "mark", why: words)
        case .log, .expect, .gap: return nil
        }
    }

    func write(to json: inout JSONWriter) {
        json.beginObject()
        json.key("number")
        json.int(self.number)
        json.key("time")
        json.double(Double(self.time.nanoseconds) / 1e9)
        for (key, value) in [
            ("event", self.event.rawValue), ("what", self.what), ("object", self.object),
            ("session", self.session?.description), ("point", self.point?.rawValue),
            ("direction", self.direction?.rawValue), ("type", self.type), ("rule", self.rule),
            ("why", self.why),
        ] {
            guard let value else { continue }
            json.key(key)
            json.string(value)
        }
        if let fired {
            json.key("fired")
            json.bool(fired)
        }
        if let code {
            json.key("code")
            json.int(code)
        }
        json.endObject()
    }
}
