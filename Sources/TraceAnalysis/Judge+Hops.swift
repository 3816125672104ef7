import FramePath
import FrameTrace

extension Judge {
    /// Late and mutated: compares each two neighbouring sightings of a message.
    mutating func judgeHops() {
        let usual = self.usualDelays()
        var passages: [HopKey: [Passage]] = [:]
        for (place, lineage) in self.index.lineages.enumerated() where lineage.isJudged {
            for hop in self.hops(lineage) {
                guard hop.to.hash == hop.from.hash || hop.to.hash == 0 || hop.from.hash == 0 else {
                    self.add(place, to: self.key(lineage, hop, .mutated))
                    continue
                }
                let key = HopKey(lineage.id.direction, hop)
                guard let usual = usual[key], self.isTimed(hop) else { continue }
                let passage = Passage(
                    place: place,
                    session: lineage.id.session,
                    from: hop.from.time + min(usual, 0),
                    to: hop.to.time,
                    extra: hop.to.time - hop.from.time - usual,
                    own: 0
                )
                passages[key, default: []].append(passage)
            }
        }
        for key in passages.keys {
            guard var unsorted = passages.removeValue(forKey: key) else { continue }
            Passage.findOwn(&unsorted)
            passages[key] = unsorted
        }
        self.judgeLateness(passages)
    }

    private mutating func judgeLateness(_ passages: [HopKey: [Passage]]) {
        let lateness = Lateness(self.index, passages)
        for (hop, members) in passages {
            let key = Cluster.Key(
                direction: hop.direction,
                from: hop.from,
                to: hop.to,
                kind: .late
            )
            var late = members.count(where: \.isLate)
            if let accused = lateness.accused(hop) {
                for passage in accused.fails {
                    self.add(passage.place, to: key, delay: passage.extra)
                }
                self.stands(key, outOf: accused.population)
                late = 0
            }
            guard late > 0 else { continue }
            self.note(SlowHop(key: key, late: late, all: members.count))
        }
    }

    struct Hop {
        var fromSlot: Int
        var toSlot: Int
        var from: Lineage.Sighting
        var to: Lineage.Sighting
    }

    struct HopKey: Hashable {
        var direction: Direction
        var from: Int
        var to: Int
        init(_ direction: Direction, _ hop: Hop) {
            self.init(direction, hop.fromSlot, hop.toSlot)
        }
        init(_ direction: Direction, _ from: Int, _ to: Int) {
            self.direction = direction
            self.from = from
            self.to = to
        }
    }

    func key(_ lineage: Lineage, _ hop: Hop, _ kind: FaultKind) -> Cluster.Key {
        Cluster.Key(
            direction: lineage.id.direction,
            from: hop.fromSlot,
            to: hop.toSlot,
            kind: kind
        )
    }

    /// Neighbouring frame sightings of a message; "a handler ran" is no frame and makes none.
    func hops(_ lineage: Lineage) -> [Hop] {
        var hops: [Hop] = []
        var before: (slot: Int, sighting: Lineage.Sighting)?
        for slot in self.path(lineage) where slot != Lineage.handledSlot {
            guard let sighting = self.arrival(lineage, at: slot) else {
                // A hop over a lost record could blame the wrong points: begin anew after it.
                before = nil
                continue
            }
            if let before, before.sighting.arrivals > 0, sighting.arrivals > 0 {
                hops.append(
                    Hop(
                        fromSlot: before.slot,
                        toSlot: slot,
                        from: before.sighting,
                        to: sighting
                    )
                )
            }
            before = (slot, sighting)
        }
        return hops
    }

    /// Where a message came to the end of its path; `nil` when it did not.
    func arrivalAtEnd(_ lineage: Lineage) -> Lineage.Sighting? {
        let path = self.path(lineage).filter { $0 != Lineage.handledSlot }
        return path.last.flatMap { self.arrival(lineage, at: $0) }
    }

    /// The sighting at a slot; for an end that is not observed, its frame's hand-over to the socket.
    private func arrival(_ lineage: Lineage, at slot: Int) -> Lineage.Sighting? {
        let isClient =
            slot == 4 && lineage.id.direction == .toClient
            && !self.index.isClientObserved(lineage.id.session)
        let isBackend =
            slot == 3 && lineage.id.direction == .toObject && self.index.isBackend
        guard isClient || isBackend else { return lineage.slots[slot] }
        guard var sighting = lineage.slots[slot - 1], sighting.sequence != nil else { return nil }
        if let release = sighting.release {
            sighting.time = release.time
            sighting.number = release.number
        }
        return sighting
    }

    /// What each hop takes when nothing is wrong.
    ///
    /// The median, when it is below the limit of lateness; else most messages were held, and no time at
    /// all is usual. A hop that some message passed before it began shows that the two clocks differ:
    /// then the quickest tenth stands for the difference.
    private func usualDelays() -> [HopKey: Int64] {
        self.sortedDelays().mapValues { sorted in
            let median = sorted[sorted.count / 2]
            let quick = sorted[sorted.count / 10]
            if quick < -50_000_000 { return quick }
            return median <= Self.lateNanoseconds ? max(median, 0) : min(quick, 0)
        }
    }

    /// What nine in ten messages of a hop took at most, between 250 ms and 5 s.
    func findGraces() -> [HopKey: Int64] {
        self.sortedDelays().mapValues { sorted in
            let most = sorted[min(sorted.count * 9 / 10, sorted.count - 1)]
            return min(max(most, Self.graceNanoseconds), Self.graceMaxNanoseconds)
        }
    }

    private func sortedDelays() -> [HopKey: [Int64]] {
        var delays: [HopKey: [Int64]] = [:]
        for lineage in self.index.lineages where lineage.isJudged {
            for hop in self.hops(lineage) where self.isTimed(hop) {
                delays[HopKey(lineage.id.direction, hop), default: []]
                    .append(hop.to.time - hop.from.time)
            }
        }
        return delays.mapValues { $0.sorted() }
    }

    /// Whether both ends have a time on the common clock.
    private func isTimed(_ hop: Hop) -> Bool {
        hop.from.file == hop.to.file
            || self.index.files[hop.from.file].wall0 != nil
                && self.index.files[hop.to.file].wall0 != nil
    }

    /// Reordered: the order of a session's messages at one point against that at the point before,
    /// each by its own process's counter.
    mutating func judgeOrder() {
        struct Lane: Hashable {
            var session: SessionID
            var hop: HopKey
        }
        var lanes: [Lane: [(place: Int, hop: Hop)]] = [:]
        for (place, lineage) in self.index.lineages.enumerated() {
            guard lineage.isJudged, !lineage.isDuplicate else { continue }
            for hop in self.hops(lineage) {
                let lane = Lane(
                    session: lineage.id.session,
                    hop: HopKey(lineage.id.direction, hop)
                )
                lanes[lane, default: []].append((place, hop))
            }
        }
        var displaced: [(place: Int, hop: Hop)] = []
        for members in lanes.values {
            displaced.append(contentsOf: Self.displaced(members))
        }
        for (place, hop) in displaced.sorted(by: { $0.place < $1.place }) {
            self.add(place, to: self.key(self.index.lineages[place], hop, .reordered))
        }
    }

    private static func displaced(
        _ members: [(place: Int, hop: Hop)]
    ) -> [(place: Int, hop: Hop)] {
        let sorted = members.sorted { Self.isBefore($0.hop.to, $1.hop.to) }
        var furthest: Lineage.Sighting?
        var displaced: [(place: Int, hop: Hop)] = []
        for member in sorted {
            if let furthest, Self.isBefore(member.hop.from, furthest) {
                displaced.append(member)
            } else {
                furthest = member.hop.from
            }
        }
        return displaced
    }

    private static func isBefore(_ left: Lineage.Sighting, _ right: Lineage.Sighting) -> Bool {
        (left.file, left.number) < (right.file, right.number)
    }

    /// Duplicates: arrivals beyond those at the point before, copies a rule made, and deliveries that no
    /// record of the edge explains.
    mutating func judgeCopies() {
        for (place, lineage) in self.index.lineages.enumerated() where lineage.isJudged {
            if lineage.isDuplicate { self.judgeCopy(place, lineage) }
            for hop in self.hops(lineage) where hop.to.arrivals > hop.from.arrivals {
                self.add(place, to: self.key(lineage, hop, .duplicate))
            }
        }
        var delivered: [SessionID: [UInt64: Int]] = [:]
        let surplus = self.index.unexplainedDeliveries
        guard !surplus.isEmpty else { return }
        for (place, lineage) in self.index.lineages.enumerated()
        where lineage.isJudged && lineage.id.direction == .toClient && lineage.slots[4] != nil {
            delivered[lineage.id.session, default: [:]][lineage.slots[4]?.hash ?? 0] = place
        }
        for frame in surplus {
            guard let session = frame.row.session,
                let place = delivered[session]?[frame.sighting.hash]
            else { continue }
            self.add(
                place,
                to: Cluster.Key(direction: .toClient, from: 3, to: 4, kind: .duplicate)
            )
        }
    }

    /// A copy was made on the hop into its first arrival, or where a lane let it go without one.
    private mutating func judgeCopy(_ place: Int, _ lineage: Lineage) {
        let path = self.path(lineage)
        guard let first = path.first(where: { lineage.slots[$0] != nil }) else { return }
        let isBornHere = lineage.slots[first]?.arrivals == 0
        let from = isBornHere ? first : path.last { $0 < first } ?? first
        let to = isBornHere ? path.first { $0 > first } ?? first : first
        let key = Cluster.Key(
            direction: lineage.id.direction,
            from: from,
            to: to,
            kind: .duplicate
        )
        self.add(place, to: key)
    }
}
