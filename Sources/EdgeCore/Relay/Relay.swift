import DequeModule
public import Faults
public import FramePath
public import FrameTrace
import WebSocketWire

/// An edge in front of any unmodified WebSocket server, as a pure value.
///
/// Each session has a leg of its own to the server. When it is idle the edge closes that leg and keeps the
/// client's; the next message dials it again. Without a rule the frames pass as they came.
///
/// Shape: an event and a time go in, actions come out, as with `Edge`. Units: times are `Tick`. Errors:
/// none; what a peer does wrong is a traced event, a status or a close code.
public struct Relay: ~Copyable {
    /// What a deadline is for.
    enum Alarm: Sendable {
        /// The client's request must be whole, or the backend must have answered.
        case handshake(slot: Int, serial: UInt64)
        case idle(slot: Int, serial: UInt64)
        case lane(slot: Int, serial: UInt64)
        /// A leg that was told to end must have.
        case closing(slot: Int, serial: UInt64)
        case retry(slot: Int, serial: UInt64)
        case command
        case shutdown
    }

    var configuration: RelayConfiguration
    var checkpoint: Checkpoint
    var now = Tick.zero
    var conversations = Slots<Conversation>(blank: .blank)
    var keys: SessionKeys
    var marksOrdering = false
    /// How many sessions each object had, for the keys of those that name none.
    var ordinals: [String: UInt32] = [:]
    var lastSession: UInt32 = 0
    var lastSerial: UInt64 = 0
    var alarms = Alarms<Alarm>()
    var actions: Deque<RelayAction> = []
    /// Commands of operators whose outcome is awaited.
    var pending: [Pending] = []
    var limitCounts = EdgeLimitCounts()
    var isShuttingDown = false
    var isFinished = false

    /// Makes a relay that has met nobody.
    ///
    /// - Parameters:
    ///   - configuration: what it is told.
    ///   - engine: the rules.
    public init(configuration: RelayConfiguration, engine: FaultEngine) {
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

    /// The moment at which the relay wants a `timer`.
    public var nextDeadline: Tick? { self.alarms.earliest }

    /// The next thing to do, oldest first.
    public mutating func nextAction() -> RelayAction? { self.actions.popFirst() }

    /// Hands over what was recorded since the last call.
    ///
    /// - Parameter out: receives the events, oldest first.
    public mutating func drainTrace(into out: inout [Recorded]) {
        self.checkpoint.recorder.drain(into: &out)
    }

    /// A client connected.
    ///
    /// - Parameters:
    ///   - peer: its address, for `X-Forwarded-For`.
    ///   - now: when.
    /// - Returns: its leg, or `nil` when there are too many or the process ends: reset it then.
    public mutating func connect(peer: String?, at now: Tick) -> RelayLeg? {
        if self.now < now { self.now = now }
        guard !self.isShuttingDown else { return nil }
        guard self.conversations.usedCount < self.configuration.limits.legsMax else {
            self.limitCounts.add(.connections)
            return nil
        }
        self.lastSerial += 1
        var conversation = Conversation(serial: self.lastSerial)
        conversation.peer = peer
        let slot = self.conversations.insert(conversation)
        self.setHandshakeDeadline(slot)
        return self.clientLeg(slot)
    }

    /// Takes one event.
    ///
    /// - Parameters:
    ///   - event: what happened.
    ///   - now: when; never earlier than the last event's.
    public mutating func receive(_ event: RelayEvent, at now: Tick) {
        if self.now < now { self.now = now }
        switch event {
        case .clientRefused(let reason):
            guard self.checkpoint.recorder.isOn else { break }
            let step = TraceEvent.SocketStep(.reject, session: nil, object: "", reason: reason)
            self.checkpoint.recorder.record(.socket(step), at: self.now)
        case .bytes(let leg, let bytes):
            guard self.isCurrent(leg) else { break }
            switch leg.side {
            case .client: self.clientBytes(leg.slot, bytes)
            case .backend: self.backendBytes(leg.slot, bytes)
            }
        case .halfClosed(let leg):
            guard self.isCurrent(leg) else { break }
            switch leg.side {
            case .client: self.clientHalfClosed(leg.slot)
            case .backend: self.backendHalfClosed(leg.slot)
            }
        case .closed(let leg):
            guard self.isCurrent(leg) else { break }
            switch leg.side {
            case .client: self.clientClosed(leg.slot)
            case .backend: self.backendClosed(leg.slot)
            }
        case .writable(let leg, let isWritable):
            guard self.isCurrent(leg) else { break }
            self.writable(leg, isWritable)
        case .wrote(let leg, let bytes):
            guard self.isCurrent(leg) else { break }
            self.wrote(leg.slot, bytes)
        case .dialled(let leg):
            guard self.isCurrent(leg) else { break }
            self.dialled(leg.slot)
        case .dialFailed(let leg, let reason):
            guard self.isCurrent(leg) else { break }
            self.conversations.values[leg.slot].backend = nil
            self.dialFailed(leg.slot, status: nil, reason: reason)
        case .command(let id, let command): self.command(id, command)
        case .timer: break
        case .shutdown: self.shutdown()
        }
        self.ring()
        if !self.pending.isEmpty { self.settle() }
        self.finishIfDone()
    }

    private mutating func ring() {
        while let alarm = self.alarms.next(now: self.now) {
            switch alarm {
            case .handshake(let slot, let serial):
                guard self.isAlive(slot, serial) else { break }
                self.handshakeTimedOut(slot)
            case .idle(let slot, let serial):
                guard self.isAlive(slot, serial) else { break }
                self.idleDue(slot)
            case .lane(let slot, let serial):
                guard self.isAlive(slot, serial) else { break }
                self.laneDue(slot)
            case .closing(let slot, let serial):
                guard self.isAlive(slot, serial) else { break }
                self.closingTimedOut(slot)
            case .retry(let slot, let serial):
                guard self.isAlive(slot, serial) else { break }
                self.retryDue(slot)
            // `settle` looks at every command that waits.
            case .command: break
            case .shutdown: self.shutdownTimedOut()
            }
        }
    }

    // MARK: places

    func clientLeg(_ slot: Int) -> RelayLeg {
        RelayLeg(slot: slot, serial: self.conversations.values[slot].serial, side: .client)
    }

    /// The conversation or the dial an event is about is still the one in its place.
    private func isCurrent(_ leg: RelayLeg) -> Bool {
        guard leg.slot < self.conversations.values.count else { return false }
        switch leg.side {
        case .client:
            return self.isAlive(leg.slot, leg.serial)
                && self.conversations.values[leg.slot].hasClient
        case .backend: return self.conversations.values[leg.slot].backend == leg
        }
    }

    private func isAlive(_ slot: Int, _ serial: UInt64) -> Bool {
        slot < self.conversations.values.count && serial != 0
            && self.conversations.values[slot].serial == serial
    }

    /// Frees a conversation whose legs are gone.
    mutating func removeIfDone(_ slot: Int) {
        guard self.conversations.values[slot].serial != 0,
            !self.conversations.values[slot].hasClient,
            self.conversations.values[slot].backend == nil
        else { return }
        if self.conversations.values[slot].id != nil {
            self.checkpoint.engine.sessionEnded(self.conversations.values[slot].facts)
        }
        self.conversations.remove(at: slot)
    }

    // MARK: actions and records

    mutating func emit(_ action: RelayAction) { self.actions.append(action) }

    mutating func trace(
        _ what: TraceEvent.SocketStep.What,
        _ slot: Int,
        code: UInt16? = nil,
        reason: String? = nil,
        count: Int? = nil,
        sequence: UInt64? = nil
    ) {
        guard self.checkpoint.recorder.isOn else { return }
        let step = TraceEvent.SocketStep(
            what,
            session: self.conversations.values[slot].id,
            object: self.conversations.values[slot].object,
            wake: self.conversations.values[slot].dial,
            code: code,
            reason: reason,
            count: count,
            sequence: sequence
        )
        self.checkpoint.recorder.record(.socket(step), at: self.now)
    }

    mutating func trace(
        _ what: TraceEvent.LifeStep.What,
        _ slot: Int,
        count: Int? = nil,
        why: String? = nil
    ) {
        guard self.checkpoint.recorder.isOn else { return }
        let step = TraceEvent.LifeStep(
            what,
            object: self.conversations.values[slot].object,
            wake: self.conversations.values[slot].dial,
            session: self.conversations.values[slot].id,
            count: count,
            why: why
        )
        self.checkpoint.recorder.record(.life(step), at: self.now)
    }

    // MARK: deadlines

    mutating func setHandshakeDeadline(_ slot: Int) {
        let serial = self.conversations.values[slot].serial
        let at = self.now + self.configuration.limits.handshakeTimeout
        self.alarms.set(.handshake(slot: slot, serial: serial), at: at)
        self.conversations.values[slot].handshakeDeadline = at
    }

    mutating func setClosingDeadline(_ slot: Int) {
        guard self.conversations.values[slot].closingDeadline == nil else { return }
        let at = self.now + self.configuration.limits.closeTimeout
        self.conversations.values[slot].closingDeadline = at
        let serial = self.conversations.values[slot].serial
        self.alarms.set(.closing(slot: slot, serial: serial), at: at)
    }
}
