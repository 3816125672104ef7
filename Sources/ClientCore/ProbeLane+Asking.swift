internal import FramePath

internal import struct NIOCore.ByteBuffer

extension ProbeLane {
    mutating func exchange(
        _ slot: Int,
        _ column: ProbeColumn,
        at now: Tick,
        _ context: inout ProbeContext
    ) {
        self.noteSleepBefore(column, at: now, &context)
        guard let connection = self.slots[slot], connection.isOpen else {
            if self.slots[slot]?.isCharged == true {
                // Connects first, then comes back to this step.
                self.position -= 1
                self.connect(slot, nil, at: now, &context)
            } else {
                self.connectionLost(slot, column, at: now, &context)
            }
            return
        }
        let id = connection.id
        let wall = context.wall(now)
        let tag = "\(self.object) \(column.rawValue)"
        switch self.row {
        case .welcome: return
        case .echo:
            self.ask(slot, column, text: tag, at: now)
            self.send(id, PingPongText.message(tag, wall: wall), at: now, &context)
        case .ping:
            self.ask(slot, column, at: now)
            self.send(id, PingPongText.ping(wall: wall), at: now, &context)
        case .heartbeat:
            self.ask(slot, column, at: now)
            self.send(id, PingPongText.heartbeat(wall: wall), at: now, &context)
        case .protocolPing:
            self.ask(slot, column, text: column.rawValue, at: now)
            context.actions.append(
                .send(id, kind: .ping, payload: ByteBuffer(string: column.rawValue))
            )
        case .burst:
            self.burstHighest = -1
            for number in 0..<context.configuration.burst {
                let text = "\(tag) \(number)"
                self.ask(slot, column, text: text, number: number, at: now)
                self.send(id, PingPongText.message(text, wall: wall), at: now, &context)
            }
        case .closeByObject:
            self.ask(slot, column, at: now)
            let close = PingPongText.close(code: 4_000, reason: "probe", wall: wall)
            self.send(id, close, at: now, &context)
        case .closeByClient:
            self.ask(slot, column, at: now)
            self.touch(at: now)
            context.actions.append(.close(id, code: 1_000, reason: "probe"))
        }
        self.awaitAnswers(at: now, context)
    }

    /// A message that wakes the object and is no exchange of the table.
    mutating func wakeObject(_ slot: Int, at now: Tick, _ context: inout ProbeContext) {
        guard let connection = self.slots[slot], connection.isOpen else { return }
        let text = "\(self.object) wake"
        self.ask(slot, nil, text: text, at: now)
        let payload = PingPongText.message(text, wall: context.wall(now))
        self.send(connection.id, payload, at: now, &context)
        self.awaitAnswers(at: now, context)
    }

    /// A session that was lost while it only had to stand is itself the broken thing; the next column
    /// gets a new one.
    private mutating func connectionLost(
        _ slot: Int,
        _ column: ProbeColumn,
        at now: Tick,
        _ context: inout ProbeContext
    ) {
        self.ask(slot, column, at: now)
        let why = self.slots[slot]?.ending ?? "no connection"
        self.settle(self.asks.count - 1, .missing, "not sent: \(why)", at: now, &context)
        self.stepJudged(column, at: now, &context)
        let hasMore = self.steps[self.position...].contains { step in
            if case .exchange(slot, _) = step { true } else { false }
        }
        if hasMore { self.connect(slot, nil, at: now, &context) }
    }

    mutating func ask(
        _ slot: Int,
        _ column: ProbeColumn?,
        text: String = "",
        number: Int = 0,
        at now: Tick
    ) {
        self.asks.append(
            ProbeAsk(column: column, slot: slot, text: text, number: number, time: now)
        )
    }

    private mutating func send(
        _ id: ConnectionID,
        _ payload: ByteBuffer,
        at now: Tick,
        _ context: inout ProbeContext
    ) {
        self.touch(at: now)
        context.actions.append(.send(id, kind: .text, payload: payload))
    }

    private mutating func awaitAnswers(at now: Tick, _ context: ProbeContext) {
        let span = context.answerLimit
        self.wait = .answers(span: span, until: now + span)
    }
}
