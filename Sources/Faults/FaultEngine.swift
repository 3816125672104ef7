public import FramePath

/// Decides, for one message at one point, what goes wrong with it.
///
/// Shape: each rule decides on the message as it was received, then the actions of those that
/// fired apply in file order. A draw is a function of seed, rule, session and message alone, and
/// a count of a session's own messages, so runs that interleave differently decide the same.
public struct FaultEngine: Sendable {
    private let seed: UInt64
    /// The version of the profiles, named in each decision.
    public let version: UInt32
    private var armed: [ArmedRule] = []
    /// Indices into `armed`, by point and direction; empty when there are no rules.
    private var index: [[Int]] = []
    /// One bit for each point that has a rule.
    private var points: UInt16 = 0

    /// Never does anything.
    public init() {
        self.seed = 0
        self.version = 0
    }

    /// Makes an engine with nothing counted yet.
    ///
    /// - Parameters:
    ///   - profiles: their rules apply in this order.
    ///   - seed: of all draws.
    ///   - version: named in each decision.
    public init(profiles: [Profile], seed: UInt64, version: UInt32) {
        self.seed = seed
        self.version = version
        self.armed = profiles.flatMap(\.rules).map { ArmedRule($0) }
        guard !self.armed.isEmpty else { return }
        self.index = Array(repeating: [], count: Point.allCases.count * 2)
        for (number, armed) in self.armed.enumerated() {
            let point = armed.rule.at
            self.points |= 1 << UInt16(point.number)
            for direction in Direction.allCases
            where (armed.rule.match.direction ?? direction) == direction {
                self.index[Self.slot(point, direction)].append(number)
            }
        }
    }

    /// Takes over what the engine before a reload had counted, for each rule whose text did not change.
    ///
    /// - Parameter old: the engine that decided so far.
    public mutating func keepState(of old: FaultEngine) {
        for number in self.armed.indices {
            let rule = self.armed[number].rule
            let same = old.armed.first { $0.rule.id == rule.id && $0.rule.profile == rule.profile }
            if let same { self.armed[number].keepState(of: same) }
        }
    }

    /// Whether any rule stands at a point.
    public func hasRules(at point: Point) -> Bool {
        self.points & 1 << UInt16(point.number) != 0
    }

    /// Decides on a message.
    ///
    /// - Parameters:
    ///   - message: as it arrived at the point.
    ///   - point: where it is.
    ///   - session: whose it is.
    ///   - object: the object's name.
    ///   - decisions: one is appended for each rule that matched.
    /// - Returns: what the core must do with it.
    public mutating func decide(
        _ message: borrowing Message,
        at point: Point,
        session: SessionFacts,
        object: String,
        decisions: inout [Decision]
    ) -> Verdict {
        guard self.hasRules(at: point) else { return .pass }
        var effects = Effects()
        var hasFired = false
        var isEnded = false
        // Deciding and applying share a loop: a decision never looks at another rule's effects.
        for number in self.index[Self.slot(point, message.id.direction)] {
            guard
                self.armed[number].rule.match.matches(message, session: session, objectName: object)
            else { continue }
            let decision = self.armed[number].decide(
                on: message,
                session: session,
                object: object,
                seed: self.seed,
                version: self.version
            )
            decisions.append(decision)
            guard decision.fired else { continue }
            hasFired = true
            if isEnded { continue }
            isEnded = !self.armed[number].apply(
                to: &effects,
                message: message,
                session: session,
                delayNanoseconds: decision.delayNanoseconds,
                seed: self.seed
            )
        }
        return hasFired ? .apply(effects) : .pass
    }

    /// Forgets what was counted for a session that will not come back.
    public mutating func sessionEnded(_ session: SessionFacts) {
        for number in self.armed.indices { self.armed[number].sessionEnded(session) }
    }

    private static func slot(_ point: Point, _ direction: Direction) -> Int {
        point.number * 2 + (direction == .toObject ? 0 : 1)
    }
}
