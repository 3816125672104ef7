internal import FrameTrace

/// A step of an object's life that an onlooker of the edge waits for.
enum ObjectSleep: Sendable {
    case hibernated(object: String)
    case woken(object: String, wake: UInt32)

    /// The step in a recorded event, when it is one.
    init?(_ event: TraceEvent) {
        guard case .life(let step) = event else { return nil }
        switch step.what {
        case .hibernated: self = .hibernated(object: step.object)
        case .woken: self = .woken(object: step.object, wake: step.wake)
        default: return nil
        }
    }

    /// The step in a row of a trace file, of an edge or an object server, when it is one.
    init?(_ row: TraceRow) {
        guard row.ev == .life, let object = row.obj else { return nil }
        let wake = row.wake ?? 0
        switch row.what {
        case "hibernated": self = .hibernated(object: object)
        case "woken": self = .woken(object: object, wake: wake)
        // The object server constructs anew in each wake; number 0 is the first life.
        case "constructed" where wake > 0: self = .woken(object: object, wake: wake)
        default: return nil
        }
    }
}
