/// Steps that run one after another, on connections of their own.
public struct ScriptLane: Sendable, Equatable {
    /// Its connections.
    public var sessions: [ScriptSession]
    /// Its steps, each with its row and column.
    public private(set) var steps: [ScriptStep]

    /// Makes a lane; a step without a row or a column gets the one that its words, and its place after
    /// the idle steps, give.
    ///
    /// - Parameters:
    ///   - sessions: its connections, at least one.
    ///   - steps: in order; each names a session by its place in `sessions`.
    public init(sessions: [ScriptSession], steps: [ScriptStep]) {
        precondition(!sessions.isEmpty, "a lane has at least one session")
        self.sessions = sessions
        self.steps = steps
        var life = Life()
        /// The exchange that a step which only expects goes on with, by session.
        var exchanges: [Int: ScriptStep] = [:]
        for place in steps.indices {
            switch steps[place].action {
            case .sleep:
                life.sleep()
                exchanges = [:]
            case .idle:
                life.idle()
                exchanges = [:]
            case .connect, .send, .ping, .close, .listen:
                var step = steps[place]
                let exchange = step.action == .listen ? exchanges[step.session] : nil
                life.place(&step, after: exchange)
                if step.action != .listen { exchanges[step.session] = step }
                Self.name(&step, after: exchange)
                self.steps[place] = step
            }
        }
    }

    private static func name(_ step: inout ScriptStep, after exchange: ScriptStep?) {
        guard step.row.isEmpty else { return }
        let subject = exchange?.subject ?? step.subject
        if let exchange, !exchange.row.isEmpty {
            step.row = exchange.row
            return
        }
        let wanted = step.expects.first.map { first in
            step.expects.count > 1 ? "\(first.words), …" : first.words
        }
        step.row = [subject, wanted ?? ""].filter { !$0.isEmpty }.joined(separator: " → ")
    }

    /// Where in the life of its objects a lane is.
    private struct Life {
        private var sleeps = 0
        private var isRested = false
        private var isFirst = false

        mutating func sleep() {
            self.sleeps += 1
            self.isRested = false
            self.isFirst = true
        }

        mutating func idle() {
            self.isRested = true
            self.isFirst = true
        }

        mutating func place(_ step: inout ScriptStep, after exchange: ScriptStep?) {
            defer { self.isFirst = false }
            if let exchange {
                step.isFirstAfterSleep = exchange.isFirstAfterSleep
                step.isInWake = exchange.isInWake
                if step.column.isEmpty { step.column = exchange.column }
                return
            }
            step.isFirstAfterSleep = self.isFirst && !self.isRested
            step.isInWake = !self.isFirst && self.sleeps > 0
            guard step.column.isEmpty else { return }
            if self.isFirst {
                step.column =
                    self.isRested ? ScriptColumn.afterIdle : ScriptColumn.wake(self.sleeps)
            } else if self.sleeps > 0 || self.isRested {
                step.column = ScriptColumn.later
            } else {
                step.column = ScriptColumn.fresh
            }
        }
    }
}
