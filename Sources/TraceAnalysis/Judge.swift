import FramePath

/// Holds every message against its path and gathers what went wrong, hop by hop.
struct Judge {
    /// How much longer than usual a hop must take to be late: 500 ms.
    static let lateNanoseconds: Int64 = 500_000_000
    /// A message last seen this shortly before its session or its run closed was on its way: 250 ms.
    static let graceNanoseconds: Int64 = 250_000_000
    /// On a slow hop it may have been longer, up to 5 s.
    static let graceMaxNanoseconds: Int64 = 5_000_000_000
    /// What a process that was killed may not have written yet: 1 s.
    static let tailNanoseconds: Int64 = 1_000_000_000

    enum Outcome {
        case delivered
        /// Missing after `from`.
        case missing(from: Int, to: Int)
        /// Its session or the run ended with it on the way.
        case excused
        /// It waited for a backend that refused to be dialled again.
        case refused
        /// Its file's end is missing too.
        case undecidable(file: String)
    }

    let index: TraceIndex
    let contract: PathContract
    private(set) var clusters: [Cluster.Key: Cluster] = [:]
    /// Hops that were slow, by place on the path.
    private(set) var slow: [SlowHop] = []
    /// How long before a close a message may have been on its way over a hop, nanoseconds.
    private var graces: [HopKey: Int64] = [:]
    /// Per message.
    private(set) var outcomes: [Outcome] = []
    /// Messages whose end could be judged.
    private(set) var judged = 0
    private(set) var undecidable = 0
    private(set) var undecidableFiles: [String] = []
    /// Sessions with a judged message.
    private(set) var sessions: Set<SessionID> = []
    /// Sessions whose backend refused to be dialled again, and since when they were asleep.
    private let refusedSince: [SessionID: Int64]
    /// Queues that were full: what waits in them is lost by that and nothing else.
    private let givenUp: Set<GivenUp>

    init(_ index: TraceIndex) {
        self.index = index
        self.contract = PathContract(index)
        self.refusedSince = index.legs.refusedSince()
        self.givenUp = GivenUp.all(index)
        self.graces = self.findGraces()
        self.judgeEnds()
        self.judgeHops()
        self.judgeOrder()
        self.judgeCopies()
        self.judgeControls()
    }

    mutating func add(_ lineage: Int, to key: Cluster.Key, delay: Int64? = nil) {
        var cluster = self.clusters[key] ?? Cluster(key: key)
        cluster.fails.append(lineage)
        if let delay { cluster.delays.append(delay) }
        self.clusters[key] = cluster
    }

    /// Says which messages a cluster's stand out from, where those are not all that reached its hop.
    mutating func stands(_ key: Cluster.Key, outOf population: [Int]) {
        self.clusters[key]?.population = population
    }

    mutating func note(_ hop: SlowHop) {
        self.slow.append(hop)
        self.slow.sort { ($0.key.position, $0.key.to) < ($1.key.position, $1.key.to) }
    }

    /// What to add to a sentence about some sessions whose client's end nobody recorded; empty when all
    /// were recorded.
    func unobserved(_ sessions: Set<SessionID>) -> String {
        let dark = sessions.count { !self.index.isClientObserved($0) }
        if dark == 0 { return "" }
        let isAll = dark == sessions.count
        return "; client not observed" + (isAll ? "" : " in \(dark) of \(sessions.count) sessions")
    }

    func path(_ lineage: Lineage) -> [Int] {
        self.contract.slots(
            lineage.id.direction,
            isClientObserved: self.index.isClientObserved(lineage.id.session)
        )
    }

    func isSeen(_ lineage: Lineage, at slot: Int) -> Bool {
        self.contract.isSeen(
            lineage,
            at: slot,
            isClientObserved: self.index.isClientObserved(lineage.id.session)
        )
    }

    private mutating func judgeEnds() {
        for (place, lineage) in self.index.lineages.enumerated() {
            guard lineage.isJudged, !lineage.isDuplicate else {
                self.outcomes.append(.excused)
                continue
            }
            let outcome = self.outcome(lineage)
            self.outcomes.append(outcome)
            switch outcome {
            case .excused, .refused: continue
            case .delivered: break
            case .missing(let from, let to):
                let key = Cluster.Key(
                    direction: lineage.id.direction,
                    from: from,
                    to: to,
                    kind: .missing
                )
                self.add(place, to: key)
            case .undecidable(let file):
                self.undecidable += 1
                if !self.undecidableFiles.contains(file) { self.undecidableFiles.append(file) }
                continue
            }
            self.judged += 1
            self.sessions.insert(lineage.id.session)
        }
    }

    private func outcome(_ lineage: Lineage) -> Outcome {
        if lineage.isSwallowed { return .excused }
        let path = self.path(lineage)
        // One point alone cannot show a loss.
        guard let end = path.last, path.count > 1 else { return .excused }
        if self.isSeen(lineage, at: end) { return .delivered }
        let id = lineage.id
        if id.direction == .toObject {
            let key = CauseKey(session: id.session, ordinal: id.ordinal)
            // An auto-response ends where it was given, and must not wake (contract §6).
            if self.index.autoAnswered.contains(key) { return .delivered }
            if let since = self.refusedSince[id.session], lineage.lastTime >= since {
                return .refused
            }
        }
        guard let from = path.last(where: { self.isSeen(lineage, at: $0) }),
            let to = path.first(where: { $0 > from })
        else { return .excused }
        let last = lineage.lastTime
        let grace = self.graces[HopKey(id.direction, from, to)] ?? Self.graceNanoseconds
        // What a rule took away is no accident of the close, even when the rule closed the session.
        if self.index.fired[id] == nil, let closed = self.index.closes[id.session],
            last >= closed - grace
        {
            return .excused
        }
        if !self.givenUp.isEmpty,
            self.givenUp.contains(GivenUp(session: id.session, direction: id.direction, from: from))
        {
            return .excused
        }
        let role = self.index.role(to, id.direction)
        return self.atFileEnd(role, last, id.session) ?? .missing(from: from, to: to)
    }

    /// Whether the files that should hold the next sighting end too early to hold it.
    private func atFileEnd(_ role: FileFacts.Role, _ last: Int64, _ session: SessionID) -> Outcome?
    {
        let files: [FileFacts]
        if role == .client {
            guard let claim = self.index.claims[session] else {
                return self.atFileEnd(.edge, last, session)
            }
            files = [self.index.files[claim]]
        } else {
            files = self.index.files.filter { $0.kind == role && $0.rows > 0 }
        }
        if let cut = files.first(where: { file in
            !file.hasEnd && last > file.lastTime - Self.tailNanoseconds
                && !files.contains { $0.firstTime > file.lastTime && $0.firstTime <= last }
        }) {
            return .undecidable(file: cut.name)
        }
        guard let latest = files.map(\.lastTime).max() else { return nil }
        return last >= latest - Self.graceNanoseconds && files.allSatisfy(\.hasEnd) ? .excused : nil
    }
}
