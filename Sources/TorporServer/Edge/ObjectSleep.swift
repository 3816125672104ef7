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
}
