/// A bound that was reached, by the word it is counted under.
public enum EdgeLimit: String, CaseIterable, Sendable {
    /// Client connections.
    case connections
    /// Bytes a client sent before its request was answered.
    case earlyBytes = "early-bytes"
    /// Body bytes of a plain request.
    case bodyBytes = "body-bytes"
    /// Sockets of one object.
    case sessions = "sessions-per-object"
    /// Messages or bytes queued for one object.
    case queue
    /// Messages that rules hold in one lane of a session.
    case lane
    /// Session keys whose attempts are counted.
    case keys
    /// Commands of operators that wait for their outcome.
    case commands
}

/// How often each bound was reached.
public struct EdgeLimitCounts: Sendable {
    private var counts = Array(repeating: UInt64(0), count: EdgeLimit.allCases.count)

    /// Makes counts of zero.
    public init() {}

    /// Counts one time.
    mutating func add(_ limit: EdgeLimit) {
        guard let slot = EdgeLimit.allCases.firstIndex(of: limit) else { return }
        self.counts[slot] &+= 1
    }

    /// Says how often, when somebody else counts.
    mutating func set(_ limit: EdgeLimit, to count: UInt64) {
        guard let slot = EdgeLimit.allCases.firstIndex(of: limit) else { return }
        self.counts[slot] = count
    }

    /// How often it was reached since the start.
    public subscript(limit: EdgeLimit) -> UInt64 {
        EdgeLimit.allCases.firstIndex(of: limit).map { self.counts[$0] } ?? 0
    }
}
