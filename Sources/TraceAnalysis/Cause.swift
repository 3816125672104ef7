import FramePath

/// The rule behind a cluster, read off the failing messages' own decisions.
struct Cause {
    var rule: FiredRule?
    /// On every failing message and on none that passed.
    var isAttributed = false

    init(_ cluster: Cluster, _ population: [Int], _ index: TraceIndex) {
        guard !index.isBlind, !index.fired.isEmpty else { return }
        let from = Lineage.point(cluster.key.from, cluster.key.direction)
        // What waits before a lane that a rule stopped was not seen at the lane's own point.
        let to =
            cluster.key.to == Lineage.handledSlot
            ? from : Lineage.point(cluster.key.to, cluster.key.direction)
        var holders: [SessionID: [FiredRule]] = [:]
        for (id, fired) in index.fired where id.direction == cluster.key.direction {
            for decision in fired
            where decision.holdsLane && (decision.point == from || decision.point == to) {
                holders[id.session, default: []].append(decision.rule)
            }
        }
        var explained: [FiredRule: (own: Int, all: Int)] = [:]
        for place in cluster.fails {
            let id = index.lineages[place].id
            let own = Self.decisions(id, index, cluster, from)
            for rule in own { explained[rule, default: (0, 0)].own += 1 }
            for rule in own.union(holders[id.session] ?? []) {
                explained[rule, default: (0, 0)].all += 1
            }
        }
        let best = explained.max { left, right in
            (left.value.all, left.value.own, right.key.source)
                < (right.value.all, right.value.own, left.key.source)
        }
        guard let best, best.value.all * 2 >= cluster.fails.count else { return }
        self.rule = best.key
        let failing = Set(cluster.fails)
        let spared = population.contains { place in
            !failing.contains(place)
                && Self.decisions(index.lineages[place].id, index, cluster, from)
                    .contains(best.key)
        }
        // In a window let go in another order, or behind a delay, some members come to no harm.
        let sparesSome = [.reordered, .late].contains(cluster.key.kind)
        self.isAttributed = best.value.all == cluster.fails.count && (!spared || sparesSome)
    }

    private static func decisions(
        _ id: MessageID,
        _ index: TraceIndex,
        _ cluster: Cluster,
        _ from: Point
    ) -> Set<FiredRule> {
        var original = id
        original.copy = 0
        let fired = index.fired[id] ?? (id.copy == .max ? nil : index.fired[original]) ?? []
        let near = fired.filter { $0.point == from }
        if !near.isEmpty { return Set(near.map(\.rule)) }
        // The record of the point itself may be the missing one.
        let before = fired.filter { decision in
            Lineage.slot(decision.point, id.direction).map { $0 < cluster.key.to } ?? false
        }
        return Set(before.map(\.rule))
    }
}
