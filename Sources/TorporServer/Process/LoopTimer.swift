internal import FramePath
internal import NIOCore

/// One timer of a driver, armed for the core's next deadline.
///
/// Shape: arming for a later moment than the one armed costs nothing: the early shot finds nothing due
/// and arms again. Lives on its event loop.
final class LoopTimer {
    private let loop: any EventLoop
    private let clock: RunClock
    private let fire: () -> Void
    private var armed: (tick: Tick, task: Scheduled<Void>)?

    init(loop: any EventLoop, clock: RunClock, fire: @escaping () -> Void) {
        self.loop = loop
        self.clock = clock
        self.fire = fire
    }

    /// Arms the timer for `tick` at the latest.
    func arm(for tick: Tick?) {
        guard let tick else { return }
        if let armed = self.armed {
            guard tick < armed.tick else { return }
            armed.task.cancel()
        }
        let task = self.loop.assumeIsolated().scheduleTask(deadline: self.clock.deadline(tick)) {
            self.armed = nil
            self.fire()
        }
        self.armed = (tick, task)
    }

    /// Drops the armed shot.
    func cancel() {
        self.armed?.task.cancel()
        self.armed = nil
    }
}

@available(*, unavailable)
extension LoopTimer: Sendable {}
