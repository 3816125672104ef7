internal import Synchronization

/// What the control interface counts about itself.
final class ControlCounters: Sendable {
    struct Values: Sendable {
        var reloads: UInt64 = 0
        var failedReloads: UInt64 = 0
        var refusedWaits: UInt64 = 0
        var refusedRequests: UInt64 = 0
        fileprivate var watching = 0
        fileprivate var watches: UInt64 = 0
    }

    private let state = Mutex(Values())

    var values: Values { self.state.withLock { $0 } }

    func reloaded(_ isDone: Bool) {
        self.state.withLock {
            if isDone { $0.reloads += 1 } else { $0.failedReloads += 1 }
        }
    }

    func refusedWait() { self.state.withLock { $0.refusedWaits += 1 } }

    func refusedRequest() { self.state.withLock { $0.refusedRequests += 1 } }

    /// Somebody waits for messages.
    func watchBegan() {
        self.state.withLock {
            $0.watching += 1
            $0.watches += 1
        }
    }

    /// Nobody of this wait waits any more; gives the number by which it is known.
    func watchEnded() -> UInt64 {
        self.state.withLock {
            $0.watching -= 1
            return $0.watches
        }
    }

    /// Whether nobody waited for messages since that one; then they need not be recorded.
    func isLast(_ watch: UInt64) -> Bool {
        self.state.withLock {
            $0.watching == 0 && $0.watches == watch
        }
    }
}
