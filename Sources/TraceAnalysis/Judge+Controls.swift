import FramePath

extension Judge {
    /// Close, Ping and Pong frames that an edge took and did not pass on.
    ///
    /// Most control frames end at the edge, so only those count that should have gone on: what a rule
    /// dropped, and before any backend a Close on an open leg, or a Ping where others of its kind pass.
    mutating func judgeControls() {
        struct Way: Hashable {
            var kind: MessageKind
            var direction: Direction
        }
        var population: [Way: [Int]] = [:]
        var lost: [Way: [Int]] = [:]
        var passing: Set<Way> = []
        var order: [Way] = []
        for (place, lineage) in self.index.lineages.enumerated() {
            guard let kind = lineage.control, lineage.id.born == .path, lineage.id.copy == 0,
                let (from, to) = self.edgeHop(lineage.id.direction), lineage.slots[from] != nil
            else { continue }
            let way = Way(kind: kind, direction: lineage.id.direction)
            let hasPassed = self.hasPassed(lineage, to)
            if hasPassed { passing.insert(way) }
            guard hasPassed || self.mustPass(lineage) else { continue }
            if population[way] == nil { order.append(way) }
            population[way, default: []].append(place)
            if !hasPassed { lost[way, default: []].append(place) }
        }
        for way in order {
            guard let (from, to) = self.edgeHop(way.direction), let all = population[way] else {
                continue
            }
            let fails = (lost[way] ?? []).filter { place in
                way.kind == .close || passing.contains(way)
                    || self.isDropped(self.index.lineages[place])
            }
            let key = Cluster.Key(
                direction: way.direction,
                from: from,
                to: to,
                kind: .missing,
                control: way.kind
            )
            for place in fails { self.add(place, to: key) }
            if !fails.isEmpty { self.stands(key, outOf: all) }
        }
    }

    private func edgeHop(_ direction: Direction) -> (from: Int, to: Int)? {
        switch direction {
        case .toObject: (1, 2)
        case .toClient: (2, 3)
        }
    }

    /// Handed to a socket; on the link to an object server, seen before it.
    private func hasPassed(_ lineage: Lineage, _ slot: Int) -> Bool {
        guard let seen = lineage.slots[slot] else { return false }
        let isSocket = lineage.id.direction == .toClient || self.index.isBackend
        return !isSocket || seen.sequence != nil
    }

    private func mustPass(_ lineage: Lineage) -> Bool {
        if self.isDropped(lineage) { return true }
        guard self.index.isBackend else { return false }
        switch lineage.phase {
        case .fresh, .active, .idle, .woken: return true
        case .hibernating, .hibernated, .waking, .evicted, .closing: return false
        }
    }

    private func isDropped(_ lineage: Lineage) -> Bool {
        self.index.fired[lineage.id]?.contains(where: \.isDrop) ?? false
    }
}
