import Faults
import FramePath
import FrameTrace
import ObjectLink

/// One life of an object in memory.
///
/// Shape: constructed by a wake, destroyed by sleep or eviction; the events of one object come here one
/// at a time, which is the input gate.
struct Instance: Sendable {
    /// What ended an instance in the middle of an event.
    enum Eviction: Equatable, Sendable {
        case keepingSockets
        case closingSockets
    }

    let name: String
    let stream: HostStreamID
    let id: UInt64
    let wake: UInt32
    var phase: Phase
    var object: any HibernatingObject
    var context: ObjectContext
    var paths: [SessionID: SessionPath] = [:]
    /// Sessions whose lanes hold something, in the order they began to.
    var busy: [SessionID] = []
    /// Set by a rule; the owner destroys the instance after the event.
    var eviction: Eviction?
    /// The handler that runs or ran last, with its cause and its sends: the stamps of what it sends.
    var handler: Handler = .constructor
    var cause: UInt32?
    var sends = 0

    /// Constructs an instance from what its stream's first message said.
    init(
        name: String,
        stream: HostStreamID,
        wake: UInt32,
        reason: LinkMessage.WakeReason,
        packages: [LinkMessage.SessionPackage],
        alarm: Tick?,
        now: Tick,
        outside: inout Surroundings
    ) {
        self.name = name
        self.stream = stream
        self.wake = wake
        self.phase = wake == 0 ? .fresh : .woken
        self.id = outside.newInstance()
        self.context = ObjectContext(
            name: name,
            configuration: outside.configuration,
            entropy: (outside.entropy, self.id),
            now: now,
            alarm: alarm
        )
        for package in packages { self.context.insert(HeldSocket(package)) }
        let constructed = TraceEvent.LifeStep(
            .constructed,
            object: name,
            wake: wake,
            instance: self.id,
            handler: .constructor,
            count: packages.count,
            why: reason.rawValue
        )
        outside.life(constructed, at: now)
        outside.send(.life(phase: self.phase, wake: wake), on: stream)
        self.object = outside.kind.init(context: &self.context)
        for package in packages {
            self.paths[package.session] = SessionPath(
                facts: SessionFacts(key: package.key, attempt: package.attempt),
                credit: outside.configuration.limits.creditBytes
            )
        }
        if wake > 0 {
            outside.life(self.step(.woken, count: packages.count, why: reason.rawValue), at: now)
        }
        self.carryOut(now, &outside)
    }

    /// The next moment at which a lane or a timer has something to do.
    var deadline: Tick? {
        var earliest: Tick?
        for timer in self.context.timers { earliest = min(earliest ?? timer.due, timer.due) }
        for session in self.busy {
            guard let deadline = self.paths[session]?.deadline else { continue }
            earliest = min(earliest ?? deadline, deadline)
        }
        return earliest
    }

    /// A life step of this instance.
    func step(
        _ what: TraceEvent.LifeStep.What,
        handler: Handler? = nil,
        session: SessionID? = nil,
        cause: UInt32? = nil,
        count: Int? = nil,
        span: Tick.Span? = nil,
        why: String? = nil
    ) -> TraceEvent.LifeStep {
        TraceEvent.LifeStep(
            what,
            object: self.name,
            wake: self.wake,
            instance: self.id,
            handler: handler,
            session: session,
            cause: cause,
            count: count,
            span: span,
            why: why
        )
    }

    /// Runs one handler, carries out what it asked for, and ends the first phase.
    mutating func run(
        _ handler: Handler,
        session: SessionID? = nil,
        cause: UInt32? = nil,
        now: Tick,
        _ outside: inout Surroundings,
        _ body: (inout any HibernatingObject, inout ObjectContext) throws(ObjectViolation) -> Void
    ) {
        self.handler = handler
        self.cause = cause
        self.sends = 0
        self.context.now = now
        let start = self.step(.handlerStart, handler: handler, session: session, cause: cause)
        outside.life(start, at: now)
        do throws(ObjectViolation) {
            try body(&self.object, &self.context)
        } catch {
            self.context.log("Uncaught \(error.reason)", about: session)
        }
        self.carryOut(now, &outside)
        let end = self.step(
            .handlerEnd,
            handler: handler,
            session: session,
            cause: cause,
            count: self.sends
        )
        outside.life(end, at: now)
        if self.phase != .active, self.eviction == nil {
            self.phase = .active
            outside.send(.life(phase: .active, wake: self.wake), on: self.stream)
        }
    }

    /// Runs everything whose time has come in lanes and timers.
    mutating func runDue(_ now: Tick, _ outside: inout Surroundings) -> Bool {
        var ran = false
        for session in self.busy where self.eviction == nil {
            guard let deadline = self.paths[session]?.deadline, deadline <= now else { continue }
            self.drainInbound(session, now, &outside)
            self.drainOutbound(session, now, &outside)
            ran = true
        }
        while self.eviction == nil, let timer = self.takeDueTimer(now) {
            self.run(.timer, now: now, &outside) {
                (
                    object: inout any HibernatingObject,
                    context: inout ObjectContext
                )
                    throws(ObjectViolation) in
                try object.timer(timer.id, context: &context)
            }
            ran = true
        }
        return ran
    }

    /// Lets go everything that lanes hold, and moves it on.
    mutating func letGo(_ now: Tick, _ outside: inout Surroundings) {
        for session in self.busy where self.eviction == nil {
            self.paths[session]?.letGo(now: now)
            self.drainInbound(session, now, &outside)
            self.drainOutbound(session, now, &outside)
        }
    }

    private mutating func takeDueTimer(_ now: Tick) -> PendingTimer? {
        var found: Int?
        for (index, timer) in self.context.timers.enumerated() where timer.due <= now {
            if let earlier = found, self.context.timers[earlier].due <= timer.due { continue }
            found = index
        }
        guard let found else { return nil }
        return self.context.timers.remove(at: found)
    }
}
