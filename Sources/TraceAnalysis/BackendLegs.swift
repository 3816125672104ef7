import FramePath
import FrameTrace

/// The sleeps and wakes of the legs that an edge dials to any backend.
///
/// Shape: rows of one edge's file in order; a leg belongs to a session and is dialled anew on each wake.
struct BackendLegs {
    /// A dial that came to nothing.
    struct Refusal {
        /// HTTP status; `nil` when there was no answer.
        var code: Int?
        var reason: String
    }

    /// One wake, of one session.
    struct Wake {
        enum Outcome {
            case pending
            case woken
            case failed
        }

        var session: SessionID
        /// Nanoseconds on the common clock.
        var begin: Int64
        /// When its end was recorded.
        var end: Int64?
        var file: Int
        var number: UInt64
        var refusals: [Refusal] = []
        var outcome = Outcome.pending

        /// Refused at least once, and never let in.
        var isRefused: Bool { self.outcome != .woken && !self.refusals.isEmpty }
    }

    private(set) var wakes: [Wake] = []
    /// When each session's leg began to go to sleep, in order.
    private(set) var sleeps: [SessionID: [Int64]] = [:]
    private var last: [SessionID: Int] = [:]

    mutating func life(_ row: TraceRow, time: Int64, file: Int) {
        guard let session = row.session else { return }
        switch row.what {
        case "hibernate-begin", "evicted", "lost": self.sleeps[session, default: []].append(time)
        case "wake-start": self.begin(session, row, time: time, file: file)
        case "woken": self.end(session, .woken, at: time)
        case "wake-failed": self.end(session, .failed, at: time)
        default: break
        }
    }

    mutating func socket(_ row: TraceRow, time: Int64, file: Int) {
        guard row.what == "dial-refused", let session = row.session else { return }
        let refusal = Refusal(code: row.code, reason: row.reason ?? "")
        if let place = self.last[session], self.wakes[place].end == nil {
            self.wakes[place].refusals.append(refusal)
        } else {
            // Its begin was not recorded.
            self.wakes[self.begin(session, row, time: time, file: file)].refusals = [refusal]
        }
    }

    /// Messages to the backend that wait for a wake which was refused are lost by that and nothing else.
    ///
    /// - Returns: for each session, since when.
    func refusedSince() -> [SessionID: Int64] {
        var since: [SessionID: Int64] = [:]
        for wake in self.wakes where wake.isRefused {
            let slept = self.sleeps[wake.session]?.last { $0 <= wake.begin } ?? wake.begin
            since[wake.session] = min(since[wake.session] ?? .max, slept)
        }
        return since
    }

    @discardableResult
    private mutating func begin(
        _ session: SessionID,
        _ row: TraceRow,
        time: Int64,
        file: Int
    ) -> Int {
        let place = self.wakes.count
        self.wakes.append(Wake(session: session, begin: time, file: file, number: row.n))
        self.last[session] = place
        return place
    }

    private mutating func end(_ session: SessionID, _ outcome: Wake.Outcome, at time: Int64) {
        guard let place = self.last[session] else { return }
        self.wakes[place].outcome = outcome
        self.wakes[place].end = time
    }
}
