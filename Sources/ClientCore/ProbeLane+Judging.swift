internal import FramePath
internal import FrameTrace

internal import struct NIOCore.ByteBuffer

extension ProbeLane {
    /// The ask that something which came belongs to: the oldest open one, else the newest that is
    /// missing, else the newest of all, which then was answered twice, where answers tell themselves apart.
    func meant(
        by slot: Int,
        _ isMeant: (ProbeLane, ProbeAsk, ScriptExpectation) -> Bool
    ) -> Int? {
        func holds(_ place: Int) -> Bool {
            let ask = self.asks[place]
            guard ask.slot == slot, let wanted = self.expectation(ask) else { return false }
            return isMeant(self, ask, wanted)
        }
        if let open = self.openAsks.first(where: holds) { return open }
        let places = self.asks.indices
        let missing = places.last { self.asks[$0].outcome == .missing && holds($0) }
        if let missing { return missing }
        return places.last { self.expectation(self.asks[$0])?.isUnique == true && holds($0) }
    }

    /// Gives a message to the expectation that means it, or keeps it for a later one.
    mutating func take(
        _ message: inout SeenMessage,
        on slot: Int,
        at now: Tick,
        _ context: inout ProbeContext
    ) {
        var seen = message
        let place = self.meant(by: slot) { _, ask, wanted in
            guard case .message(let match) = wanted.what else { return false }
            return match.holds(&seen, ask.values)
        }
        if let place { return self.answered(place, at: now, &context) }
        guard let count = self.slots[slot]?.inbox.count else { return }
        if count >= Self.inboxMax {
            self.slots[slot]?.inbox.removeFirst()
            context.unread += 1
        }
        self.slots[slot]?.inbox.append(message)
    }

    /// Takes what came for the ask at `place`.
    mutating func answered(_ place: Int, at now: Tick, _ context: inout ProbeContext) {
        let ask = self.asks[place]
        guard let wanted = self.expectation(ask) else { return }
        if wanted.isNever {
            if ask.outcome == nil { self.settle(place, .wrong, "\(wanted.want) came") }
            return
        }
        let step = self.script.steps[ask.step]
        switch ask.outcome {
        case nil:
            let number = ask.values.number
            let outOfOrder = step.isNumbered && wanted.isUnique && number < self.highestNumber
            let why = outOfOrder ? "number \(number) after \(self.highestNumber)" : nil
            self.highestNumber = max(self.highestNumber, number)
            self.asks[place].latency = now - ask.time
            // Pushes come when they come, and what is repeated queues behind itself.
            if !step.isNumbered, step.action != .listen, wanted.within == nil, self.isJudged(ask) {
                context.answers.append(now - ask.time)
            }
            self.settle(place, outOfOrder ? .reordered : .ok, why)
            self.answersUntil = now + self.answerLimit
        case .missing?:
            let after = (now - ask.time).nanoseconds / 1_000_000
            self.asks[place].latency = now - ask.time
            self.settle(place, .late, "came after \(after) ms")
        case .ok?, .late?, .reordered?:
            self.settle(place, .duplicate, "came twice")
        case .wrong?, .duplicate?, .unknown?: return
        }
    }

    /// Sets an outcome; everything but `missing` is final unless a copy comes.
    mutating func settle(_ place: Int, _ outcome: ProbeOutcome, _ why: String?) {
        let isOfWake = self.script.steps[self.asks[place].step].isFirstAfterSleep
        let isTold = outcome != .ok || !self.isSleepMissed || !isOfWake
        self.asks[place].outcome = isTold ? outcome : .unknown
        self.asks[place].why = isTold ? why : "the object did not sleep before it"
    }

    /// The connection is up: judges what is about the handshake itself.
    mutating func judgeHandshake(_ place: Int, subprotocol: String?) {
        switch self.expectation(self.asks[place])?.what {
        case .refused: self.settle(place, .wrong, "the handshake was accepted")
        case .subprotocol(let wanted):
            let agreed = subprotocol.map { "agreed on \($0)" } ?? "agreed on none"
            self.settle(place, subprotocol == wanted ? .ok : .wrong, agreed)
        case .message, .pong, .close, nil: break
        }
    }

    /// The connection is over: judges what was still expected of it; without a closing handshake there
    /// is no code.
    mutating func judgeEnd(
        _ slot: Int,
        _ places: [Int],
        _ code: UInt16?,
        _ how: String,
        at now: Tick,
        _ context: inout ProbeContext
    ) {
        for place in places {
            let outcome = self.asks[place].outcome
            guard outcome == nil || outcome == .missing,
                let wanted = self.expectation(self.asks[place])
            else { continue }
            var isClose = false
            var isMeant = false
            if case .close(let codes) = wanted.what {
                isClose = true
                isMeant = codes.isEmpty || code.map(codes.contains) == true
            }
            if isMeant {
                self.slots[slot]?.isSpent = true
                self.answered(place, at: now, &context)
            } else if outcome == nil {
                let isWrong = isClose && !wanted.isNever
                self.settle(place, isWrong ? .wrong : .missing, how)
                if self.isJudged(self.asks[place]) { self.slots[slot]?.isSpent = true }
            } else if let why = self.asks[place].why, !why.contains("; then closed") {
                // The Close often says why the answer never came.
                self.asks[place].why = why + "; then " + how
            }
        }
    }

    /// After an answer: goes on when the step has no ask left without an outcome.
    mutating func goOnIfAnswered(at now: Tick, _ context: ProbeContext) {
        guard case .answers = self.wait, self.openAsks.isEmpty else { return }
        self.wait = .nothing
        guard self.openFrom < self.asks.count, let last = self.asks.last,
            case .ping = self.script.steps[last.step].action,
            context.configuration.observesHibernation, self.isAsleep
        else { return }
        self.wait = .stillness(until: now + Self.stillnessMax)
    }

    /// The wait is over: judges what has not come.
    mutating func expire(at now: Tick, _ context: inout ProbeContext) {
        guard let deadline = self.deadline, deadline <= now else { return }
        switch self.wait {
        case .nothing, .done: return
        case .connection(let slot, let step, _):
            let seconds = context.configuration.connectMax.nanoseconds / 1_000_000_000
            let why = "no handshake within \(seconds) s"
            self.neverStood(slot, step, status: nil, why, at: now, &context)
        case .answers:
            for place in self.openAsks
            where self.asks[place].until ?? self.answersUntil <= now {
                self.miss(place, at: now)
            }
            self.goOnIfAnswered(at: now, context)
        case .grace: self.finish(at: now, &context)
        case .closing: self.wait = .done
        case .stillness, .idle: self.wait = .nothing
        case .sleep:
            self.isSleepMissed = context.configuration.observesHibernation
            self.wait = .nothing
        }
        self.advance(at: now, &context)
    }

    private mutating func miss(_ place: Int, at now: Tick) {
        let ask = self.asks[place]
        guard let wanted = self.expectation(ask) else { return }
        guard !wanted.isNever else { return self.settle(place, .ok, nil) }
        let limit = (wanted.within ?? self.answerLimit).nanoseconds / 1_000_000
        var why = "no \(wanted.want) within \(limit) ms"
        let others = self.slots[ask.slot]?.inbox.filter { $0.time >= ask.time } ?? []
        if !others.isEmpty {
            why += "; came instead: " + others.prefix(3).map(\.words).joined(separator: ", ")
            if others.count > 3 { why += " and \(others.count - 3) more" }
        }
        self.settle(place, .missing, why)
    }

    /// A connection that could not be had: nothing can be told if none ever stood, otherwise what was
    /// wanted of it is missing, unless the refusal was.
    mutating func neverStood(
        _ slot: Int,
        _ step: Int?,
        status: Int?,
        _ why: String,
        at now: Tick,
        _ context: inout ProbeContext
    ) {
        self.slots[slot]?.ending = why
        self.wait = .nothing
        let wanted = step.map { self.script.steps[$0].expects } ?? []
        // Only an answer can refuse: nobody there is no refusal, whatever was wanted.
        let refusal = status.flatMap { $0 > 0 ? $0 : nil }
        let awaitsRefusal = wanted.contains { if case .refused = $0.what { true } else { false } }
        if refusal == nil || !awaitsRefusal {
            if context.refusal == nil { context.refusal = why }
            guard self.hasStood else {
                self.isUnreachable = true
                return
            }
        }
        guard let step else { return }
        self.openFrom = self.asks.count
        for place in self.ask(step, self.values(step, number: 0, at: now, context), at: now) {
            let what = self.expectation(self.asks[place])?.what
            if let refusal, case .refused(let statuses)? = what {
                let isMeant = statuses.isEmpty || statuses.contains(refusal)
                self.settle(place, isMeant ? .ok : .wrong, isMeant ? nil : why)
                self.slots[slot]?.isSpent = true
            } else {
                self.settle(place, .missing, why)
            }
        }
    }

    /// Writes a judgement into the trace.
    func record(_ ask: ProbeAsk, at now: Tick, _ context: inout ProbeContext) {
        guard self.isJudged(ask), let outcome = ask.outcome, let wanted = self.expectation(ask)
        else { return }
        let step = self.script.steps[ask.step]
        let expectation = TraceEvent.Expectation(
            session: ask.session,
            object: self.dials[ask.slot].object,
            row: step.row,
            column: step.column,
            want: wanted.want,
            sequence: ask.sequence,
            outcome: outcome.rawValue,
            why: ask.why
        )
        context.recorder.record(.expect(expectation), at: now)
    }
}
