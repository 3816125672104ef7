internal import FramePath

internal import struct NIOCore.ByteBuffer

extension ProbeLane {
    mutating func opened(
        _ slot: Int,
        session: SessionID?,
        subprotocol: String?,
        at now: Tick,
        _ context: inout ProbeContext
    ) {
        self.slots[slot]?.isOpen = true
        self.slots[slot]?.session = session
        if self.isOver, let id = self.slots[slot]?.id {
            context.actions.append(.close(id, code: 1_000, reason: "probe done"))
            return
        }
        self.hasStood = true
        self.touch(slot, at: now)
        guard case .connection(slot, let step, _) = self.wait else { return }
        self.openFrom = self.asks.count
        self.slots[slot]?.lastAction = now
        let place = step ?? self.position
        let values = self.values(place, number: 0, at: now, context)
        self.slots[slot]?.values = values
        if let step, !self.script.steps[step].expects.isEmpty {
            for ask in self.ask(step, values, at: now) {
                self.judgeHandshake(ask, subprotocol: subprotocol)
            }
        } else if self.script.sessions[slot].greeting != nil {
            self.askGreeting(slot, place, at: now)
        }
        self.awaitAnswers(at: now, &context)
        self.resume(at: now, &context)
    }

    mutating func sent(_ slot: Int, sequence: UInt64) {
        guard let connection = self.slots[slot], !connection.unnumbered.isEmpty else { return }
        for ask in connection.unnumbered[0] { self.asks[ask].sequence = sequence }
        self.slots[slot]?.unnumbered.removeFirst()
        self.slots[slot]?.lastSequence = sequence
    }

    mutating func came(
        _ slot: Int,
        _ kind: MessageKind,
        _ payload: ByteBuffer,
        at now: Tick,
        _ context: inout ProbeContext
    ) {
        guard !self.isOver else { return }
        self.touch(slot, at: now)
        var message = SeenMessage(kind: kind, payload: payload, time: now)
        self.take(&message, on: slot, at: now, &context)
        self.resume(at: now, &context)
    }

    mutating func ponged(
        _ slot: Int,
        _ payload: ByteBuffer,
        at now: Tick,
        _ context: inout ProbeContext
    ) {
        guard !self.isOver else { return }
        let place = self.meant(by: slot) { lane, ask, wanted in
            wanted.what == .pong && lane.pingPayload(ask) == payload
        }
        if let place { self.answered(place, at: now, &context) }
        self.resume(at: now, &context)
    }

    mutating func ended(
        _ slot: Int,
        code: UInt16,
        reason: String,
        wasClean: Bool,
        at now: Tick,
        _ context: inout ProbeContext
    ) {
        let how = reason.isEmpty ? "closed \(code)" : "closed \(code) \(reason)"
        self.slots[slot]?.isOpen = false
        self.slots[slot]?.ending = how
        self.slots[slot]?.endCode = wasClean ? code : nil
        self.slots[slot]?.unnumbered = []
        if self.isOver {
            if !self.hasOpenSlot { self.wait = .done }
            return
        }
        self.touch(slot, at: now)
        let mine = self.asks.indices.filter { self.asks[$0].slot == slot }
        self.judgeEnd(slot, mine, wasClean ? code : nil, how, at: now, &context)
        if case .connection(slot, let step, _) = self.wait {
            self.neverStood(slot, step, status: nil, how, at: now, &context)
        }
        self.resume(at: now, &context)
    }

    mutating func refused(
        _ slot: Int,
        status: Int,
        _ reason: String,
        at now: Tick,
        _ context: inout ProbeContext
    ) {
        guard case .connection(slot, let step, _) = self.wait else { return }
        let why = status == 0 ? reason : "\(status) \(reason)"
        self.neverStood(slot, step, status: status, why, at: now, &context)
        self.resume(at: now, &context)
    }

    mutating func hibernated(_ object: String, at now: Tick, _ context: inout ProbeContext) {
        // A report that was under way while the lane spoke is about an earlier sleep.
        let half = Tick.Span(nanoseconds: context.configuration.hibernateAfter.nanoseconds / 2)
        guard now >= self.lastTraffic + half else { return }
        self.sleeping.insert(object)
        guard case .sleep = self.wait, self.isAsleep else { return }
        context.sleepsObserved += 1
        self.wait = .nothing
        self.advance(at: now, &context)
    }

    mutating func woke(_ object: String, at now: Tick, _ context: inout ProbeContext) {
        let wasAsleep = self.sleeping.remove(object) != nil
        // Only while a Ping is under way, or just answered, is a wake its doing.
        guard wasAsleep, let place = self.asks.indices.last,
            case .ping = self.script.steps[self.asks[place].step].action,
            self.dials[self.asks[place].slot].object == object
        else { return }
        switch self.wait {
        case .answers: break
        case .stillness: self.wait = .nothing
        case .nothing, .connection, .sleep, .idle, .grace, .closing, .done: return
        }
        self.settle(place, .wrong, "the Ping woke the object")
        self.resume(at: now, &context)
    }

    /// The payload of the Ping that an ask is about.
    func pingPayload(_ ask: ProbeAsk) -> ByteBuffer? {
        guard case .ping(let text) = self.script.steps[ask.step].action else {
            return self.slots[ask.slot]?.lastPing
        }
        return ByteBuffer(string: text.rendered(ask.values))
    }

    /// Goes on with what an event made possible.
    private mutating func resume(at now: Tick, _ context: inout ProbeContext) {
        self.goOnIfAnswered(at: now, context)
        if case .grace = self.wait,
            !self.asks.contains(where: { $0.outcome == .missing && self.isJudged($0) })
        {
            self.finish(at: now, &context)
        }
        if case .sleep = self.wait { self.awaitSleep(at: now, &context) }
        self.advance(at: now, &context)
    }

    private mutating func askGreeting(_ slot: Int, _ step: Int, at now: Tick) {
        self.exchanges += 1
        let within = self.script.sessions[slot].greeting?.within
        self.asks.append(
            ProbeAsk(
                step: step,
                expectation: nil,
                slot: slot,
                session: self.slots[slot]?.session,
                values: ScriptText.Values(object: self.object),
                exchange: self.exchanges,
                time: now,
                until: within.map { now + $0 }
            )
        )
    }
}
