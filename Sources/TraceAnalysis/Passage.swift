import FramePath

/// A message on its way over one hop, timed.
///
/// Times are nanoseconds on the common clock.
struct Passage {
    /// The message, as place in the index.
    var place: Int
    var session: SessionID
    var from: Int64
    var to: Int64
    /// How much longer it took than its hop usually takes.
    var extra: Int64
    /// The part of that it did not spend behind the message before it in its lane.
    ///
    /// A queue makes all behind its first message late; only what held one up by itself tells a fault.
    /// Source: Lindley's recursion for a first-in, first-out queue.
    var own: Int64

    var isLate: Bool { self.extra > Judge.lateNanoseconds }
    /// Late by itself, not because the lane before it was.
    var isHeldUp: Bool { self.own > Judge.lateNanoseconds }

    /// Fills in `own` for the passages of one hop, given in any order.
    static func findOwn(_ passages: inout [Passage]) {
        passages.sort { ($0.to, $0.place) < ($1.to, $1.place) }
        var before: [SessionID: Int64] = [:]
        for index in passages.indices {
            let passage = passages[index]
            passages[index].own = passage.extra
            if let left = before[passage.session] {
                passages[index].own = min(passage.extra, passage.to - left)
            }
            before[passage.session] = passage.to
        }
    }
}

/// A hop that was slow without a fault.
struct SlowHop {
    var key: Cluster.Key
    var late: Int
    var all: Int
}
