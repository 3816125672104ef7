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
        var lost: [(place: Int, way: Way, hop: (from: Int, to: Int), isRuled: Bool)] = []
        var passing: Set<Way> = []
        for (place, lineage) in self.index.lineages.enumerated() {
            guard let kind = lineage.control, lineage.id.born == .path, lineage.id.copy == 0 else {
                continue
            }
            let way = Way(kind: kind, direction: lineage.id.direction)
            if let hop = self.droppedHop(lineage) {
                lost.append((place, way, hop, true))
            } else if self.mustPass(lineage) {
                if let hop = self.lostHop(lineage) {
                    lost.append((place, way, hop, false))
                } else {
                    passing.insert(way)
                }
            } else {
                continue
            }
            population[way, default: []].append(place)
        }
        for (place, way, hop, isRuled) in lost {
            guard isRuled || way.kind == .close || passing.contains(way) else { continue }
            let key = Cluster.Key(
                direction: way.direction,
                from: hop.from,
                to: hop.to,
                kind: .missing,
                control: way.kind
            )
            self.add(place, to: key)
            self.stands(key, outOf: population[way] ?? [])
        }
    }

    /// Where a rule took it away.
    private func droppedHop(_ lineage: Lineage) -> (from: Int, to: Int)? {
        let drop = self.index.fired[lineage.id]?.first(where: \.isDrop)
        guard let drop, let from = Lineage.slot(drop.point, lineage.id.direction) else {
            return nil
        }
        return (from, from + 1)
    }

    /// Whether a leg was open that it should have gone to.
    private func mustPass(_ lineage: Lineage) -> Bool {
        guard self.index.isBackend else { return false }
        switch lineage.phase {
        case .fresh, .active, .idle, .woken: return true
        case .hibernating, .hibernated, .waking, .evicted, .closing: return false
        }
    }

    /// Where an edge before any backend did not pass it on; `nil` when it was handed to the socket.
    private func lostHop(_ lineage: Lineage) -> (from: Int, to: Int)? {
        let (taken, handed) = lineage.id.direction == .toObject ? (1, 2) : (2, 3)
        guard let seen = lineage.slots[handed] else { return (taken, handed) }
        return seen.sequence == nil ? (handed, handed + 1) : nil
    }
}
