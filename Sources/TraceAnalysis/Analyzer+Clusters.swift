import FramePath

extension Analyzer {
    /// A cluster with the messages it stands out from.
    struct Candidate {
        var cluster: Cluster
        var population: [Int]
    }

    /// Clusters that count, and those that missing records may explain.
    static func candidates(
        _ judge: Judge,
        _ loss: RecordLoss
    ) -> (real: [Candidate], explained: [Candidate]) {
        var real: [Candidate] = []
        var explained: [Candidate] = []
        let sorted = judge.clusters.values.sorted { Self.isEarlier($0, $1) }
        for cluster in sorted {
            let population = cluster.population ?? Self.population(cluster, judge)
            guard let example = cluster.fails.first.map({ judge.index.lineages[$0] }) else {
                continue
            }
            let isObserved = judge.index.isClientObserved(example.id.session)
            let candidate = Candidate(cluster: cluster, population: population)
            if loss.explains(
                cluster,
                reached: population.count,
                path: judge.path(example),
                isClientObserved: isObserved
            ) {
                explained.append(candidate)
            } else if judge.judged >= Self.messagesMin {
                real.append(candidate)
            }
        }
        if judge.judged >= Self.messagesMin, let silence = judge.silence() {
            real.append(
                Candidate(cluster: silence.cluster, population: silence.population)
            )
        }
        if judge.judged >= Self.messagesMin, let silence = judge.backendSilence() {
            real.append(Candidate(cluster: silence.cluster, population: silence.population))
        }
        return (real, explained)
    }

    /// Everything that reached the hop's first point on a path that has its second.
    private static func population(_ cluster: Cluster, _ judge: Judge) -> [Int] {
        let key = cluster.key
        let failing = Set(cluster.fails)
        return judge.index.lineages.indices.filter { place in
            if failing.contains(place) { return true }
            let lineage = judge.index.lineages[place]
            guard lineage.id.direction == key.direction, lineage.isJudged, !lineage.isDuplicate,
                let last = lineage.last?.slot, last >= key.from
            else { return false }
            switch judge.outcomes[place] {
            case .excused, .refused, .undecidable: return last >= key.to
            case .delivered, .missing: return judge.path(lineage).contains(key.to)
            }
        }
    }

    /// Of the big clusters the earliest on the path, of equal places the graver kind; lateness only when
    /// nothing worse happened.
    static func primary(_ candidates: [Candidate]) -> Candidate? {
        let grave = candidates.filter { $0.cluster.key.kind != .late }
        let pool = grave.isEmpty ? candidates : grave
        let largest = pool.map(\.cluster.fails.count).max() ?? 0
        return pool.filter { $0.cluster.fails.count * 2 >= largest }
            .min { Self.isEarlier($0.cluster, $1.cluster) }
    }

    /// The primary finding and those that do not follow from it.
    static func findings(
        _ primary: Candidate,
        _ candidates: [Candidate],
        _ judge: Judge
    ) -> [Finding] {
        var findings = [FindingText.finding(primary.cluster, primary.population, judge)]
        var hops: Set<Int> = [primary.cluster.position]
        let further = candidates.sorted { $0.cluster.fails.count > $1.cluster.fails.count }
        for candidate in further where findings.count <= Self.furtherMax {
            let cluster = candidate.cluster
            guard !hops.contains(cluster.position) else { continue }
            let isConsequence =
                cluster.key.direction == primary.cluster.key.direction
                && [.late, .reordered].contains(cluster.key.kind)
            guard !isConsequence else { continue }
            hops.insert(cluster.position)
            findings.append(FindingText.finding(cluster, candidate.population, judge))
        }
        return findings
    }

    private static func isEarlier(_ left: Cluster, _ right: Cluster) -> Bool {
        (left.position, left.key.to, Self.rank(left.key.kind))
            < (right.position, right.key.to, Self.rank(right.key.kind))
    }

    private static func rank(_ kind: FaultKind) -> Int {
        FaultKind.allCases.firstIndex(of: kind) ?? 0
    }
}
