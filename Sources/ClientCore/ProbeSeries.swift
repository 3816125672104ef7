/// The same probe several times over: what is broken is told from what is flaky.
///
/// Shape: cells by row and column, counted over all runs. An exchange passes when all it expects came,
/// in time, in order and once; a repeated step is one exchange.
public struct ProbeSeries: Sendable, Equatable {
    /// What the runs come to.
    public enum Verdict: String, CaseIterable, Sendable {
        /// Every exchange passed.
        case works
        /// None passed.
        case broken
        /// Some passed, some did not.
        case flaky
        /// None could be judged.
        case unknown
        /// None was tried.
        case notApplicable

        /// The sign in the table.
        public var sign: String {
            switch self {
            case .works: "✓"
            case .broken: "✗"
            case .flaky: "≈"
            case .unknown: "?"
            case .notApplicable: "–"
            }
        }
    }

    /// One cell of the table.
    public struct Cell: Sendable, Equatable {
        /// Exchanges that passed.
        public var passes = 0
        /// Exchanges that were judged.
        public var trials = 0
        /// Expectations that could not be judged.
        public var unknown = 0
        /// The first reason given by an exchange that did not pass.
        public var why: String?

        /// An empty cell.
        public init() {}

        /// What they come to.
        public var verdict: Verdict {
            guard self.trials > 0 else { return self.unknown > 0 ? .unknown : .notApplicable }
            // A run that could not be judged does not count as one that worked.
            if self.passes == self.trials { return self.unknown > 0 ? .unknown : .works }
            return self.passes == 0 ? .broken : .flaky
        }

        /// Where the chance to pass lies with 95 % confidence, 0…1; `nil` without a trial.
        ///
        /// Source: E. B. Wilson, "Probable inference, the law of succession, and statistical
        /// inference", 1927: the score interval, sound also for few trials and for none that failed.
        public var interval: (low: Double, high: Double)? {
            guard self.trials > 0 else { return nil }
            let z = 1.959_963_984_540_054
            let n = Double(self.trials)
            let p = Double(self.passes) / n
            let centre = p + z * z / (2 * n)
            let spread = z * (p * (1 - p) / n + z * z / (4 * n * n)).squareRoot()
            let scale = 1 + z * z / n
            return (max(0, (centre - spread) / scale), min(1, (centre + spread) / scale))
        }
    }

    /// The reports, one a run, all of one script.
    public let reports: [ProbeReport]

    /// Makes a series.
    ///
    /// - Parameter reports: one a run, all of one script; at least one.
    public init(reports: [ProbeReport]) {
        precondition(!reports.isEmpty, "a series has at least one run")
        self.reports = reports
    }

    /// What was probed.
    public var target: String { self.reports[0].target }
    /// The columns, in their order.
    public var columns: [String] { self.reports[0].columns }
    /// The rows, in the script's order.
    public var rows: [String] { self.reports[0].rows.map(\.row) }

    /// The cell of a row and column, over all runs.
    ///
    /// - Parameters:
    ///   - row: which exchange.
    ///   - column: when.
    /// - Returns: the cell, empty when the table has none.
    public func cell(_ row: String, _ column: String) -> Cell {
        var cell = Cell()
        for report in self.reports {
            let one = report.cell(row, column)
            cell.passes += one.passes
            cell.trials += one.trials
            cell.unknown += one.unknown
            if one.passes < one.trials || one.unknown > 0, cell.why == nil { cell.why = one.why }
        }
        return cell
    }

    /// What it all comes to: broken over flaky over unknown over works.
    public var verdict: Verdict {
        let verdicts = self.rows.flatMap { row in
            self.columns.map { self.cell(row, $0).verdict }
        }
        for verdict in [Verdict.broken, .flaky, .unknown, .works] where verdicts.contains(verdict) {
            return verdict
        }
        return .unknown
    }

    /// 0 all works, 1 something is broken or flaky, 2 could not tell.
    public var exitCode: Int32 {
        switch self.verdict {
        case .works: 0
        case .broken, .flaky: 1
        case .unknown, .notApplicable: 2
        }
    }

    /// What a reader must know, each note once.
    public var notes: [String] {
        var notes: [String] = []
        for report in self.reports {
            notes += report.notes.filter { !notes.contains($0) }
        }
        return notes
    }
}
