import FramePath

/// How many messages may look lost only because their records are.
///
/// Shape: coverage of a point is the part of the messages seen later that were seen there; where records
/// are known to be missing, a cluster of losses counts only above what that explains.
/// Source: threshold 1.6 * N * product(1 - c) + 3, measured on captures with 5 % and 20 % loss.
struct RecordLoss {
    private let coverage: [Direction: [Double]]
    private let gapLost: [FileFacts.Role: UInt64]
    private let isLossy: Bool
    private let index: TraceIndex

    init(_ judge: Judge) {
        let index = judge.index
        self.index = index
        self.isLossy = index.files.contains(where: \.isLossy)
        var gapLost: [FileFacts.Role: UInt64] = [:]
        var rates: [FileFacts.Role: (missing: Double, all: Double)] = [:]
        for file in index.files {
            gapLost[file.kind, default: 0] += file.gapLost
            let missing = Double(file.holes) + Double(file.gapLost)
            rates[file.kind, default: (0, 0)].missing += missing
            rates[file.kind, default: (0, 0)].all += missing + Double(file.rows)
        }
        self.gapLost = gapLost
        var coverage: [Direction: [Double]] = [:]
        for direction in Direction.allCases {
            coverage[direction] = (0..<Lineage.slotCount).map { slot in
                let role = index.role(slot, direction)
                let rate = rates[role] ?? (0, 0)
                let kept = rate.all > 0 ? 1 - rate.missing / rate.all : 1
                return min(kept, Self.seen(slot, direction, judge))
            }
        }
        self.coverage = coverage
    }

    /// Part of the messages seen after a slot of their path that were seen at it too.
    private static func seen(_ slot: Int, _ direction: Direction, _ judge: Judge) -> Double {
        var later = 0
        var here = 0
        for lineage in judge.index.lineages
        where lineage.isJudged && !lineage.isDuplicate && lineage.id.direction == direction {
            guard let last = lineage.last?.slot, last > slot, judge.path(lineage).contains(slot)
            else { continue }
            later += 1
            if judge.isSeen(lineage, at: slot) { here += 1 }
        }
        return later > 0 ? Double(here) / Double(later) : 1
    }

    /// Whether missing records alone may explain a cluster of losses.
    func explains(_ cluster: Cluster, reached: Int, path: [Int], isClientObserved: Bool) -> Bool {
        guard self.isLossy, cluster.key.kind == .missing else { return false }
        let coverage = self.coverage[cluster.key.direction] ?? []
        var unseen = 1.0
        for slot in path where slot > cluster.key.from && slot < coverage.count {
            // Told by the frame number in the edge.tx record itself, so it is lost with that record.
            let isClient = slot == 4 && cluster.key.direction == .toClient && !isClientObserved
            let isBackend = slot == 3 && cluster.key.direction == .toObject && self.index.isBackend
            if isClient || isBackend, cluster.key.from < slot - 1 { continue }
            unseen *= 1 - coverage[slot]
        }
        if Double(cluster.fails.count) <= 1.6 * Double(reached) * unseen + 3 { return true }
        // Gaps come in bursts, so what one lost may all be of this cluster.
        let role = self.index.role(cluster.key.to, cluster.key.direction)
        return UInt64(cluster.fails.count) <= self.gapLost[role] ?? 0
    }
}
