/// When a rule fires, of the messages that match it.
///
/// Shape: messages are counted from 1 in the rule's scope, fired or not.
public enum Trigger: Sendable, Equatable {
    /// Each time.
    case always
    /// Once, on this one.
    case nth(UInt64)
    /// On each whose count leaves `offset` when divided by `period`.
    case every(period: UInt64, offset: UInt64)
    /// On the first so many.
    case first(UInt64)
    /// With this probability, 0…1.
    case probability(Double)

    /// Whether it fires.
    ///
    /// - Parameters:
    ///   - count: which matching message this is, from 1.
    ///   - draw: 64 even bits; only `probability` looks at them.
    /// - Returns: `true` when it does.
    func fires(count: UInt64, draw: UInt64) -> Bool {
        switch self {
        case .always: true
        case .nth(let number): count == number
        case .every(let period, let offset): period > 0 && count % period == offset % period
        case .first(let number): count <= number
        case .probability(let probability):
            // 53 bits are the most that a Double in 0..<1 holds evenly.
            Double(draw >> 11) / 9_007_199_254_740_992 < probability
        }
    }

    var draws: Bool {
        if case .probability = self { true } else { false }
    }

    /// Whether the outcome depends on how many matching messages came before.
    public var counts: Bool {
        switch self {
        case .always, .probability: false
        case .nth, .every, .first: true
        }
    }
}

/// Among which messages a rule counts, and to which its limit applies.
public enum Scope: String, CaseIterable, Sendable {
    /// Those of one session, each direction apart and control frames apart; the same in every
    /// run.
    case session
    /// Those of one object, in order of arrival.
    case object
    /// All, in order of arrival.
    case all
}
