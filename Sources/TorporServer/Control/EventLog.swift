internal import DequeModule
internal import FramePath
internal import FrameTrace
internal import Synchronization

/// The last events of this process, and those who wait for more of them.
///
/// Shape: event loops append, requests wait; both are bounded. Numbers have no hole.
final class EventLog: Sendable {
    /// How a wait ended.
    enum Outcome: Sendable {
        /// So many as were wanted.
        case met([SeenEvent], last: UInt64)
        /// Not so many: what matched, and the last of what did not.
        case timedOut([SeenEvent], others: [SeenEvent], last: UInt64)
        /// The events asked for are not kept any more; the oldest number that may be given.
        case forgotten(oldest: UInt64)
        /// Too many wait already.
        case refused
        /// The process ends.
        case ended
    }

    private struct Wait {
        let id: UInt64
        let filter: EventFilter
        let count: Int
        var seen: [SeenEvent] = []
        var others: Deque<SeenEvent> = []
        let done: CheckedContinuation<Outcome, Never>
        var timeout: Task<Void, any Error>?

        func end(_ outcome: Outcome) {
            self.timeout?.cancel()
            self.done.resume(returning: outcome)
        }
    }

    private struct State {
        var kept: Deque<SeenEvent> = []
        var last: UInt64 = 0
        var waits: [Wait] = []
        var lastWait: UInt64 = 0
        var keepsMessages = false
        var isEnded = false
    }

    private let limits: ControlLimits
    private let state = Mutex(State())

    init(limits: ControlLimits) { self.limits = limits }

    /// The number of the newest event.
    var last: UInt64 { self.state.withLock { $0.last } }

    /// How many wait.
    var waiting: Int { self.state.withLock { $0.waits.count } }

    /// Whether messages are told too.
    func keepMessages(_ keeps: Bool) { self.state.withLock { $0.keepsMessages = keeps } }

    /// Takes what was recorded.
    func append(_ recorded: [Recorded]) {
        guard !recorded.isEmpty else { return }
        let done = self.state.withLock { state in
            var done: [(Wait, Outcome)] = []
            for event in recorded {
                guard let seen = SeenEvent(event, messages: state.keepsMessages) else { continue }
                self.take(seen, &state, &done)
            }
            return done
        }
        for (wait, outcome) in done { wait.end(outcome) }
    }

    /// Takes an event that is no trace event.
    func append(_ seen: SeenEvent) {
        let done = self.state.withLock { state in
            var done: [(Wait, Outcome)] = []
            self.take(seen, &state, &done)
            return done
        }
        for (wait, outcome) in done { wait.end(outcome) }
    }

    private func take(
        _ seen: SeenEvent,
        _ state: inout State,
        _ done: inout [(Wait, Outcome)]
    ) {
        var seen = seen
        state.last += 1
        seen.number = state.last
        state.kept.append(seen)
        if state.kept.count > self.limits.eventsKept { state.kept.removeFirst() }
        guard !state.waits.isEmpty else { return }
        for place in state.waits.indices { self.offer(seen, to: &state.waits[place]) }
        state.waits.removeAll { wait in
            guard wait.seen.count >= wait.count else { return false }
            done.append((wait, .met(wait.seen, last: state.last)))
            return true
        }
    }

    private func offer(_ seen: SeenEvent, to wait: inout Wait) {
        if wait.filter.matches(seen) {
            wait.seen.append(seen)
        } else {
            wait.others.append(seen)
            if wait.others.count > self.limits.othersTold { wait.others.removeFirst() }
        }
    }

    /// Waits until so many matching events came.
    ///
    /// - Parameters:
    ///   - filter: which.
    ///   - count: how many.
    ///   - since: only those with a greater number; `nil` for those after now.
    ///   - limit: how long.
    /// - Returns: how it ended.
    func wait(
        for filter: EventFilter,
        count: Int,
        since: UInt64?,
        limit: Duration
    ) async -> Outcome {
        let id = self.state.withLock { state in
            state.lastWait += 1
            return state.lastWait
        }
        return await withCheckedContinuation { done in
            let wait = Wait(id: id, filter: filter, count: count, done: done)
            if let outcome = self.begin(wait, since: since) { return wait.end(outcome) }
            let timeout = Task {
                try await Task.sleep(for: limit)
                self.expire(id)
            }
            let isWaiting = self.state.withLock { state in
                guard let place = state.waits.firstIndex(where: { $0.id == id }) else {
                    return false
                }
                state.waits[place].timeout = timeout
                return true
            }
            if !isWaiting { timeout.cancel() }
        }
    }

    private func begin(_ wait: Wait, since: UInt64?) -> Outcome? {
        self.state.withLock { state in
            guard !state.isEnded else { return .ended }
            guard state.waits.count < self.limits.waitsMax else { return .refused }
            var wait = wait
            if let since {
                let oldest = state.last - UInt64(state.kept.count)
                guard since >= oldest else { return .forgotten(oldest: oldest) }
                for seen in state.kept where seen.number > since && wait.seen.count < wait.count {
                    self.offer(seen, to: &wait)
                }
                // The next wait goes on right after the last of these.
                if wait.seen.count >= wait.count {
                    return .met(wait.seen, last: wait.seen.last?.number ?? state.last)
                }
            }
            state.waits.append(wait)
            return nil
        }
    }

    private func expire(_ id: UInt64) {
        let expired = self.state.withLock { state -> (Wait, UInt64)? in
            guard let place = state.waits.firstIndex(where: { $0.id == id }) else { return nil }
            return (state.waits.remove(at: place), state.last)
        }
        guard let (wait, last) = expired else { return }
        wait.end(.timedOut(wait.seen, others: Array(wait.others), last: last))
    }

    /// Ends every wait: nothing more will come.
    func end() {
        let waits = self.state.withLock { state in
            state.isEnded = true
            let waits = state.waits
            state.waits = []
            return waits
        }
        for wait in waits { wait.end(.ended) }
    }
}
