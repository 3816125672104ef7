public import FramePath

/// The works/broken table of a probe.
///
/// Shape: cells by row and column; latencies by row, of answers in time.
public struct ProbeReport: Sendable, Equatable {
    /// One row of the table.
    public struct Row: Sendable, Equatable {
        /// Which.
        public var row: ProbeRow
        /// Its cells, in the order of `ProbeColumn.allCases`.
        public var cells: [ProbeCell]
        /// Median latency of answers in time, or `nil` when there is none.
        public var p50: Tick.Span?
        /// 99th percentile of the same.
        public var p99: Tick.Span?

        /// Makes a row.
        ///
        /// - Parameters:
        ///   - row: which.
        ///   - cells: in the order of columns.
        ///   - p50: median latency.
        ///   - p99: 99th percentile.
        public init(
            row: ProbeRow,
            cells: [ProbeCell],
            p50: Tick.Span? = nil,
            p99: Tick.Span? = nil
        ) {
            self.row = row
            self.cells = cells
            self.p50 = p50
            self.p99 = p99
        }
    }

    /// What was probed.
    public var target: String
    /// Sessions of each row.
    public var sessions: Int
    /// The rows, in the order of `ProbeRow.allCases`.
    public var rows: [Row]
    /// What a reader must know to judge the table.
    public var notes: [String]

    /// Makes a report.
    ///
    /// - Parameters:
    ///   - target: what was probed.
    ///   - sessions: sessions of each row.
    ///   - rows: in the order of `ProbeRow.allCases`.
    ///   - notes: what a reader must know.
    public init(target: String, sessions: Int, rows: [Row], notes: [String]) {
        self.target = target
        self.sessions = sessions
        self.rows = rows
        self.notes = notes
    }

    /// The cell of a row and column.
    ///
    /// - Parameters:
    ///   - row: which exchange.
    ///   - column: when.
    /// - Returns: the cell, empty when the table has none.
    public func cell(_ row: ProbeRow, _ column: ProbeColumn) -> ProbeCell {
        guard let place = ProbeColumn.allCases.firstIndex(of: column),
            let cells = self.rows.first(where: { $0.row == row })?.cells, place < cells.count
        else { return ProbeCell() }
        return cells[place]
    }

    /// What it all comes to: broken over degraded over unknown over works.
    public var state: ProbeState {
        let states = self.rows.flatMap { $0.cells.map(\.state) }
        for state in [ProbeState.broken, .degraded, .unknown, .works] where states.contains(state) {
            return state
        }
        return .unknown
    }

    /// 0 all works, 1 something is broken or degraded, 2 could not tell.
    public var exitCode: Int32 {
        switch self.state {
        case .works: 0
        case .broken, .degraded: 1
        case .unknown, .notApplicable: 2
        }
    }

    init(lanes: [ProbeLane], context: ProbeContext) {
        let configuration = context.configuration
        self.init(
            target: configuration.target,
            sessions: configuration.sessions,
            rows: ProbeRow.allCases.map { row in
                Self.row(row, lanes.filter { $0.row == row })
            },
            notes: Self.notes(context)
        )
    }

    private static func row(_ row: ProbeRow, _ lanes: [ProbeLane]) -> Row {
        var cells = ProbeColumn.allCases.map { _ in ProbeCell() }
        var latencies: [Tick.Span] = []
        for ask in lanes.flatMap(\.asks) {
            guard let column = ask.column, let outcome = ask.outcome,
                let place = ProbeColumn.allCases.firstIndex(of: column)
            else { continue }
            cells[place].count(outcome, why: ask.why)
            if outcome == .ok, let latency = ask.latency { latencies.append(latency) }
        }
        return Row(
            row: row,
            cells: cells,
            p50: ProbeContext.percentile(latencies, 50),
            p99: ProbeContext.percentile(latencies, 99)
        )
    }

    private static func notes(_ context: ProbeContext) -> [String] {
        var notes: [String] = []
        let configuration = context.configuration
        if let refusal = context.refusal {
            notes.append("a connection could not be had: \(refusal)")
        }
        if configuration.observesHibernation {
            let seen = "\(context.sleepsObserved) of \(context.sleepsAwaited)"
            notes.append("sleep observed before \(seen) columns that need it")
            if context.sleepsObserved == 0 {
                notes.append("wake not observed: a Ping that wakes the object would not be seen")
            }
        } else {
            let idle = configuration.idle.nanoseconds / 1_000_000
            notes.append("sleep not observed: each object was left alone for \(idle) ms")
            notes.append("wake not observed: a Ping that wakes the object would not be seen")
        }
        if context.sleptBeforeLater > 0 {
            let how = configuration.observesHibernation ? "slept again" : "had time to sleep again"
            notes.append(
                "in \(context.sleptBeforeLater) lanes the object \(how) before 'later' was asked:"
                    + " read that column as another wake"
            )
        }
        if configuration.fixedTarget != nil {
            notes.append("one path for every connection: lanes share the object and its sleeps")
        }
        return notes
    }
}
