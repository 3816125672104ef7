public import FramePath

/// How many messages passed each point, by direction and by what became of them there.
///
/// Shape: one array, no dictionary: it is counted on the path of every message.
public struct PointCounts: Sendable {
    /// What a point did with a message.
    public enum Outcome: String, CaseIterable, Sendable {
        /// Went on at once.
        case passed
        /// A rule delays it, gathers it or stands still.
        case held
        /// A rule added copies of it.
        case duplicated
        /// A rule took it.
        case dropped
        /// A rule took it and closed the session.
        case closed
        /// A rule took it and reset the connection.
        case reset
        /// A rule took it and its object's instance.
        case evicted

        fileprivate var number: Int {
            switch self {
            case .passed: 0
            case .held: 1
            case .duplicated: 2
            case .dropped: 3
            case .closed: 4
            case .reset: 5
            case .evicted: 6
            }
        }
    }

    private var counts = Array(
        repeating: UInt64(0),
        count: Point.allCases.count * 2 * Outcome.allCases.count
    )

    /// Makes counts of zero.
    public init() {}

    /// Counts messages.
    ///
    /// - Parameters:
    ///   - point: where they are.
    ///   - direction: their way.
    ///   - outcome: what became of them.
    ///   - count: how many.
    public mutating func add(
        _ point: Point,
        _ direction: Direction,
        _ outcome: Outcome,
        count: UInt64 = 1
    ) {
        self.counts[Self.slot(point, direction, outcome)] &+= count
    }

    /// Counts messages that passed.
    ///
    /// - Parameters:
    ///   - point: where.
    ///   - direction: their way.
    ///   - count: how many.
    mutating func addPassed(_ point: Point, _ direction: Direction, _ count: UInt64) {
        self.counts[Self.slot(point, direction, .passed)] &+= count
    }

    /// How many there were since the start.
    ///
    /// - Parameters:
    ///   - point: where.
    ///   - direction: which way.
    ///   - outcome: what became of them.
    public subscript(point: Point, direction: Direction, outcome: Outcome) -> UInt64 {
        self.counts[Self.slot(point, direction, outcome)]
    }

    private static func slot(_ point: Point, _ direction: Direction, _ outcome: Outcome) -> Int {
        (point.number * 2 + (direction == .toObject ? 0 : 1)) * Outcome.allCases.count
            + outcome.number
    }
}
