internal import FramePath

internal import struct NIOCore.ByteBuffer

extension ProbeLane {
    mutating func opened(
        _ slot: Int,
        session: SessionID?,
        at now: Tick,
        _ context: inout ProbeContext
    ) {
        self.slots[slot]?.isOpen = true
        self.slots[slot]?.session = session
        if self.isJudged, let id = self.slots[slot]?.id {
            context.actions.append(.close(id, code: 1_000, reason: "probe done"))
            return
        }
        self.touch(at: now)
        guard case .connection(slot, let column, _) = self.wait else { return }
        if let column { self.ask(slot, column, at: now) }
        self.wait = .welcome(slot: slot, until: now + context.answerLimit)
    }

    mutating func sent(_ slot: Int, sequence: UInt64) {
        // A send that could not be handed over is told no number, and is judged before the next one.
        let next = self.asks.firstIndex {
            $0.slot == slot && $0.sequence == nil && $0.outcome == nil
        }
        if let next, self.row != .welcome { self.asks[next].sequence = sequence }
    }

    mutating func came(
        _ slot: Int,
        _ kind: MessageKind,
        _ payload: ByteBuffer,
        at now: Tick,
        _ context: inout ProbeContext
    ) {
        guard !self.isJudged else { return }
        self.touch(at: now)
        let type = kind == .text ? PingPongText.type(of: payload) : nil
        if type == "welcome" {
            self.welcomed(slot, at: now, &context)
        } else if type == "echo" {
            let text = PingPongText.string("/message", of: payload)
            let place = self.asks.lastIndex { $0.text == text && $0.slot == slot }
            if let place { self.answered(place, at: now, &context) }
        } else if type == self.want, let place = self.unnamedAsk(slot) {
            self.answered(place, at: now, &context)
        }
        self.resume(at: now, &context)
    }

    mutating func ponged(
        _ slot: Int,
        _ payload: ByteBuffer,
        at now: Tick,
        _ context: inout ProbeContext
    ) {
        guard self.row == .protocolPing, !self.isJudged else { return }
        let text = String(decoding: payload.readableBytesView, as: UTF8.self)
        if let place = self.asks.lastIndex(where: { $0.text == text && $0.slot == slot }) {
            self.answered(place, at: now, &context)
        }
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
        if self.isJudged {
            if !self.hasOpenSlot { self.wait = .done }
            return
        }
        self.touch(at: now)
        let wanted: UInt16? =
            switch self.row {
            case .closeByObject: 4_000
            case .closeByClient: 1_000
            default: nil
            }
        for place in self.asks.indices where self.asks[place].slot == slot {
            let outcome = self.asks[place].outcome
            guard outcome == nil || outcome == .missing else { continue }
            if let wanted, code == wanted, wasClean {
                self.answered(place, at: now, &context)
            } else if outcome == nil {
                self.settle(place, wanted == nil ? .missing : .wrong, how, at: now, &context)
                self.slots[slot]?.isCharged = true
            }
        }
        switch self.wait {
        case .connection(slot, let column, _):
            self.neverStood(slot, column, how, at: now, &context)
        case .welcome(slot, _): self.welcomeOver(slot, at: now, &context)
        default: break
        }
        self.resume(at: now, &context)
    }

    mutating func refused(
        _ slot: Int,
        _ why: String,
        at now: Tick,
        _ context: inout ProbeContext
    ) {
        guard case .connection(slot, let column, _) = self.wait else { return }
        self.neverStood(slot, column, why, at: now, &context)
        self.resume(at: now, &context)
    }

    mutating func hibernated(at now: Tick, _ context: inout ProbeContext) {
        // A report that was under way while the lane spoke is about an earlier sleep.
        let half = Tick.Span(nanoseconds: context.configuration.hibernateAfter.nanoseconds / 2)
        guard now >= self.lastTraffic + half else { return }
        self.isAsleep = true
        guard case .sleep = self.wait else { return }
        context.sleepsObserved += 1
        self.wait = .nothing
        self.advance(at: now, &context)
    }

    mutating func woke(at now: Tick, _ context: inout ProbeContext) {
        let wasAsleep = self.isAsleep
        self.isAsleep = false
        guard self.row == .protocolPing, wasAsleep, let place = self.asks.indices.last else {
            return
        }
        // Only while a Ping is under way, or just answered, is a wake its doing.
        switch self.wait {
        case .answers: break
        case .stillness: self.wait = .nothing
        case .nothing, .connection, .welcome, .sleep, .grace, .closing, .done: return
        }
        self.settle(place, .wrong, "the Ping woke the object", at: now, &context)
        self.resume(at: now, &context)
    }

    private mutating func welcomed(_ slot: Int, at now: Tick, _ context: inout ProbeContext) {
        if self.row == .welcome,
            let place = self.asks.lastIndex(where: { $0.slot == slot })
        {
            self.answered(place, at: now, &context)
        }
        if case .welcome(slot, _) = self.wait { self.welcomeOver(slot, at: now, &context) }
    }

    private mutating func welcomeOver(_ slot: Int, at now: Tick, _ context: inout ProbeContext) {
        if let column = self.asks.last?.column, self.row == .welcome {
            self.stepJudged(column, at: now, &context)
        }
        self.wait = .nothing
    }

    /// The ask an answer without an identity belongs to: one not judged, else the newest that is missing,
    /// else the newest of all, which then was answered twice.
    private func unnamedAsk(_ slot: Int) -> Int? {
        let mine = self.asks.indices.filter {
            self.asks[$0].slot == slot && self.asks[$0].column != nil
        }
        return mine.last { self.asks[$0].outcome == nil }
            ?? mine.last { self.asks[$0].outcome == .missing } ?? mine.last
    }

    /// Goes on with what an event made possible.
    private mutating func resume(at now: Tick, _ context: inout ProbeContext) {
        self.goOnIfAnswered(at: now, &context)
        if case .grace = self.wait, !self.asks.contains(where: { $0.outcome == .missing }) {
            self.finish(at: now, &context)
        }
        if case .sleep = self.wait { self.awaitSleep(at: now, &context) }
        self.advance(at: now, &context)
    }
}
