import FramePath
import FrameTrace

extension Judge {
    /// Messages a handler got and answered with nothing, though such messages deserve an answer.
    ///
    /// Whether a type deserves one is learned: answered in at least 90 % of at least 3 dispatches in some
    /// phase, and never in another (contract §6). A probe's own expectation beats learning.
    func silence() -> (cluster: Cluster, population: [Int])? {
        let expected = self.expected()
        let handled = self.index.lineages.indices.filter { self.isHandled($0) }
        let deserving = self.deservingTypes(handled)
        var population: [Int] = []
        var cluster = Cluster(
            key: Cluster.Key(
                direction: .toObject,
                from: 4,
                to: Lineage.handledSlot,
                kind: .neverSent
            )
        )
        var isToldByProbe = false
        for place in handled {
            let lineage = self.index.lineages[place]
            let told = expected[place]
            guard told != nil || deserving.contains(lineage.type ?? "") else { continue }
            population.append(place)
            guard self.isUnanswered(lineage), told != "ok" else { continue }
            if told != nil { isToldByProbe = true }
            cluster.fails.append(place)
        }
        guard !cluster.fails.isEmpty else { return nil }
        guard isToldByProbe || self.isSystematic(cluster.fails, population) else { return nil }
        return (cluster, population)
    }

    /// Learned silence counts only where it is total: in some phase, or since some wake, nothing came.
    func isSystematic(_ fails: [Int], _ population: [Int]) -> Bool {
        let found = Predicate.best(fails, population, self.index)
        let inside = population.filter { found.holds(self.index.lineages[$0]) }
        let failing = Set(fails)
        let count = inside.filter(failing.contains).count
        return count >= 2 && count * 10 >= inside.count * 9
    }

    private func isHandled(_ place: Int) -> Bool {
        let lineage = self.index.lineages[place]
        guard lineage.id.direction == .toObject, lineage.isJudged, !lineage.isDuplicate,
            case .delivered = self.outcomes[place], lineage.slots[4] != nil,
            !self.index.autoAnswered.contains(self.cause(lineage))
        else { return false }
        let closed = self.index.closes[lineage.id.session] ?? .max
        return lineage.lastTime < closed - Self.graceNanoseconds
            || self.index.replies.contains(self.cause(lineage))
    }

    private func cause(_ lineage: Lineage) -> CauseKey {
        CauseKey(session: lineage.id.session, ordinal: lineage.id.ordinal)
    }

    /// No send names it as its cause, and its handler's end counted none.
    private func isUnanswered(_ lineage: Lineage) -> Bool {
        let key = self.cause(lineage)
        guard !self.index.replies.contains(key) else { return false }
        if let sends = self.index.runs[key]?.sends { return sends == 0 }
        // Without the handler's end only a whole trace can say that nothing was sent.
        return !self.index.files.contains { $0.kind == .object && ($0.isLossy || !$0.hasEnd) }
    }

    private func deservingTypes(_ handled: [Int]) -> Set<String> {
        struct Cell: Hashable {
            var type: String
            var phase: Phase?
            var isAfterWake: Bool?
        }
        var counts: [Cell: (answered: Int, all: Int)] = [:]
        for place in handled {
            let lineage = self.index.lineages[place]
            let answered = self.isUnanswered(lineage) ? 0 : 1
            let type = lineage.type ?? ""
            let cells = [
                Cell(type: type, phase: lineage.phase, isAfterWake: nil),
                Cell(type: type, phase: nil, isAfterWake: lineage.wake > 0),
            ]
            for cell in cells {
                counts[cell, default: (0, 0)].answered += answered
                counts[cell, default: (0, 0)].all += 1
            }
        }
        var types: Set<String> = []
        for (cell, count) in counts where count.all >= 3 && count.answered * 10 >= count.all * 9 {
            types.insert(cell.type)
        }
        return types
    }

    /// What the probe says of the messages it asked with.
    func expected() -> [Int: String] {
        var expected: [Int: String] = [:]
        for row in self.index.expectations {
            guard let session = row.session, let sequence = row.seq, let outcome = row.outcome,
                // A close that was awaited is no message a handler could have sent.
                let want = row.want, !want.isEmpty, !want.hasPrefix("Close ")
            else { continue }
            let key = LegKey(session: session, direction: .toObject, sequence: sequence)
            if let place = self.index.byLeg[key] { expected[place] = outcome }
        }
        return expected
    }
}
