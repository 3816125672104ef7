import FramePath

/// A rule and what it counted so far.
struct ArmedRule: Sendable {
    /// Whose messages are counted together.
    ///
    /// Shape: in a session each sequence of messages is counted apart: pings follow a timer and
    /// directions follow the network, so only within a sequence is the order the same in each run.
    private enum ScopeKey: Hashable {
        case session(key: UInt64, attempt: UInt32, sequence: UInt8)
        case object(String)
        case all
    }

    private struct Count {
        var matched: UInt64 = 0
        var fired: UInt64 = 0
    }

    let rule: Rule
    private let idHash: UInt64
    private let actionWords: String
    private var counts: [ScopeKey: Count] = [:]

    init(_ rule: Rule) {
        self.rule = rule
        self.idHash = XXH64.hash(rule.id)
        self.actionWords = rule.actions.map(\.word).joined(separator: "+")
    }

    /// Goes on counting where the same rule of an earlier profile stood.
    ///
    /// - Parameter old: the armed rule of the same id; nothing is taken over when its text differs.
    mutating func keepState(of old: ArmedRule) {
        // Lines above a rule may come and go; that is not a change of the rule.
        var moved = old.rule
        moved.source = self.rule.source
        if moved == self.rule { self.counts = old.counts }
    }

    /// Decides on a message that matches, and counts it.
    mutating func decide(
        on message: borrowing Message,
        session: SessionFacts,
        object: String,
        seed: UInt64,
        version: UInt32
    ) -> Decision {
        let key: ScopeKey =
            switch self.rule.per {
            case .session:
                .session(
                    key: session.keyHash,
                    attempt: session.attempt,
                    sequence: Self.sequence(message.id)
                )
            case .object: .object(object)
            case .all: .all
            }
        let draw =
            self.rule.fire.draws
            ? self.draw(message, session: session, seed: seed, index: 0) : nil
        var count = self.counts[key] ?? Count()
        count.matched += 1
        let fires =
            self.rule.fire.fires(count: count.matched, draw: draw ?? 0)
            && count.fired < self.rule.limit ?? .max
        if fires { count.fired += 1 }
        self.counts[key] = count
        return Decision(
            rule: self.rule.id,
            source: self.rule.source,
            profile: self.rule.profile,
            version: version,
            fired: fires,
            nth: count.matched,
            draw: draw,
            action: self.actionWords,
            delayNanoseconds: fires ? self.delay(message, session: session, seed: seed) : nil
        )
    }

    /// Applies the actions in order.
    ///
    /// - Returns: `false` when one of them ended the message's way.
    func apply(
        to effects: inout Effects,
        message: borrowing Message,
        session: SessionFacts,
        delayNanoseconds: UInt64?,
        seed: UInt64
    ) -> Bool {
        var pendingDelay = delayNanoseconds
        for action in self.rule.actions {
            switch action {
            case .delay:
                // The sum over this rule's delays was drawn once, with the decision.
                if let nanoseconds = pendingDelay {
                    effects.delay = effects.delay + Tick.Span(nanoseconds: nanoseconds)
                }
                pendingDelay = nil
            case .reorder(let window, let holdMax):
                effects.reorder = Effects.Reorder(
                    window: window,
                    holdMax: holdMax,
                    draw: self.draw(message, session: session, seed: seed, index: action.drawIndex)
                )
            case .duplicate(let copies, let after):
                for number in 0..<max(0, copies) {
                    effects.copies.append(after * UInt64(number + 1))
                }
            case .stall(let span):
                effects.stall = span.map { .span($0) } ?? .forever
            case .jam: effects.jams = true
            case .drop: effects.ending = .drop
            case .close(let code, let reason): effects.ending = .close(code: code, reason: reason)
            case .reset: effects.ending = .reset
            case .evict(let keepsSockets): effects.ending = .evict(keepsSockets: keepsSockets)
            }
            if action.isEnding { return false }
        }
        return true
    }

    /// Forgets what was counted for a session that will not come back.
    mutating func sessionEnded(_ session: SessionFacts) {
        guard self.rule.per == .session else { return }
        for sequence in 0..<8 as Range<UInt8> {
            let key = ScopeKey.session(
                key: session.keyHash,
                attempt: session.attempt,
                sequence: sequence
            )
            self.counts[key] = nil
        }
    }

    private static func sequence(_ id: MessageID) -> UInt8 {
        (id.direction == .toClient ? 1 : 0) | (id.isControl ? 2 : 0) | (id.born == .edge ? 4 : 0)
    }

    /// The sum of the rule's delays, `nil` when it has none before its first ending.
    private func delay(
        _ message: borrowing Message,
        session: SessionFacts,
        seed: UInt64
    ) -> UInt64? {
        var sum: Tick.Span?
        var occurrence: UInt64 = 0
        for action in self.rule.actions {
            if action.isEnding { break }
            guard case .delay(let time, let jitter) = action else { continue }
            let index = action.drawIndex | occurrence << 8
            let draw = self.draw(message, session: session, seed: seed, index: index)
            sum = (sum ?? .zero) + Self.spread(time, jitter: jitter, draw: draw)
            occurrence += 1
        }
        return sum?.nanoseconds
    }

    /// Evenly from `time - jitter` to `time + jitter`, never below zero.
    private static func spread(
        _ time: Tick.Span,
        jitter: Tick.Span,
        draw: UInt64
    ) -> Tick.Span {
        let reach = min(jitter.nanoseconds, .max / 4)
        // The high word of draw × range is an even number below range, without a division.
        let offset = draw.multipliedFullWidth(by: 2 * reach + 1).high
        let sum = time + Tick.Span(nanoseconds: offset)
        return Tick.Span(nanoseconds: sum.nanoseconds > reach ? sum.nanoseconds - reach : 0)
    }

    /// The number that seed, rule, session, message and index determine, whatever ran before.
    private func draw(
        _ message: borrowing Message,
        session: SessionFacts,
        seed: UInt64,
        index: UInt64
    ) -> UInt64 {
        let id = message.id
        let place =
            UInt64(id.epoch) << 34 | UInt64(id.ordinal) << 2
            | (id.isControl ? 2 : 0) | (id.direction == .toClient ? 1 : 0)
        // Copies and frames born in the edge share ordinals with others, so they draw elsewhere.
        let kin = UInt64(id.copy) << 16 | (id.born == .edge ? 1 << 32 : 0)
        return Philox.draw(
            key: (seed, self.idHash),
            counter: (session.keyHash, UInt64(session.attempt), place, index | kin)
        ).0
    }
}
