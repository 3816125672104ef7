import DequeModule
public import Faults
public import FramePath
public import FrameTrace
import ObjectLink
import WebSocketWire

/// The process that holds client sockets while objects sleep, as a pure value.
///
/// Shape: an event and a time go in, actions come out; the driver does them in order, then waits for the
/// next event or for `nextDeadline`. Nothing here names a socket, a clock or a random generator.
/// Units: times are `Tick`, nanoseconds since run start. Errors: none; a peer's violation is a traced
/// event and a close code.
public struct Edge: ~Copyable {
    /// What a deadline is for.
    enum Alarm: Sendable {
        case leg(LegID)
        case lane(SessionID)
        case closing(SessionID)
        case wake(Int)
        case retry(Int)
        case command(ControlID)
        case shutdown
    }

    var configuration: EdgeConfiguration
    var checkpoint: Checkpoint
    var now = Tick.zero
    var link = LinkState.down(reason: "no object server yet") {
        didSet { if self.link != oldValue { self.emit(.linkChanged(self.link)) } }
    }
    var linkLosses: UInt64 = 0

    var legs = Slots<Leg>(blank: .blank)
    var legSlots: [LegID: Int] = [:]
    /// The plain-HTTP side of legs that are no WebSocket yet, by slot.
    var intakes: [Int: Intake] = [:]
    var sessions = Slots<Session>(blank: .blank)
    var sessionSlots: [SessionID: Int] = [:]
    var objects = Slots<HeldObject>(blank: .blank)
    var objectSlots: [String: Int] = [:]
    /// Which object a live stream belongs to.
    var streams: [LinkStreamID: Int] = [:]
    /// Which client waits for a plain request.
    var requests: [RequestID: LegID] = [:]
    var keys: SessionKeys

    var lastSession: UInt32 = 0
    var lastStream: UInt64 = 0
    var lastRequest: UInt64 = 0
    /// Commands of operators whose outcome is awaited.
    var pending: [PendingCommand] = []
    var limitCounts = EdgeLimitCounts()
    var alarms = Alarms<Alarm>()
    /// Legs whose frames wait for the next turn, the longest wait first.
    var behind: Deque<LegID> = []
    var actions: Deque<EdgeAction> = []
    var isShuttingDown = false
    var isFinished = false
    var marksOrdering = false

    /// Makes an edge that has met nobody.
    ///
    /// - Parameters:
    ///   - configuration: what it is told.
    ///   - engine: the rules of the profiles in the configuration.
    public init(configuration: EdgeConfiguration, engine: FaultEngine) {
        self.configuration = configuration
        self.keys = SessionKeys(keysMax: configuration.limits.keysMax)
        self.checkpoint = Checkpoint(
            engine: engine,
            recorder: Recorder(
                isOn: configuration.isTracing,
                payload: configuration.tracedPayload
            )
        )
    }

    /// Whether some session had no key of its own, so that decisions depend on the order of accepts.
    public var dependsOnOrder: Bool { self.marksOrdering }

    /// The moment at which the edge wants a `timer`.
    public var nextDeadline: Tick? { self.behind.isEmpty ? self.alarms.earliest : self.now }

    /// The next thing to do, oldest first.
    public mutating func nextAction() -> EdgeAction? { self.actions.popFirst() }

    /// Hands over what was recorded since the last call.
    ///
    /// - Parameter out: receives the events, oldest first.
    public mutating func drainTrace(into out: inout [Recorded]) {
        self.checkpoint.recorder.drain(into: &out)
    }

    /// What is recorded from now on, beside what tracing needs.
    ///
    /// - Parameters:
    ///   - steps: steps of sessions and objects, decisions of rules, marks.
    ///   - messages: also every message at every point.
    public mutating func observe(steps: Bool, messages: Bool) {
        let traces = self.configuration.isTracing
        self.checkpoint.recorder.isOn = traces || steps || messages
        self.checkpoint.recorder.keepsMessages = traces || messages
    }

    /// Takes one event.
    ///
    /// - Parameters:
    ///   - event: what happened.
    ///   - now: when; never earlier than the last event's.
    public mutating func receive(_ event: EdgeEvent, at now: Tick) {
        if self.now < now { self.now = now }
        switch event {
        case .clientConnected(let leg, let peer): self.clientConnected(leg, peer: peer)
        case .clientRefused(let reason):
            self.record(TraceEvent.SocketStep(.reject, session: nil, object: "", reason: reason))
        case .clientBytes(let leg, let bytes): self.clientBytes(leg, bytes)
        case .clientHalfClosed(let leg): self.clientHalfClosed(leg)
        case .clientClosed(let leg): self.clientClosed(leg)
        case .clientWritable(let leg, let isWritable):
            self.clientWritable(leg, isWritable: isWritable)
        case .clientWrote(let leg, let bytes): self.clientWrote(leg, bytes: bytes)
        case .linkUp: self.linkUp()
        case .linkDown(let reason): self.linkDown(reason)
        case .control(let message): self.control(message)
        case .streamMessage(let stream, let message): self.streamMessage(stream, message)
        case .streamEnded(let stream, let clean): self.streamEnded(stream, isClean: clean)
        case .streamRefused(let stream, let reason): self.streamRefused(stream, reason: reason)
        case .response(let request, let status, let headers, let body):
            self.response(request, status: status, headers: headers, body: body)
        case .responseFailed(let request, let reason): self.failed(request, reason: reason)
        case .streamCongested(let stream, let isCongested):
            self.streamCongested(stream, isCongested)
        case .command(let id, let command): self.command(id, command)
        case .timer: self.catchUp()
        case .shutdown: self.shutdown()
        }
        self.ring()
        self.finishIfDone()
    }

    /// Serves every deadline that has come, whatever the event was.
    private mutating func ring() {
        while let alarm = self.alarms.next(now: self.now) {
            switch alarm {
            case .leg(let leg): self.legTimedOut(leg)
            case .lane(let session): self.laneDue(session)
            case .closing(let session): self.closeTimedOut(session)
            case .wake(let object): self.wakeTimedOut(object)
            case .retry(let object): self.retryWake(object)
            case .command(let command): self.commandTimedOut(command)
            case .shutdown: self.shutdownTimedOut()
            }
        }
    }

    mutating func emit(_ action: EdgeAction) { self.actions.append(action) }

    mutating func record(_ step: TraceEvent.SocketStep) {
        guard self.checkpoint.recorder.isOn else { return }
        self.checkpoint.recorder.record(.socket(step), at: self.now)
    }

    mutating func record(_ step: TraceEvent.LifeStep) {
        guard self.checkpoint.recorder.isOn else { return }
        self.checkpoint.recorder.record(.life(step), at: self.now)
    }

    /// Records a step of a session's socket.
    mutating func trace(
        _ what: TraceEvent.SocketStep.What,
        _ session: Int,
        code: UInt16? = nil,
        reason: String? = nil
    ) {
        guard self.checkpoint.recorder.isOn else { return }
        let object = self.sessions.values[session].object
        self.record(
            TraceEvent.SocketStep(
                what,
                session: self.sessions.values[session].id,
                object: self.objects.values[object].name,
                wake: self.objects.values[object].wake ?? 0,
                code: code,
                reason: reason
            )
        )
    }

    /// Records a step of an object's life, as the edge sees it.
    mutating func trace(
        _ what: TraceEvent.LifeStep.What,
        object: Int,
        session: SessionID? = nil,
        count: Int? = nil,
        why: String? = nil
    ) {
        guard self.checkpoint.recorder.isOn else { return }
        self.record(
            TraceEvent.LifeStep(
                what,
                object: self.objects.values[object].name,
                wake: self.objects.values[object].wake ?? 0,
                session: session,
                count: count,
                why: why
            )
        )
    }
}
