public import FramePath

/// The works/broken table of a probe.
///
/// Shape: cells by row and column; latencies by row, of answers in time.
public struct ProbeReport: Sendable, Equatable {
    /// One row of the table.
    public struct Row: Sendable, Equatable {
        /// Which.
        public var row: String
        /// Its cells, in the order of the report's columns.
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
            row: String,
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
    /// The columns, in their order.
    public var columns: [String]
    /// The rows, in the script's order.
    public var rows: [Row]
    /// What a reader must know to judge the table.
    public var notes: [String]

    /// Makes a report.
    ///
    /// - Parameters:
    ///   - target: what was probed.
    ///   - sessions: sessions of each row.
    ///   - columns: in their order.
    ///   - rows: in the script's order.
    ///   - notes: what a reader must know.
    public init(
        target: String,
        sessions: Int,
        columns: [String],
        rows: [Row],
        notes: [String]
    ) {
        self.target = target
        self.sessions = sessions
        self.columns = columns
        self.rows = rows
        self.notes = notes
    }

    /// The cell of a row and column.
    ///
    /// - Parameters:
    ///   - row: which exchange.
    ///   - column: when.
    /// - Returns: the cell, empty when the table has none.
    public func cell(_ row: String, _ column: String) -> ProbeCell {
        guard let place = self.columns.firstIndex(of: column),
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
        let columns = configuration.script.columns
        self.init(
            target: configuration.target,
            sessions: configuration.sessions,
            columns: columns,
            rows: configuration.script.rows.map { Self.row($0, columns, lanes) },
            notes: Self.notes(context)
        )
    }

    private static func row(_ row: String, _ columns: [String], _ lanes: [ProbeLane]) -> Row {
        var cells = columns.map { _ in ProbeCell() }
        var latencies: [Tick.Span] = []
        for lane in lanes {
            // All that one exchange expects is one trial; of a repeated step, all its times.
            var trials: [[ProbeOutcome]] = lane.script.steps.map { _ in [] }
            for ask in lane.asks where lane.isJudged(ask) {
                let step = lane.script.steps[ask.step]
                guard step.row == row, let outcome = ask.outcome,
                    let place = columns.firstIndex(of: step.column)
                else { continue }
                cells[place].count(outcome, why: ask.why)
                if outcome == .ok, let latency = ask.latency { latencies.append(latency) }
                trials[ask.step].append(outcome)
            }
            for (step, outcomes) in zip(lane.script.steps, trials) where !outcomes.isEmpty {
                guard let place = columns.firstIndex(of: step.column) else { continue }
                cells[place].count(trial: outcomes)
            }
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
        if context.sleepsAwaited == 0 {
            // Nothing in the table depends on a sleep.
        } else if configuration.observesHibernation {
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
        if context.sharedLanes > 0 {
            notes.append(
                "\(context.sharedLanes) lanes share an object and took turns: 'fresh' is its first life"
                    + " in the first of them only"
            )
        }
        if context.unread > 0 {
            notes.append("\(context.unread) messages that no step expected were dropped unread")
        }
        return notes
    }
}
