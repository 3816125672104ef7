internal import FramePath

internal import struct NIOCore.ByteBuffer

extension ProbeLane {
    /// Does a step that needs a connection, as often as it says.
    mutating func exchange(_ place: Int, at now: Tick, _ context: inout ProbeContext) {
        let step = self.script.steps[place]
        let slot = step.session
        guard let connection = self.slots[slot] else {
            return self.connectFirst(slot, at: now, &context)
        }
        if step.action == .listen { return self.listen(place, at: now, &context) }
        guard connection.isOpen else {
            if connection.isSpent { return self.connectFirst(slot, at: now, &context) }
            return self.connectionLost(place, at: now, &context)
        }
        self.noteSleepBefore(place, at: now, &context)
        self.highestNumber = -1
        for number in 0..<step.times {
            let values = self.values(place, number: number, at: now, context)
            self.slots[slot]?.values = values
            self.slots[slot]?.lastAction = now
            let asked = self.ask(place, values, at: now)
            self.perform(step.action, on: slot, connection.id, values, asked, at: now, &context)
        }
        self.awaitAnswers(at: now, &context)
    }

    /// What the texts of one time of a step are filled with.
    func values(
        _ place: Int,
        number: Int,
        at now: Tick,
        _ context: ProbeContext
    ) -> ScriptText.Values {
        let isNumbered = self.script.steps[place].isNumbered
        return ScriptText.Values(
            object: self.object,
            unique: "\(self.object)-\(place + 1)" + (isNumbered ? "-\(number)" : ""),
            number: number,
            wallMilliseconds: context.wall(now)
        )
    }

    /// Notes everything that one time of a step expects; gives the places of these asks.
    @discardableResult
    mutating func ask(_ place: Int, _ values: ScriptText.Values, at now: Tick) -> [Int] {
        let step = self.script.steps[place]
        let first = self.asks.count
        self.exchanges += 1
        for (expectation, wanted) in step.expects.enumerated() {
            for _ in 0..<(wanted.isNever ? 1 : wanted.count) {
                self.asks.append(
                    ProbeAsk(
                        step: place,
                        expectation: expectation,
                        slot: step.session,
                        session: self.slots[step.session]?.session,
                        values: values,
                        exchange: self.exchanges,
                        time: now,
                        until: wanted.within.map { now + $0 }
                    )
                )
            }
        }
        return Array(first..<self.asks.count)
    }

    /// Waits for what was asked, if anything was.
    mutating func awaitAnswers(at now: Tick, _ context: inout ProbeContext) {
        self.answerLimit = context.answerLimit
        self.answersUntil = now + self.answerLimit
        self.wait = .answers
        self.goOnIfAnswered(at: now, context)
    }

    /// Connects, then comes back to this step.
    private mutating func connectFirst(
        _ slot: Int,
        at now: Tick,
        _ context: inout ProbeContext
    ) {
        self.position -= 1
        self.connect(slot, step: nil, at: now, &context)
    }

    private mutating func perform(
        _ action: ScriptStep.Action,
        on slot: Int,
        _ id: ConnectionID,
        _ values: ScriptText.Values,
        _ asked: [Int],
        at now: Tick,
        _ context: inout ProbeContext
    ) {
        switch action {
        case .send(let payload):
            self.touch(slot, at: now)
            self.slots[slot]?.unnumbered.append(asked)
            let bytes = payload.bytes(values)
            context.actions.append(.send(id, kind: payload.kind, payload: bytes))
        case .ping(let text):
            let payload = ByteBuffer(string: text.rendered(values))
            self.slots[slot]?.lastPing = payload
            self.slots[slot]?.unnumbered.append(asked)
            context.actions.append(.send(id, kind: .ping, payload: payload))
        case .close(let code, let reason):
            self.touch(slot, at: now)
            self.slots[slot]?.isSpent = true
            context.actions.append(.close(id, code: code, reason: reason))
        case .connect, .listen, .idle, .sleep: return
        }
    }

    /// Expects without doing anything; what came and was taken by no step before counts too.
    private mutating func listen(_ place: Int, at now: Tick, _ context: inout ProbeContext) {
        let slot = self.script.steps[place].session
        guard let connection = self.slots[slot] else { return }
        let asked = self.ask(place, connection.values, at: now)
        if let last = connection.unnumbered.indices.last {
            self.slots[slot]?.unnumbered[last] += asked
        } else {
            for ask in asked { self.asks[ask].sequence = connection.lastSequence }
        }
        self.slots[slot]?.inbox = []
        for var message in connection.inbox {
            self.take(&message, on: slot, at: now, &context)
        }
        if !connection.isOpen {
            self.judgeEnd(
                slot,
                asked,
                connection.endCode,
                connection.ending ?? "",
                at: now,
                &context
            )
        }
        self.awaitAnswers(at: now, &context)
    }

    /// A session that was lost while it only had to stand is itself the broken thing; the next step
    /// gets a new one.
    private mutating func connectionLost(
        _ place: Int,
        at now: Tick,
        _ context: inout ProbeContext
    ) {
        let step = self.script.steps[place]
        let why = "not sent: " + (self.slots[step.session]?.ending ?? "no connection")
        for ask in self.ask(place, self.values(place, number: 0, at: now, context), at: now) {
            self.settle(ask, .missing, why)
        }
        let hasMore = self.script.steps[self.position...].contains { next in
            switch next.action {
            case .send, .ping, .close: next.session == step.session
            case .connect, .listen, .idle, .sleep: false
            }
        }
        if hasMore { self.connect(step.session, step: nil, at: now, &context) }
    }
}
