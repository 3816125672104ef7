import FramePath

/// What went wrong with a message on one hop.
public enum FaultKind: String, CaseIterable, Sendable {
    /// Seen before and nowhere after.
    case missing
    /// A handler got them, owed an answer and sent none.
    case neverSent = "never-sent"
    /// A backend got them, owed an answer and gave none.
    case neverAnswered = "never-answered"
    /// A backend refused to be dialled again after a sleep.
    case redialRefused = "redial-refused"
    /// A queue was full, or a wake took too long, and sessions were given up.
    case limitReached = "limit-reached"
    /// Its payload changed.
    case mutated
    /// It came more often than it was sent.
    case duplicate
    /// It came before one that was ahead of it.
    case reordered
    /// It took much longer than that hop takes.
    case late
}

/// Messages that went wrong in the same way on the same hop.
struct Cluster {
    struct Key: Hashable {
        var direction: Direction
        var from: Int
        var to: Int
        var kind: FaultKind
        /// Its frames are of this kind; `nil` for messages.
        var control: MessageKind?

        /// Place of its hop on the whole path there and back.
        var position: Int {
            self.from + (self.direction == .toObject ? 0 : Lineage.slotCount)
        }
    }

    var key: Key
    /// Failing messages, as places in the index.
    var fails: [Int] = []
    /// Extra nanoseconds of late ones.
    var delays: [Int64] = []
    /// What they stand out from; `nil` for everything that reached the hop.
    var population: [Int]?
    /// The object itself was silent, nothing was lost.
    var isNeverSent: Bool { self.key.kind == .neverSent }

    var position: Int { self.key.position }

    /// The last point that saw them and the first that did not.
    var between: (from: Point, to: Point) {
        let from = Lineage.point(self.key.from, self.key.direction)
        // An answer would come back to the edge: what lies between is the backend.
        guard self.key.kind != .neverAnswered else { return (from, .edgeRx) }
        return (from, Lineage.point(self.key.to, self.key.direction))
    }
}
