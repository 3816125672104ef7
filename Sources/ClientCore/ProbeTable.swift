/// How one exchange came out.
public enum ProbeOutcome: String, CaseIterable, Hashable, Sendable {
    /// The answer came in time.
    case ok
    /// No answer.
    case missing
    /// The answer came after the limit.
    case late
    /// Another answer came, or something happened that must not.
    case wrong
    /// The answer came before an earlier one.
    case reordered
    /// The answer came more than once.
    case duplicate
    /// It could not be tried.
    case unknown
}

/// The state of a cell of the table.
public enum ProbeState: String, CaseIterable, Hashable, Sendable {
    /// Every exchange was answered in time, in order, once.
    case works
    /// Something is missing or wrong.
    case broken
    /// Everything came, but late, in another order or twice.
    case degraded
    /// Could not be told.
    case unknown
    /// Not tried.
    case notApplicable

    /// The sign in the table.
    public var sign: String {
        switch self {
        case .works: "✓"
        case .broken: "✗"
        case .degraded: "~"
        case .unknown: "?"
        case .notApplicable: "–"
        }
    }
}

/// One cell: outcomes counted over sessions, of a burst over messages.
public struct ProbeCell: Sendable, Equatable {
    /// How many came out as they should.
    public var ok = 0
    /// No answer.
    public var missing = 0
    /// Answered after the limit.
    public var late = 0
    /// Answered otherwise.
    public var wrong = 0
    /// Answered out of order.
    public var reordered = 0
    /// Answered more than once.
    public var duplicate = 0
    /// Not told.
    public var unknown = 0
    /// Exchanges all of which came out as they should.
    public var passes = 0
    /// Exchanges judged; a repeated step is one.
    public var trials = 0
    /// The first reason given by an exchange that did not come out well.
    public var why: String?

    /// An empty cell.
    public init() {}

    /// k: exchanges as they should be.
    public var k: Int { self.ok }

    /// n: exchanges judged.
    public var n: Int {
        self.ok + self.missing + self.late + self.wrong + self.reordered + self.duplicate
    }

    /// What they come to.
    public var state: ProbeState {
        if self.missing + self.wrong > 0 { return .broken }
        if self.late + self.reordered + self.duplicate > 0 { return .degraded }
        if self.unknown > 0 { return .unknown }
        return self.ok > 0 ? .works : .notApplicable
    }

    mutating func count(_ outcome: ProbeOutcome, why: String?) {
        switch outcome {
        case .ok: self.ok += 1
        case .missing: self.missing += 1
        case .late: self.late += 1
        case .wrong: self.wrong += 1
        case .reordered: self.reordered += 1
        case .duplicate: self.duplicate += 1
        case .unknown: self.unknown += 1
        }
        if outcome != .ok, self.why == nil { self.why = why }
    }

    /// Counts one exchange; one that could not be tried is no trial.
    mutating func count(trial outcomes: [ProbeOutcome]) {
        if outcomes.allSatisfy({ $0 == .ok }) {
            self.passes += 1
            self.trials += 1
        } else if !outcomes.allSatisfy({ $0 == .ok || $0 == .unknown }) {
            self.trials += 1
        }
    }
}
