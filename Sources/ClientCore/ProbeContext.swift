internal import DequeModule
internal import FramePath
internal import FrameTrace

/// What the lanes of a probe share.
struct ProbeContext {
    let configuration: ProbeConfiguration
    let entropy: UInt64
    var actions: Deque<ProbeAction> = []
    var recorder: Recorder
    /// Lane and slot of each connection, by number − 1.
    var connections: [(lane: Int, slot: Int)] = []
    /// Latencies of answers in time, one at a time; bursts queue behind themselves and are left out.
    var answers: [Tick.Span] = []
    var sleepsAwaited = 0
    var sleepsObserved = 0
    /// Lanes whose object slept again, or had the time to, before `later` was asked.
    var sleptBeforeLater = 0
    /// The first reason a connection was refused.
    var refusal: String?
    /// Messages that no step asked for and that were too many to keep.
    var unread = 0
    /// Lanes that share an object with another one.
    var sharedLanes = 0

    init(configuration: ProbeConfiguration, entropy: UInt64) {
        self.configuration = configuration
        self.entropy = entropy
        self.recorder = Recorder(isOn: configuration.isTracing)
    }

    /// How long an answer is waited for: 5 × the p99 of answers so far, within the bounds.
    var answerLimit: Tick.Span {
        let limits = self.configuration
        let slow = (Self.percentile(self.answers, 99) ?? .zero) * 5
        return min(max(limits.answerMin, slow), limits.answerMax)
    }

    /// The wall clock at `now`.
    func wall(_ now: Tick) -> UInt64 {
        self.configuration.wallZeroMilliseconds + now.nanoseconds / 1_000_000
    }

    /// Numbers a new connection and asks for it.
    mutating func dial(lane: Int, slot: Int, _ request: ProbeDial) -> ConnectionID {
        self.connections.append((lane, slot))
        let id = ConnectionID(number: UInt64(self.connections.count))
        var request = request
        request.entropy = Philox.draw(key: (self.entropy, 1), counter: (id.number, 0, 0, 0)).0
        self.actions.append(.dial(id, request))
        return id
    }

    /// Nearest-rank percentile, or `nil` of nothing.
    static func percentile(_ spans: [Tick.Span], _ percent: Int) -> Tick.Span? {
        guard !spans.isEmpty else { return nil }
        let rank = (spans.count * percent + 99) / 100
        return spans.sorted()[max(0, rank - 1)]
    }
}
