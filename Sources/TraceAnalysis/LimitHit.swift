import FramePath
import FrameTrace

/// A queue that was full, or a wake that took too long: the edge or the object server gave a session up.
struct LimitHit {
    /// Which limit.
    enum Kind: String {
        /// What the object sends waits for a client that reads slowly.
        case outgoing
        /// What clients send waits for an object that sleeps or is absent.
        case incoming
        /// A rule holds more than may be held.
        case held
        /// An object that does not wake in time.
        case wake

        /// Where messages that nobody sends on any more are seen last.
        var hop: (direction: Direction, from: Int, to: Int)? {
            switch self {
            case .outgoing: (.toClient, 0, 1)
            case .incoming, .wake: (.toObject, 1, 2)
            case .held: nil
            }
        }
    }

    var kind: Kind
    var object: String
    var session: SessionID?
    var why: String

    /// A row that tells of a limit; `nil` for any other.
    init?(_ row: TraceRow, role: FileFacts.Role, isBackend: Bool) {
        switch (row.ev, row.what) {
        case (.life, "queue-full"):
            let why = row.why ?? ""
            self.kind =
                why.hasPrefix("a rule holds")
                ? .held : role == .object && why.hasPrefix("outgoing") ? .outgoing : .incoming
            self.why =
                self.kind == .incoming ? "\(row.count ?? 0) messages waited, \(why)" : why
        // A leg that is not dialled again has a finding of its own.
        case (.life, "wake-failed") where !isBackend:
            self.kind = .wake
            self.why = "the object did not wake: \(row.why ?? "")"
        case (.sock, "reset"):
            guard let reason = row.reason, reason.hasPrefix("a rule holds") else { return nil }
            self.kind = .held
            self.why = reason
        default: return nil
        }
        self.object = row.obj ?? ""
        self.session = row.session
    }
}

/// The queue of a session that was given up because of a limit, by where its messages are seen last.
struct GivenUp: Hashable {
    var session: SessionID
    var direction: Direction
    var from: Int

    /// All of a run; not those that a rule filled by holding the lane.
    static func all(_ index: TraceIndex) -> Set<GivenUp> {
        guard !index.limits.isEmpty else { return [] }
        var held: Set<SessionID> = []
        for (id, fired) in index.fired where fired.contains(where: \.holdsLane) {
            held.insert(id.session)
        }
        var all: Set<GivenUp> = []
        for hit in index.limits {
            guard let hop = hit.kind.hop else { continue }
            let sessions =
                hit.session.map { [$0] }
                ?? index.unavailableObjects.filter { $0.value == hit.object }.map(\.key)
            for session in sessions where !held.contains(session) {
                all.insert(GivenUp(session: session, direction: hop.direction, from: hop.from))
            }
        }
        return all
    }
}
