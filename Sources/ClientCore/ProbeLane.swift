internal import FramePath

internal import struct NIOCore.ByteBuffer

/// One row of one session: its script, its object, its connections and what came of each exchange.
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
        /// An exchange under way was judged by that ending, so the next one gets a new connection.
        var isCharged = false
    }

    /// What the lane waits for.
    enum Wait: Equatable {
        /// Nothing: the next step may begin.
        case nothing
        /// A handshake.
        case connection(slot: Int, column: ProbeColumn?, until: Tick)
        /// The welcome of a connection.
        case welcome(slot: Int, until: Tick)
        /// Answers; the limit starts again with each.
        case answers(span: Tick.Span, until: Tick)
        /// A wake that must not be.
        case stillness(until: Tick)
        /// Sleep.
        case sleep(until: Tick)
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

    let index: Int
    let row: ProbeRow
    let object: String
    let steps: [ProbeStep]
    var position = 0
    var wait = Wait.nothing
    var slots: [Slot?] = [nil, nil, nil, nil]
    var asks: [ProbeAsk] = []
    var lastTraffic = Tick.zero
    var isAsleep = false
    /// Its object was watched and did not sleep when it should have: what follows says nothing of a wake.
    var isSleepMissed = false
    /// The first connection never stood: nothing can be told.
    var isUnreachable = false
    /// The highest burst number that came in this column.
    var burstHighest = -1
    /// The object slept between the first exchange of a wake and the next one.
    var hasSleptBeforeLater = false
    /// Columns whose exchange is judged.
    var columnsDone = 0

    init(index: Int, row: ProbeRow, object: String) {
        self.index = index
        self.row = row
        self.object = object
        self.steps = ProbeStep.script(row)
    }

    /// When the lane's wait is over.
    var deadline: Tick? {
        switch self.wait {
        case .nothing, .done: nil
        case .connection(_, _, let until), .welcome(_, let until), .answers(_, let until),
            .stillness(let until), .sleep(let until), .grace(let until), .closing(let until):
            until
        }
    }

    /// Runs steps until one has to wait.
    mutating func advance(at now: Tick, _ context: inout ProbeContext) {
        while self.wait == .nothing {
            guard self.position < self.steps.count, !self.isUnreachable else {
                self.end(at: now, &context)
                return
            }
            let step = self.steps[self.position]
            self.position += 1
            self.begin(step, at: now, &context)
        }
    }

    private mutating func begin(_ step: ProbeStep, at now: Tick, _ context: inout ProbeContext) {
        switch step {
        case .connect(let slot, let column): self.connect(slot, column, at: now, &context)
        case .exchange(let slot, let column): self.exchange(slot, column, at: now, &context)
        case .wake(let slot): self.wakeObject(slot, at: now, &context)
        case .sleep:
            context.sleepsAwaited += 1
            self.awaitSleep(at: now, &context)
        }
    }

    mutating func connect(
        _ slot: Int,
        _ column: ProbeColumn?,
        at now: Tick,
        _ context: inout ProbeContext
    ) {
        if let column { self.noteSleepBefore(column, at: now, &context) }
        let id = context.dial(lane: self.index, slot: slot, object: self.object)
        self.slots[slot] = Slot(id: id)
        self.touch(at: now)
        let until = now + context.configuration.connectMax
        self.wait = .connection(slot: slot, column: column, until: until)
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
        if self.asks.contains(where: { $0.outcome == .missing }), !self.isUnreachable {
            self.wait = .grace(until: now + context.configuration.grace)
        } else {
            self.finish(at: now, &context)
        }
    }

    mutating func finish(at now: Tick, _ context: inout ProbeContext) {
        for place in self.asks.indices {
            self.recordExpectation(place, at: now, &context)
        }
        for case let slot? in self.slots where slot.isOpen {
            context.actions.append(.close(slot.id, code: 1_000, reason: "probe done"))
        }
        self.wait = self.hasOpenSlot ? .closing(until: now + Self.closingMax) : .done
    }

    /// Whether a connection stands.
    var hasOpenSlot: Bool { self.slots.contains { $0?.isOpen == true } }

    /// Whether everything is judged: what comes now changes nothing.
    var isJudged: Bool {
        switch self.wait {
        case .closing, .done: true
        case .nothing, .connection, .welcome, .answers, .stillness, .sleep, .grace: false
        }
    }

    /// Every column that was not tried is unknown.
    private mutating func giveUp(at now: Tick) {
        for column in ProbeColumn.allCases
        where !self.asks.contains(where: { $0.column == column }) {
            self.asks.append(
                ProbeAsk(
                    column: column,
                    slot: 0,
                    text: "",
                    number: 0,
                    time: now,
                    outcome: .unknown,
                    why: self.slots[0]?.ending ?? "could not connect"
                )
            )
        }
    }

    /// Counts the lane when its object may be asleep although `later` is asked in a running wake.
    mutating func noteSleepBefore(
        _ column: ProbeColumn,
        at now: Tick,
        _ context: inout ProbeContext
    ) {
        guard column == .later, !self.hasSleptBeforeLater else { return }
        let configuration = context.configuration
        let hadTheTime = now >= self.lastTraffic + configuration.hibernateAfter
        guard configuration.observesHibernation ? self.isAsleep : hadTheTime else { return }
        self.hasSleptBeforeLater = true
        context.sleptBeforeLater += 1
    }

    /// Data went or came: the object is awake, its idle time starts again.
    mutating func touch(at now: Tick) {
        self.lastTraffic = now
        self.isAsleep = false
    }
}
