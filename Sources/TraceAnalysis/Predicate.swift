import FramePath

/// Which messages a fault concerns: at most two conditions joined by "and".
///
/// Shape: chosen by the Ochiai score ef / sqrt((ef + nf)(ef + ep)); of equals the most general.
/// Source: Abreu et al., spectrum-based fault localisation.
struct Predicate: Equatable {
    var handlers: Set<Handler>?
    var isAfterWake: Bool?
    var phases: Set<Phase>?
    var types: Set<String>?

    /// Fewer failing messages than this say nothing about what they have in common.
    static let failsMin = 3

    func holds(_ lineage: Lineage) -> Bool {
        (self.handlers?.contains(lineage.handler) ?? true)
            && (self.isAfterWake.map { $0 == (lineage.wake > 0) } ?? true)
            && (self.phases?.contains(lineage.phase) ?? true)
            && (self.types?.contains(lineage.type ?? "") ?? true)
    }

    func and(_ other: Predicate) -> Predicate {
        Predicate(
            handlers: self.handlers ?? other.handlers,
            isAfterWake: self.isAfterWake ?? other.isAfterWake,
            phases: self.phases ?? other.phases,
            types: self.types ?? other.types
        )
    }

    /// The condition that separates the failing messages best from the rest of those that came as far.
    static func best(_ fails: [Int], _ population: [Int], _ index: TraceIndex) -> Predicate {
        guard fails.count >= Self.failsMin, fails.count < population.count else {
            return Predicate()
        }
        let failing = Set(fails)
        let features = Self.features(population, failing, index)
        var candidates = features.flatMap { $0 }
        for (position, left) in features.enumerated() {
            for right in features[(position + 1)...] {
                for first in left {
                    for second in right { candidates.append(first.and(second)) }
                }
            }
        }
        var best = Predicate()
        var bestScore = Self.score(best, population, failing, index)
        for candidate in candidates {
            let score = Self.score(candidate, population, failing, index)
            if score > bestScore + 1e-9 {
                best = candidate
                bestScore = score
            }
        }
        return best
    }

    private static func score(
        _ predicate: Predicate,
        _ population: [Int],
        _ failing: Set<Int>,
        _ index: TraceIndex
    ) -> Double {
        var failsInside = 0.0
        var passesInside = 0.0
        for place in population where predicate.holds(index.lineages[place]) {
            if failing.contains(place) { failsInside += 1 } else { passesInside += 1 }
        }
        let product = Double(failing.count) * (failsInside + passesInside)
        return product > 0 ? failsInside / product.squareRoot() : 0
    }

    /// Single conditions, most telling feature first: values that always fail, and values that ever do.
    private static func features(
        _ population: [Int],
        _ failing: Set<Int>,
        _ index: TraceIndex
    ) -> [[Predicate]] {
        func sets<Value: Hashable>(_ value: (Lineage) -> Value) -> [Set<Value>] {
            var counts: [Value: (fails: Int, all: Int)] = [:]
            for place in population {
                let key = value(index.lineages[place])
                counts[key, default: (0, 0)].all += 1
                if failing.contains(place) { counts[key, default: (0, 0)].fails += 1 }
            }
            let ever = Set(counts.filter { $0.value.fails > 0 }.keys)
            let always = Set(counts.filter { $0.value.fails * 10 >= $0.value.all * 9 }.keys)
            let useful = always == ever ? [ever] : [always, ever]
            return useful.filter { !$0.isEmpty && $0.count < counts.count }
        }
        let wakes = sets { $0.wake > 0 }
        return [
            sets(\.handler).map { Predicate(handlers: $0) },
            wakes.compactMap { $0.first.map { Predicate(isAfterWake: $0) } },
            sets(\.phase).map { Predicate(phases: $0) },
            sets { $0.type ?? "" }.map { Predicate(types: $0) },
        ]
    }
}
