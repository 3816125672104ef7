internal import FramePath
internal import WebSocketWire

internal import struct NIOCore.ByteBuffer

/// One copy of a lane of the script: its object, its connections and what came of each expectation.
///
/// Shape: `advance` runs steps until one has to wait; every event ends in it again.
struct ProbeLane {
    /// One connection.
    struct Slot {
        var id: ConnectionID
        var session: SessionID?
        var isOpen = false
        /// How it ended, when it did.
        var ending: String?
        /// The code of that end; `nil` without a Close, and where the handshake failed.
        var endCode: UInt16?
        /// That ending was wanted or is judged already: the next use connects anew.
        var isSpent = false
        /// What the last action filled into its texts.
        var values: ScriptText.Values
        var lastAction: Tick
        var lastPing: ByteBuffer?
        var lastSequence: UInt64?
        /// Expectations of each send that has no frame number yet, oldest first.
        var unnumbered: [[Int]] = []
        /// Messages that no expectation has taken, oldest first.
        var inbox: [SeenMessage] = []
    }

    /// What the lane waits for.
    enum Wait: Equatable {
        /// Nothing: the next step may begin.
        case nothing
        /// A handshake; of a step, or of a connection that a later step needs.
        case connection(slot: Int, step: Int?, until: Tick)
        /// What was asked for.
        case answers
        /// A wake that must not be.
        case stillness(until: Tick)
        /// Sleep.
        case sleep(until: Tick)
        /// The end of a span.
        case idle(until: Tick)
        /// Late answers.
        case grace(until: Tick)
        /// Everything is judged; Closes are answered.
        case closing(until: Tick)
        /// The end.
        case done
    }

    /// How long after a Pong a wake by it would be seen.
    static let stillnessMax = Tick.Span.milliseconds(250)
    /// How long the Closes at the end may take, so that the edge sees the sessions end cleanly.
    static let closingMax = Tick.Span.seconds(2)
    /// Messages of one connection that are kept for later steps.
    static let inboxMax = 1_000

    let index: Int
    let script: ScriptLane
    /// The object that the lane has to itself when its paths name it.
    let object: String
    /// How each session connects.
    let dials: [ProbeDial]
    var position = 0
    var wait = Wait.nothing
    var slots: [Slot?]
    var asks: [ProbeAsk] = []
    /// The first expectation that may still be open.
    var openFrom = 0
    /// When expectations without a time of their own are missing; starts again with each answer.
    var answersUntil = Tick.zero
    var answerLimit = Tick.Span.zero
    var exchanges = 0
    var lastTraffic = Tick.zero
    /// Which of its objects are seen to sleep.
    var sleeping: Set<String> = []
    /// Its object was watched and did not sleep when it should have: what follows says nothing of a wake.
    var isSleepMissed = false
    /// Some connection stood.
    var hasStood = false
    /// The first connection never stood: nothing can be told.
    var isUnreachable = false
    /// The highest number of the step under way that was answered.
    var highestNumber = -1
    /// The object slept between the first exchange of a wake and the next one.
    var hasSleptBeforeLater = false

    init(
        index: Int,
        script: ScriptLane,
        object: String,
        configuration: ProbeConfiguration
    ) {
        self.index = index
        self.script = script
        self.object = object
        self.slots = script.sessions.map { _ in nil }
        let values = ScriptText.Values(
            object: object,
            unique: object,
            wallMilliseconds: configuration.wallZeroMilliseconds
        )
        self.dials = script.sessions.map { session in
            var target = session.path?.rendered(values) ?? configuration.path
            if !session.isPathFixed, configuration.path != "/" { target = configuration.path }
            let path = String(target.prefix { $0 != "?" })
            return ProbeDial(
                target: target,
                object: ObjectName.name(ofPath: path) ?? String(path.prefix(64)),
                headers: session.headers.map {
                    HTTPHeader(name: $0.name, value: $0.value.rendered(values))
                },
                subprotocols: session.subprotocols.map { $0.rendered(values) }
            )
        }
    }

    /// The objects its sessions connect to.
    var objects: Set<String> { Set(self.dials.map(\.object)) }

    /// Whether every object of a connection that was made sleeps.
    var isAsleep: Bool {
        !self.sleeping.isEmpty
            && self.slots.indices.allSatisfy { slot in
                self.slots[slot] == nil || self.sleeping.contains(self.dials[slot].object)
            }
    }

    /// When the lane's wait is over.
    var deadline: Tick? {
        switch self.wait {
        case .nothing, .done: nil
        case .answers: self.openAsks.map { self.asks[$0].until ?? self.answersUntil }.min()
        case .connection(_, _, let until), .stillness(let until), .sleep(let until),
            .idle(let until), .grace(let until), .closing(let until):
            until
        }
    }

    /// Expectations that nothing has come of yet.
    var openAsks: [Int] {
        self.asks.indices[self.openFrom...].filter { self.asks[$0].outcome == nil }
    }

    /// What an ask expects.
    func expectation(_ ask: ProbeAsk) -> ScriptExpectation? {
        guard let place = ask.expectation else {
            return self.script.sessions[ask.slot].greeting
        }
        return self.script.steps[ask.step].expects[place]
    }

    /// Whether an ask is a cell of the table.
    func isJudged(_ ask: ProbeAsk) -> Bool {
        ask.expectation != nil && self.script.steps[ask.step].isJudged
    }

    /// Runs steps until one has to wait.
    mutating func advance(at now: Tick, _ context: inout ProbeContext) {
        while self.wait == .nothing {
            guard self.position < self.script.steps.count, !self.isUnreachable else {
                self.end(at: now, &context)
                return
            }
            self.position += 1
            self.begin(self.position - 1, at: now, &context)
        }
    }

    private mutating func begin(_ place: Int, at now: Tick, _ context: inout ProbeContext) {
        let step = self.script.steps[place]
        self.openFrom = self.asks.count
        switch step.action {
        case .connect: self.connect(step.session, step: place, at: now, &context)
        case .send, .ping, .close, .listen: self.exchange(place, at: now, &context)
        case .idle(let span): self.wait = .idle(until: now + span)
        case .sleep:
            context.sleepsAwaited += 1
            self.awaitSleep(at: now, &context)
        }
    }

    /// Connects a session anew; what it was before is forgotten.
    mutating func connect(
        _ slot: Int,
        step: Int?,
        at now: Tick,
        _ context: inout ProbeContext
    ) {
        if let step { self.noteSleepBefore(step, at: now, &context) }
        if let old = self.slots[slot], old.isOpen {
            context.actions.append(.close(old.id, code: 1_000, reason: "connected anew"))
        }
        let id = context.dial(lane: self.index, slot: slot, self.dials[slot])
        self.slots[slot] = Slot(
            id: id,
            values: ScriptText.Values(object: self.object),
            lastAction: now
        )
        self.touch(slot, at: now)
        let until = now + context.configuration.connectMax
        self.wait = .connection(slot: slot, step: step, until: until)
    }

    mutating func awaitSleep(at now: Tick, _ context: inout ProbeContext) {
        self.isSleepMissed = false
        if self.isAsleep {
            context.sleepsObserved += 1
            self.wait = .nothing
            return
        }
        // An object that never sleeps is not waited for for ever: its column is the same exchange, idle.
        let configuration = context.configuration
        let idle = configuration.observesHibernation ? configuration.idle * 2 : configuration.idle
        self.wait = .sleep(until: self.lastTraffic + idle)
    }

    private mutating func end(at now: Tick, _ context: inout ProbeContext) {
        if self.isUnreachable { self.giveUp(at: now) }
        let isMissing = self.asks.contains { $0.outcome == .missing && self.isJudged($0) }
        if isMissing, !self.isUnreachable {
            self.wait = .grace(until: now + context.configuration.grace)
        } else {
            self.finish(at: now, &context)
        }
    }

    mutating func finish(at now: Tick, _ context: inout ProbeContext) {
        for ask in self.asks { self.record(ask, at: now, &context) }
        for case let slot? in self.slots where slot.isOpen {
            context.actions.append(.close(slot.id, code: 1_000, reason: "probe done"))
        }
        self.wait = self.hasOpenSlot ? .closing(until: now + Self.closingMax) : .done
    }

    /// Whether a connection stands.
    var hasOpenSlot: Bool { self.slots.contains { $0?.isOpen == true } }

    /// Whether everything is judged: what comes now changes nothing.
    var isOver: Bool {
        switch self.wait {
        case .closing, .done: true
        case .nothing, .connection, .answers, .stillness, .sleep, .idle, .grace: false
        }
    }

    /// Whether no step of a column is to come or under way.
    func hasJudged(_ column: String) -> Bool {
        if self.isOver { return true }
        var rest = self.script.steps[self.position...]
        switch self.wait {
        case .connection, .answers: rest = self.script.steps[max(0, self.position - 1)...]
        case .nothing, .stillness, .sleep, .idle, .grace, .closing, .done: break
        }
        return !rest.contains { $0.isJudged && $0.column == column }
    }

    /// Every cell that was not tried is unknown.
    private mutating func giveUp(at now: Tick) {
        let why = self.slots.lazy.compactMap { $0?.ending }.first ?? "could not connect"
        for (place, step) in self.script.steps.enumerated()
        where step.isJudged && !self.asks.contains(where: { $0.step == place }) {
            self.exchanges += 1
            self.asks.append(
                ProbeAsk(
                    step: place,
                    expectation: 0,
                    slot: step.session,
                    session: self.slots[step.session]?.session,
                    values: ScriptText.Values(object: self.object),
                    exchange: self.exchanges,
                    time: now,
                    until: nil,
                    outcome: .unknown,
                    why: why
                )
            )
        }
    }

    /// Counts the lane when its object may be asleep although the step asks in a running wake.
    mutating func noteSleepBefore(_ step: Int, at now: Tick, _ context: inout ProbeContext) {
        let asked = self.script.steps[step]
        guard asked.isInWake, asked.isJudged, !self.hasSleptBeforeLater else { return }
        let configuration = context.configuration
        let hadTheTime = now >= self.lastTraffic + configuration.hibernateAfter
        guard configuration.observesHibernation ? self.isAsleep : hadTheTime else { return }
        self.hasSleptBeforeLater = true
        context.sleptBeforeLater += 1
    }

    /// Data went or came on a session: its object is awake, its idle time starts again.
    mutating func touch(_ slot: Int, at now: Tick) {
        self.lastTraffic = now
        self.sleeping.remove(self.dials[slot].object)
    }
}
