import FramePath

extension Judge {
    /// How long a backend had for an answer at least, before its silence counts: 100 ms.
    static let patienceNanoseconds: Int64 = 100_000_000

    /// Messages handed to any backend that it never answered, though such messages deserve an answer.
    ///
    /// Whether a type deserves one is learned for each object: answered in at least 90 % of at least 3
    /// deliveries in some phase, and never in another (contract §6). Objects that saw too few for that
    /// learn from those whose path differs in the last part only. A probe's own expectation beats
    /// learning.
    func backendSilence() -> (cluster: Cluster, population: [Int])? {
        guard self.index.isBackend else { return nil }
        let answers = BackendAnswers(self)
        let told = self.expected()
        let patience = max(Self.patienceNanoseconds, 4 * answers.usual)
        let decided = answers.asked.filter { place in
            answers.latency[place] != nil || told[place] != nil || self.wasHeard(place, patience)
        }
        let deserving = Deserving(decided, answers, self.index)
        var cluster = Cluster(
            key: Cluster.Key(
                direction: .toObject,
                from: 2,
                to: Lineage.handledSlot,
                kind: .neverAnswered
            )
        )
        var population: [Int] = []
        var isToldByProbe = false
        for place in decided {
            let outcome = told[place]
            guard outcome != nil || deserving.holds(self.index.lineages[place]) else { continue }
            population.append(place)
            let isSilent = outcome.map { $0 == "missing" } ?? (answers.latency[place] == nil)
            guard isSilent, outcome == nil || answers.latency[place] == nil else { continue }
            if outcome != nil { isToldByProbe = true }
            cluster.fails.append(place)
        }
        guard !cluster.fails.isEmpty else { return nil }
        guard isToldByProbe || self.isSystematic(cluster.fails, population) else { return nil }
        return (cluster, population)
    }

    /// Whether its leg stayed long enough for an answer to come.
    private func wasHeard(_ place: Int, _ patience: Int64) -> Bool {
        let lineage = self.index.lineages[place]
        guard let handed = lineage.slots[2] else { return false }
        let session = lineage.id.session
        var end = self.index.files[handed.file].lastTime
        end = min(end, self.index.closes[session] ?? .max)
        end = min(end, self.index.legs.sleeps[session]?.first { $0 > handed.time } ?? .max)
        return end - handed.time >= patience
    }
}

/// Types that a backend answers in some phase, object by object.
private struct Deserving {
    private struct Cell: Hashable {
        var place: String
        var type: String
        var phase: Phase?
        var isAfterWake: Bool?
    }

    private struct Kind: Hashable {
        var place: String
        var type: String
    }

    private var answering: Set<Kind> = []
    private var known: Set<Kind> = []

    init(_ decided: [Int], _ answers: BackendAnswers, _ index: TraceIndex) {
        var counts: [Cell: (answered: Int, all: Int)] = [:]
        for place in decided {
            let lineage = index.lineages[place]
            let type = lineage.type ?? ""
            for owner in [lineage.object, Self.family(lineage.object)] {
                let cells = [
                    Cell(place: owner, type: type, phase: lineage.phase, isAfterWake: nil),
                    Cell(place: owner, type: type, phase: nil, isAfterWake: lineage.wake > 0),
                ]
                for cell in cells {
                    counts[cell, default: (0, 0)].all += 1
                    if answers.latency[place] != nil { counts[cell, default: (0, 0)].answered += 1 }
                }
            }
        }
        for (cell, count) in counts where count.all >= 3 {
            let kind = Kind(place: cell.place, type: cell.type)
            self.known.insert(kind)
            if count.answered * 10 >= count.all * 9 { self.answering.insert(kind) }
        }
    }

    func holds(_ lineage: Lineage) -> Bool {
        let type = lineage.type ?? ""
        let own = Kind(place: lineage.object, type: type)
        if self.answering.contains(own) { return true }
        guard !self.known.contains(own) else { return false }
        return self.answering.contains(Kind(place: Self.family(lineage.object), type: type))
    }

    /// All objects whose path differs in its last part only; no object has such a name.
    private static func family(_ object: String) -> String {
        (object.lastIndex(of: "/").map { String(object[...$0]) } ?? "") + "\u{0}"
    }
}
