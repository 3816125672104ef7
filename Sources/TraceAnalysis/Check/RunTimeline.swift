import FramePath
import FrameTrace

/// Sleeps, wakes and ends of a run, as its edges recorded them.
///
/// Shape: each edge's file is read in order. What sleeps is an object, or, before any backend, the leg of
/// one session.
struct RunTimeline {
    /// A wake of something that had slept.
    struct Wake {
        enum End {
            case woken(after: Int64)
            case failed(why: String)
            /// The file ends so long after its begin.
            case open(after: Int64)
        }

        var object: String
        var place: CheckReport.Witness
        var end: End
    }

    /// A span without a data frame while sockets were held, nanoseconds.
    struct Quiet {
        var object: String
        var place: CheckReport.Witness
        var nanoseconds: Int64
        /// It ended in sleep.
        var slept: Bool
    }

    /// The end of a session.
    struct Ending {
        var object: String
        var code: Int
        var place: CheckReport.Witness
    }

    private(set) var wakes: [Wake] = []
    /// Every span that ended in sleep, and of each that sleeps the longest that did not.
    private(set) var quiets: [Quiet] = []
    /// In the order sessions began.
    private(set) var sessions: [SessionID] = []
    private(set) var objects: [SessionID: String] = [:]
    /// As the client saw it, where it was recorded, else as the edge did.
    private(set) var endings: [SessionID: Ending] = [:]
    /// What the objects said prevents their sleep, by name.
    private(set) var blocked: [String: String] = [:]

    private struct Unit: Hashable {
        var object: String
        var session: SessionID?
    }

    private struct Life {
        var isAwake = true
        var held: Set<SessionID> = []
        var last: Int64
        var lastPlace: CheckReport.Witness
        var wake: (begin: Int64, place: CheckReport.Witness)?
        var longest: Quiet?
    }

    private struct File {
        var facts: FileFacts
        var isBackend = false
        var order: [Unit] = []
        var lives: [Unit: Life] = [:]
    }

    private var byClient: Set<SessionID> = []

    init(_ sources: [TraceSource]) {
        for source in sources {
            var file = File(facts: FileFacts(name: source.name))
            var reader = TraceReader()
            source.forEachChunk { chunk in
                reader.append(chunk)
                while let row = reader.next() { self.add(row, &file) }
            }
            if let row = reader.finish() { self.add(row, &file) }
            self.finish(&file)
        }
    }

    private mutating func add(_ row: TraceRow, _ file: inout File) {
        file.facts.count(row)
        if row.ev == .run, row.backend != nil { file.isBackend = true }
        switch file.facts.kind {
        case .edge: self.edge(row, &file)
        case .object:
            if row.ev == .life, row.what == "hibernate-blocked", let object = row.obj {
                self.blocked[object] = row.why
            }
        case .client:
            if row.ev == .sock, row.what == "closed" { self.ended(row, file, isClient: true) }
        }
    }

    private mutating func ended(_ row: TraceRow, _ file: File, isClient: Bool) {
        guard let session = row.session, session.number != 0, let code = row.code else { return }
        guard isClient || !self.byClient.contains(session) else { return }
        if isClient { self.byClient.insert(session) }
        self.endings[session] = Ending(
            object: row.obj ?? "",
            code: code,
            place: Self.place(row, file)
        )
    }

    private static func place(_ row: TraceRow, _ file: File) -> CheckReport.Witness {
        CheckReport.Witness(file: file.facts.name, number: row.n)
    }

    private mutating func edge(_ row: TraceRow, _ file: inout File) {
        guard let object = row.obj else { return }
        let unit = Unit(object: object, session: file.isBackend ? row.session : nil)
        let time = file.facts.time(row)
        switch row.ev {
        case .sock: self.socket(row, unit, time, &file)
        case .life: self.life(row, unit, time, &file)
        case .frame:
            guard row.ctl != true, row.born != .edge, row.op?.isControl != true else { return }
            self.moved(row, unit, time, &file)
        default: break
        }
    }

    private mutating func socket(
        _ row: TraceRow,
        _ unit: Unit,
        _ time: Int64,
        _ file: inout File
    ) {
        guard let session = row.session else { return }
        switch row.what {
        case "accept":
            if self.objects[session] == nil { self.sessions.append(session) }
            self.objects[session] = unit.object
            self.moved(row, unit, time, &file)
            file.lives[unit]?.held.insert(session)
        case "closed":
            self.ended(row, file, isClient: false)
            self.moved(row, unit, time, &file)
            file.lives[unit]?.held.remove(session)
        default: break
        }
    }

    /// A data frame, or a socket that came or went.
    private mutating func moved(
        _ row: TraceRow,
        _ unit: Unit,
        _ time: Int64,
        _ file: inout File
    ) {
        let place = Self.place(row, file)
        guard var life = file.lives[unit] else {
            file.order.append(unit)
            file.lives[unit] = Life(last: time, lastPlace: place)
            return
        }
        guard life.isAwake else { return }
        Self.lengthen(&life, unit, until: time)
        life.last = time
        life.lastPlace = place
        file.lives[unit] = life
    }

    private static func lengthen(_ life: inout Life, _ unit: Unit, until time: Int64) {
        guard life.isAwake, !life.held.isEmpty else { return }
        let quiet = time - life.last
        guard quiet > life.longest?.nanoseconds ?? 0 else { return }
        life.longest = Quiet(
            object: unit.object,
            place: life.lastPlace,
            nanoseconds: quiet,
            slept: false
        )
    }

    private mutating func life(
        _ row: TraceRow,
        _ unit: Unit,
        _ time: Int64,
        _ file: inout File
    ) {
        let place = Self.place(row, file)
        guard var life = file.lives[unit] else { return }
        switch row.what {
        case "hibernated":
            if life.isAwake, !life.held.isEmpty {
                self.quiets.append(
                    Quiet(
                        object: unit.object,
                        place: place,
                        nanoseconds: time - life.last,
                        slept: true
                    )
                )
            }
            life.isAwake = false
        case "evicted", "lost": life.isAwake = false
        case "wake-start":
            if !life.isAwake { life.wake = (time, place) }
        case "woken":
            if let wake = life.wake {
                self.wakes.append(
                    Wake(
                        object: unit.object,
                        place: wake.place,
                        end: .woken(after: time - wake.begin)
                    )
                )
            }
            life.wake = nil
            life.isAwake = true
            life.last = time
            life.lastPlace = place
        case "wake-failed":
            let begun = life.wake?.place ?? place
            self.wakes.append(
                Wake(object: unit.object, place: begun, end: .failed(why: row.why ?? ""))
            )
            life.wake = nil
        default: return
        }
        file.lives[unit] = life
    }

    private mutating func finish(_ file: inout File) {
        for unit in file.order {
            guard var life = file.lives[unit] else { continue }
            if let wake = life.wake {
                let after = file.facts.lastTime - wake.begin
                self.wakes.append(
                    Wake(object: unit.object, place: wake.place, end: .open(after: after))
                )
            }
            Self.lengthen(&life, unit, until: file.facts.lastTime)
            if let longest = life.longest { self.quiets.append(longest) }
        }
    }
}
