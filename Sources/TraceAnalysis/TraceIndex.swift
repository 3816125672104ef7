import FramePath
import FrameTrace

/// Everything the analysis keeps of a run's rows.
///
/// Shape: rows go in file by file; nothing is kept per row but what its message's lineage needs.
struct TraceIndex {
    /// A frame at a client's point, before it is joined.
    struct ClientFrame {
        var row: TraceRow
        var sighting: Lineage.Sighting
        var isJoined = false
    }

    let isBlind: Bool
    var files: [FileFacts] = []
    var lineages: [Lineage] = []
    var byID: [MessageID: Int] = [:]
    var byLeg: [LegKey: Int] = [:]
    /// Control frames of a leg, which have numbers there but are not judged.
    var controlLegs: Set<LegKey> = []
    var clientFrames: [ClientFrame] = []
    /// Which client file speaks for a session.
    var claims: [SessionID: Int] = [:]
    var declared: Set<Point> = []
    var closes: [SessionID: Int64] = [:]
    var fired: [MessageID: [FiredAt]] = [:]
    var runs: [CauseKey: HandlerRun] = [:]
    var replies: Set<CauseKey> = []
    /// Messages the runtime or the edge answered without the object.
    var autoAnswered: Set<CauseKey> = []
    var expectations: [TraceRow] = []
    /// An edge of the run dials any backend: nothing is seen inside of it.
    var isBackend = false
    var legs = BackendLegs()
    /// Upgrades that came to nothing, by HTTP status.
    var rejects: [Int: Int] = [:]
    /// Limits that were reached, in the order of the records.
    var limits: [LimitHit] = []
    /// Sessions an edge closed with 1013, and their objects.
    var unavailableObjects: [SessionID: String] = [:]
    /// Sessions an edge took.
    var accepted: Set<SessionID> = []

    init(isBlind: Bool) {
        self.isBlind = isBlind
    }

    mutating func begin(_ facts: FileFacts) {
        self.files.append(facts)
    }

    mutating func add(_ original: TraceRow) {
        var row = original
        if self.isBlind {
            switch row.ev {
            // The number still counts, or dropping the row would look like a lost record.
            case .fault, .verdict: row.ev = .other
            default: break
            }
            if row.ev == .mark { row.ev = .other }
            row.rule = nil
            row.src = nil
            row.profile = nil
            row.action = nil
            row.profiles = []
        }
        let file = self.files.count - 1
        self.files[file].count(row)
        switch row.ev {
        case .run:
            if row.backend != nil { self.isBackend = true }
            self.declared.formUnion(row.points)
            for session in row.claims { self.claims[session] = file }
        case .frame: self.frame(row, file)
        case .fault: self.fault(row)
        case .life: self.life(row, file)
        case .sock: self.socket(row, file)
        case .expect: self.expectations.append(row)
        case .schema, .log, .gap, .mark, .end, .verdict, .other: break
        }
    }

    /// Whether the client's end of a session is in the trace.
    func isClientObserved(_ session: SessionID) -> Bool {
        self.claims[session] != nil
    }

    /// Whose file sees the messages at a slot; a backend has none, so the edge's hand-over stands for it.
    func role(_ slot: Int, _ direction: Direction) -> FileFacts.Role {
        let role = FileFacts.role(Lineage.point(slot, direction))
        return role == .object && self.isBackend ? .edge : role
    }

    private mutating func frame(_ row: TraceRow, _ file: Int) {
        guard let id = row.messageID, let point = row.at, id.session.number != 0,
            let slot = Lineage.slot(point, id.direction), row.part ?? 0 == 0
        else { return }
        let time = self.files[file].time(row)
        let sighting = Lineage.Sighting(
            time: time,
            file: file,
            number: row.n,
            // A frame's own bytes are not comparable with those of the message it begins.
            hash: row.part == nil ? row.h ?? 0 : 0,
            sequence: row.seq,
            arrivals: row.released ? 0 : 1,
            release: row.released ? (time, row.n) : nil
        )
        if point == .clientTx || point == .clientRx {
            self.claims[id.session] = file
            if !id.isControl, row.op?.isControl != true {
                self.clientFrames.append(ClientFrame(row: row, sighting: sighting))
            }
            return
        }
        self.declared.insert(point)
        let index = self.lineage(id, row)
        self.merge(sighting, at: slot, of: index, isRelease: row.released)
        if id.isControl { self.lineages[index].control = row.op }
        if row.greeting { self.lineages[index].isGreeting = true }
        if row.swallowed { self.lineages[index].isSwallowed = true }
        // The cause of a broadcast is a message of one session only, and the row does not say whose.
        if let cause = row.cause, id.direction == .toClient, !row.broadcast {
            self.reply(CauseKey(session: id.session, ordinal: cause), row)
        }
        guard let sequence = row.seq else { return }
        let isLeg =
            point == .edgeRx && id.direction == .toObject
            || point == .edgeTx && id.direction == .toClient
        guard isLeg else { return }
        let key = LegKey(session: id.session, direction: id.direction, sequence: sequence)
        self.byLeg[key] = index
    }

    private mutating func reply(_ key: CauseKey, _ row: TraceRow) {
        switch row.handler {
        case .runtime, .edge:
            if row.ctl != true { self.autoAnswered.insert(key) }
        default: self.replies.insert(key)
        }
    }

    private mutating func lineage(_ id: MessageID, _ row: TraceRow) -> Int {
        if let index = self.byID[id] { return index }
        let index = self.lineages.count
        self.byID[id] = index
        self.lineages.append(
            Lineage(
                id: id,
                object: row.obj ?? "",
                phase: row.phase ?? .active,
                wake: row.wake ?? 0,
                handler: row.handler ?? .unknown,
                type: row.type,
                cause: row.cause
            )
        )
        return index
    }

    private mutating func merge(
        _ sighting: Lineage.Sighting,
        at slot: Int,
        of index: Int,
        isRelease: Bool
    ) {
        guard var known = self.lineages[index].slots[slot] else {
            self.lineages[index].slots[slot] = sighting
            return
        }
        if isRelease {
            known.sequence = sighting.sequence ?? known.sequence
            known.release = sighting.release
        } else if known.arrivals == 0 {
            let sequence = known.sequence ?? sighting.sequence
            let release = known.release
            known = sighting
            known.sequence = sequence
            known.release = release
        } else if known.sequence == nil, sighting.sequence != nil {
            // The number comes with the hand-over to the socket: the same arrival, told again.
            known.sequence = sighting.sequence
            known.release = (sighting.time, sighting.number)
        } else {
            known.arrivals += 1
        }
        self.lineages[index].slots[slot] = known
    }

    private mutating func fault(_ row: TraceRow) {
        guard row.fired == true, let id = row.messageID, let point = row.at else { return }
        let action = row.action ?? ""
        let holds = ["jam", "stall", "delay", "reorder"].contains { action.contains($0) }
        let rule = FiredRule(
            profile: row.profile ?? "?",
            rule: row.rule ?? "?",
            source: row.src ?? "?"
        )
        let decision = FiredAt(
            rule: rule,
            point: point,
            holdsLane: holds,
            isDrop: action.contains("drop"),
            delay: row.delayNanoseconds
        )
        self.fired[id, default: []].append(decision)
    }

    private mutating func life(_ row: TraceRow, _ file: Int) {
        self.limit(row, file)
        if self.isBackend { self.legs.life(row, time: self.files[file].time(row), file: file) }
        guard let session = row.session, let cause = row.cause else { return }
        guard row.what == "handler-start" || row.what == "handler-end" else { return }
        let key = CauseKey(session: session, ordinal: cause)
        let sighting = Lineage.Sighting(
            time: self.files[file].time(row),
            file: file,
            number: row.n,
            hash: 0,
            sequence: nil,
            arrivals: 1
        )
        var run =
            self.runs[key] ?? HandlerRun(wake: row.wake ?? 0, sends: nil, sighting: sighting)
        if row.what == "handler-end", let count = row.count { run.sends = count }
        self.runs[key] = run
    }

    private mutating func limit(_ row: TraceRow, _ file: Int) {
        let role = self.files[file].kind
        guard let hit = LimitHit(row, role: role, isBackend: self.isBackend) else { return }
        self.limits.append(hit)
    }

    private mutating func socket(_ row: TraceRow, _ file: Int) {
        self.limit(row, file)
        if self.isBackend { self.legs.socket(row, time: self.files[file].time(row), file: file) }
        if row.what == "reject", self.files[file].kind == .edge, let code = row.code {
            self.rejects[code, default: 0] += 1
        }
        guard let session = row.session else { return }
        if self.files[file].kind == .edge {
            if row.what == "accept" { self.accepted.insert(session) }
            if row.code == 1013 { self.unavailableObjects[session] = row.obj ?? "" }
        }
        if self.files[file].kind == .client, session.number != 0 { self.claims[session] = file }
        switch row.what {
        case "close-sent", "close-recv", "close-dispatched", "reset", "closed", "unsent",
            "violation":
            let time = self.files[file].time(row)
            self.closes[session] = min(self.closes[session] ?? .max, time)
        default: break
        }
    }
}
