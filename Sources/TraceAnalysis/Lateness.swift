import FramePath

/// Tells messages a fault held up from those of a busy machine.
///
/// Shape: the timed passages of all hops in; for a hop, the messages to accuse out, or none. A busy machine
/// makes messages late in queues, over all phases, and wherever they are at that moment; a fault picks
/// some, again and again, while the rest moves on.
struct Lateness {
    /// Of the accused this part must be explained, and of those the explanation holds for this part late.
    static let explained = 0.8
    /// Times apart at which it must have happened: the probe lets an object sleep twice.
    static let episodesMin = 2
    /// Of the others on the same hop at the same time this part must have been on time.
    static let neighboursOnTime = 0.9
    static let neighboursMin = 3
    /// Messages looked at in detail.
    private static let sampleMax = 200

    private let index: TraceIndex
    private let hops: [Judge.HopKey: [Passage]]
    /// The end of every passage, in order.
    private let ends: [Int64]
    /// Passages long enough to stand in another one's way, by hop.
    private let long: [(hop: Judge.HopKey, passage: Passage)]

    private var noise: [(hop: Judge.HopKey, own: Int64)] = []

    init(_ index: TraceIndex, _ hops: [Judge.HopKey: [Passage]]) {
        self.index = index
        self.hops = hops
        var ends: [Int64] = []
        var long: [(hop: Judge.HopKey, passage: Passage)] = []
        for (hop, passages) in hops {
            for passage in passages {
                ends.append(passage.to)
                if passage.own > Judge.lateNanoseconds / 4 { long.append((hop, passage)) }
            }
        }
        self.ends = ends.sorted()
        self.long = long
        self.findNoise()
    }

    /// The messages of a hop to accuse, with those they stand out from; `nil` when it was only slow.
    func accused(_ hop: Judge.HopKey) -> (fails: [Passage], population: [Int])? {
        let passages = self.hops[hop] ?? []
        let late = passages.filter(\.isLate)
        guard !late.isEmpty else { return nil }
        let punctual = passages.filter { !$0.isLate }.map(\.place)
        let ruled = late.filter { self.isRuled($0, hop) }
        if !ruled.isEmpty { return (ruled, punctual + ruled.map(\.place)) }
        let held = late.filter(\.isHeldUp)
        let floor = self.floor(besides: hop)
        let heads = held.filter { $0.own > floor }
        guard heads.count >= Analyzer.lateMin else { return nil }
        // Those below the floor count as passed: else the floor alone would make any condition precise.
        let population = punctual + held.map(\.place)
        guard self.isTold(heads, population, hop) || self.isAlone(heads, passages),
            !self.isStanding(heads, hop)
        else { return nil }
        return (heads, population)
    }

    /// What a message must at least wait by itself to stand out from the noise of the other hops.
    ///
    /// Source: of healthy runs on an overloaded machine no hop's median was 1.2 times the others'.
    private func floor(besides hop: Judge.HopKey) -> Int64 {
        let noise = self.noise.filter { $0.hop != hop }.map(\.own).sorted()
        guard noise.count >= Analyzer.lateMin else { return 0 }
        return noise[noise.count / 2] * 5 / 4
    }

    /// Waits of messages that were held up with nothing in common.
    private mutating func findNoise() {
        for (hop, passages) in self.hops {
            let heads = passages.filter(\.isHeldUp)
            let population = passages.filter { !$0.isLate }.map(\.place) + heads.map(\.place)
            guard !heads.isEmpty, !self.isTold(heads, population, hop) else { continue }
            self.noise += heads.filter { !self.isRuled($0, hop) }.map { (hop, $0.own) }
        }
    }

    /// Whether a rule that fired on the message at the hop's first point held it for most of its delay.
    private func isRuled(_ passage: Passage, _ hop: Judge.HopKey) -> Bool {
        let id = self.index.lineages[passage.place].id
        var original = id
        original.copy = 0
        let fired = self.index.fired[id] ?? self.index.fired[original] ?? []
        let point = Lineage.point(hop.from, hop.direction)
        return fired.contains { decision in
            guard decision.holdsLane, decision.point == point else { return false }
            guard let delay = decision.delay else { return true }
            return delay >= UInt64(max(passage.own, 0)) / 2
        }
    }

    /// Whether one condition holds for nearly all of them and for hardly another, at several times.
    ///
    /// Where no rule can act there is only the network before it, which knows no conditions.
    private func isTold(
        _ heads: [Passage],
        _ population: [Int],
        _ hop: Judge.HopKey
    ) -> Bool {
        guard Lineage.point(hop.from, hop.direction).takesRules,
            Self.episodes(heads) >= Self.episodesMin
        else { return false }
        let predicate = Predicate.best(heads.map(\.place), population, self.index)
        let inside = population.count { predicate.holds(self.index.lineages[$0]) }
        let told = heads.count { predicate.holds(self.index.lineages[$0.place]) }
        return Double(told) >= Self.explained * Double(heads.count)
            && Double(told) >= Self.explained * Double(inside)
    }

    /// Whether they were late while their neighbours in time on the same hop were not.
    private func isAlone(_ heads: [Passage], _ passages: [Passage]) -> Bool {
        guard Self.episodes(heads) >= Self.episodesMin else { return false }
        let sample = Self.sample(heads)
        let alone = sample.count { head in
            var all = 0
            var late = 0
            for other in passages
            where other.session != head.session && other.from >= head.from && other.from <= head.to
            {
                all += 1
                if other.isLate { late += 1 }
            }
            return all >= Self.neighboursMin
                && Double(all - late) >= Self.neighboursOnTime * Double(all)
        }
        return Double(alone) >= Self.explained * Double(sample.count)
    }

    /// Whether most of them waited while the machine stood: in the middle of their wait messages of other
    /// hops waited too, and few arrived anywhere.
    private func isStanding(_ heads: [Passage], _ hop: Judge.HopKey) -> Bool {
        let sample = Self.sample(heads)
        let standing = sample.count { head in
            let start = head.to - head.own * 3 / 4
            let end = head.to - head.own / 4
            let stuck = self.long.count { other in
                other.hop != hop && other.passage.to > end
                    && other.passage.to - other.passage.own < start
            }
            guard stuck > 0 else { return false }
            let first = Self.firstEnd(self.ends, start)
            let moved = Self.firstEnd(self.ends, end) - first
            return stuck * 4 >= moved
        }
        return standing * 2 > sample.count
    }

    /// The place of the first end not before a moment.
    private static func firstEnd(_ ends: [Int64], _ time: Int64) -> Int {
        var low = 0
        var high = ends.count
        while low < high {
            let middle = (low + high) / 2
            if ends[middle] < time { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private static func sample(_ heads: [Passage]) -> [Passage] {
        let step = max(1, heads.count / Self.sampleMax)
        return stride(from: 0, to: heads.count, by: step).map { heads[$0] }
    }

    /// How many times it happened: the most of them that have no moment in common.
    private static func episodes(_ heads: [Passage]) -> Int {
        var count = 0
        var end = Int64.min
        for head in heads.sorted(by: { $0.to < $1.to }) where head.to - head.own > end {
            count += 1
            end = head.to
        }
        return count
    }
}
