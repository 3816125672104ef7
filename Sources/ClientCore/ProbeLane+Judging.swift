internal import FramePath
internal import FrameTrace

internal import struct NIOCore.ByteBuffer

extension ProbeLane {
    /// The type that answers this row, as the trace names it.
    var want: String {
        switch self.row {
        case .welcome: "welcome"
        case .echo, .burst: "echo"
        case .ping: "pong"
        case .heartbeat: "heartbeat_ack"
        case .protocolPing: "Pong"
        case .closeByObject: "Close 4000"
        case .closeByClient: "Close 1000"
        }
    }

    /// Takes an answer for the ask at `place`.
    mutating func answered(_ place: Int, at now: Tick, _ context: inout ProbeContext) {
        let ask = self.asks[place]
        switch ask.outcome {
        case nil:
            let outOfOrder = self.row == .burst && ask.number < self.burstHighest
            self.burstHighest = max(self.burstHighest, ask.number)
            self.asks[place].latency = now - ask.time
            if self.row != .burst, ask.column != nil { context.answers.append(now - ask.time) }
            let why = outOfOrder ? "number \(ask.number) after \(self.burstHighest)" : nil
            self.settle(place, outOfOrder ? .reordered : .ok, why, at: now, &context)
            if case .answers(let span, _) = self.wait {
                self.wait = .answers(span: span, until: now + span)
            }
        case .missing?:
            let after = (now - ask.time).nanoseconds / 1_000_000
            self.asks[place].latency = now - ask.time
            self.settle(place, .late, "came after \(after) ms", at: now, &context)
        case .ok?, .late?, .reordered?:
            self.settle(place, .duplicate, "came twice", at: now, &context)
        case .wrong?, .duplicate?, .unknown?: return
        }
    }

    /// Sets an outcome; everything but `missing` is final unless a copy comes.
    mutating func settle(
        _ place: Int,
        _ outcome: ProbeOutcome,
        _ why: String?,
        at now: Tick,
        _ context: inout ProbeContext
    ) {
        let column = self.asks[place].column
        let isOfWake = column == .firstAfterWake || column == .secondWake
        let isTold = outcome != .ok || !self.isSleepMissed || !isOfWake
        self.asks[place].outcome = isTold ? outcome : .unknown
        self.asks[place].why = isTold ? why : "the object did not sleep before it"
    }

    /// After an answer: goes on when the step has no ask left without an outcome.
    mutating func goOnIfAnswered(at now: Tick, _ context: inout ProbeContext) {
        guard case .answers = self.wait,
            !self.asks.contains(where: { $0.outcome == nil })
        else { return }
        if let column = self.asks.last?.column { self.stepJudged(column, at: now, &context) }
        self.wait = .nothing
        if self.row == .protocolPing, context.configuration.observesHibernation, self.isAsleep {
            self.wait = .stillness(until: now + Self.stillnessMax)
        }
    }

    /// The wait is over: judges what has not come.
    mutating func expire(at now: Tick, _ context: inout ProbeContext) {
        guard let deadline = self.deadline, deadline <= now else { return }
        switch self.wait {
        case .nothing, .done: return
        case .connection(let slot, let column, _):
            let seconds = context.configuration.connectMax.nanoseconds / 1_000_000_000
            self.neverStood(slot, column, "no handshake within \(seconds) s", at: now, &context)
        case .welcome:
            self.missWaiting("no welcome", at: now, &context)
        case .answers(let span, _):
            let limit = span.nanoseconds / 1_000_000
            self.missWaiting("no answer within \(limit) ms", at: now, &context)
        case .grace: self.finish(at: now, &context)
        case .closing: self.wait = .done
        case .stillness: self.wait = .nothing
        case .sleep:
            self.isSleepMissed = context.configuration.observesHibernation
            self.wait = .nothing
        }
        self.advance(at: now, &context)
    }

    private mutating func missWaiting(_ why: String, at now: Tick, _ context: inout ProbeContext) {
        for place in self.asks.indices where self.asks[place].outcome == nil {
            self.settle(place, .missing, why, at: now, &context)
        }
        if let column = self.asks.last?.column { self.stepJudged(column, at: now, &context) }
        self.wait = .nothing
    }

    /// A connection that could not be had: nothing can be told if it is the lane's first, otherwise what
    /// was wanted of it is missing.
    mutating func neverStood(
        _ slot: Int,
        _ column: ProbeColumn?,
        _ why: String,
        at now: Tick,
        _ context: inout ProbeContext
    ) {
        self.slots[slot]?.ending = why
        self.wait = .nothing
        if context.refusal == nil { context.refusal = why }
        if self.position <= 1 {
            self.isUnreachable = true
        } else if let column {
            self.ask(slot, column, at: now)
            self.settle(self.asks.count - 1, .missing, why, at: now, &context)
            self.stepJudged(column, at: now, &context)
        }
    }

    mutating func stepJudged(_ column: ProbeColumn, at now: Tick, _ context: inout ProbeContext) {
        guard ProbeColumn.allCases.firstIndex(of: column) == self.columnsDone else { return }
        self.columnsDone += 1
    }

    /// Writes the judgement into the trace, once.
    mutating func recordExpectation(_ place: Int, at now: Tick, _ context: inout ProbeContext) {
        let ask = self.asks[place]
        guard let column = ask.column, let outcome = ask.outcome, !ask.isRecorded else { return }
        self.asks[place].isRecorded = true
        let expectation = TraceEvent.Expectation(
            session: self.slots[ask.slot]?.session,
            object: self.object,
            row: self.row.rawValue,
            column: column.rawValue,
            want: self.want,
            sequence: ask.sequence,
            outcome: outcome.rawValue,
            why: ask.why
        )
        context.recorder.record(.expect(expectation), at: now)
    }
}
