import FramePath
import FrameTrace
import ObjectLink

/// One named object as its server knows it: a life in memory, or only its alarm.
///
/// States: absent → (stream opened) attached → (`wake`) awake → (idle) announced → (`hibernateReady`)
/// absent again. Any event while announced goes back to awake. Whatever ends the stream in between
/// destroys the instance without a package.
struct HostedObject: Sendable {
    let name: String
    var stream: HostStreamID?
    var instance: Instance?
    /// Kept here, not in the instance: an alarm outlives it.
    var alarm: Tick?
    /// The wake ordinal of the last instance this server had.
    var lastWake: UInt32?
    /// When sleep is tried; `nil` while something prevents it.
    var sleepAt: Tick?
    /// Sleep was announced and nothing came in between.
    var isAnnounced = false
    /// Announcements not yet answered: an answer counts only when it is to the newest.
    var unanswered = 0
    /// The phase to go back to when sleep is cancelled.
    var phaseBefore = Phase.active
    /// What was last reported to prevent sleep.
    var reported: String?
    /// How often the due alarm asked the edges for a stream.
    var asks = 0
    /// When it asks again.
    var askAt: Tick?
    /// The deadline that stands in the host's heap.
    var armed: Tick?

    init(name: String) {
        self.name = name
    }

    /// Whether nothing of it needs to be remembered.
    var isForgotten: Bool { self.instance == nil && self.stream == nil && self.alarm == nil }

    /// The next moment at which it has something to do.
    var deadline: Tick? {
        guard let instance else {
            guard self.stream == nil, let alarm else { return nil }
            return max(alarm, self.askAt ?? alarm)
        }
        var earliest = instance.deadline
        for deadline in [self.alarm, self.sleepAt] {
            guard let deadline else { continue }
            earliest = min(earliest ?? deadline, deadline)
        }
        return earliest
    }

    /// Handles a message of its stream.
    mutating func receive(_ message: LinkMessage, _ now: Tick, _ outside: inout Surroundings) {
        switch message {
        case .wake(let reason, let highestWake, let packages):
            self.wake(reason, highestWake, packages, now, &outside)
        case .open, .message, .close, .error:
            guard self.instance != nil else {
                return self.violate("an event before wake", now, &outside)
            }
            self.handle(message, now, &outside)
        case .hibernateReady:
            self.ready(now, &outside)
        case .hibernateRequest:
            self.sleepOnRequest(now, &outside)
        case .credit(let session, let bytes):
            self.instance?.paths[session]?.grant(Int(bytes))
            self.instance?.runPump(session, now, &outside)
            if self.sleepAt == nil, !self.isAnnounced { self.touch(now, outside.configuration) }
        default:
            self.violate("a message that no edge sends", now, &outside)
        }
        self.settle(now, &outside)
    }

    private mutating func handle(
        _ message: LinkMessage,
        _ now: Tick,
        _ outside: inout Surroundings
    ) {
        if case .message(let message) = message,
            self.instance?.matchesAutoRequest(message) ?? false
        {
            self.instance?.receive(message, now, &outside)
            return
        }
        self.cancelSleep(now, &outside)
        self.touch(now, outside.configuration)
        switch message {
        case .open(let request):
            if SocketPath.isSocket(request.url) {
                self.instance?.open(request, now, &outside)
            } else {
                let body = "no WebSocket here; connect to \(SocketPath.known)\n"
                self.instance?.refuse(request, status: 404, body: body, now, &outside)
            }
        case .message(let message):
            self.instance?.receive(message, now, &outside)
        case .close(let session, let code, let reason, let wasClean):
            let close = Transit.close(code: code, reason: reason, wasClean: wasClean)
            self.instance?.receive(close, session: session, now, &outside)
        case .error(let session, let reason):
            self.instance?.receive(.error(reason: reason), session: session, now, &outside)
        default: preconditionFailure("not an event")
        }
    }

    private mutating func wake(
        _ reason: LinkMessage.WakeReason,
        _ highestWake: UInt32?,
        _ packages: [LinkMessage.SessionPackage],
        _ now: Tick,
        _ outside: inout Surroundings
    ) {
        guard let stream, self.instance == nil else {
            return self.violate("a second wake on one stream", now, &outside)
        }
        let known = [highestWake, self.lastWake].compactMap { $0 }.max()
        self.instance = Instance(
            name: self.name,
            stream: stream,
            wake: known.map { $0 &+ 1 } ?? 0,
            reason: reason,
            packages: packages,
            alarm: self.alarm,
            now: now,
            outside: &outside
        )
        self.asks = 0
        self.askAt = nil
        self.reported = nil
        self.unanswered = 0
        self.touch(now, outside.configuration)
        self.settleAlarm(now, &outside)
        if self.instance?.eviction == nil, let alarm, alarm <= now {
            self.fireAlarm(now, &outside)
        }
    }

    /// Does everything whose time has come; `edges` may be asked for a stream.
    mutating func runDue(_ now: Tick, edges: [UInt64], _ outside: inout Surroundings) {
        guard self.instance != nil else {
            if self.stream == nil, let alarm, max(alarm, self.askAt ?? alarm) <= now {
                self.ask(edges, now, &outside)
            }
            return
        }
        if let due = self.instance?.deadline, due <= now {
            self.cancelSleep(now, &outside)
            if self.instance?.runDue(now, &outside) ?? false {
                self.touch(now, outside.configuration)
            }
            self.settle(now, &outside)
        }
        if self.instance != nil, let alarm, alarm <= now {
            self.cancelSleep(now, &outside)
            self.fireAlarm(now, &outside)
            self.settle(now, &outside)
        }
        if self.instance != nil, let sleepAt, sleepAt <= now {
            self.announceSleep(now, &outside)
        }
    }

    /// Whatever rules hold goes on now.
    mutating func letGo(_ now: Tick, _ outside: inout Surroundings) {
        guard self.instance?.busy.isEmpty == false else { return }
        self.cancelSleep(now, &outside)
        self.instance?.letGo(now, &outside)
        self.touch(now, outside.configuration)
        self.settle(now, &outside)
    }

    /// The stream ended without a sleep.
    mutating func lose(_ why: String, _ now: Tick, _ outside: inout Surroundings) {
        self.stream = nil
        self.destroy(why, now, &outside)
    }

    /// The idle clock starts again.
    mutating func touch(_ now: Tick, _ configuration: ObjectConfiguration) {
        self.sleepAt = now + configuration.hibernateAfter
    }

    /// Brings everything in line after an event: eviction by a rule, alarm, report of a pin.
    mutating func settle(_ now: Tick, _ outside: inout Surroundings) {
        if let eviction = self.instance?.eviction {
            self.evict(eviction, now, &outside)
            return
        }
        self.settleAlarm(now, &outside)
        if self.reported == nil, self.instance?.context.timers.isEmpty == false {
            self.reportPin(now, &outside)
        }
    }

    private mutating func evict(
        _ eviction: Instance.Eviction,
        _ now: Tick,
        _ outside: inout Surroundings
    ) {
        guard let stream, let instance else { return }
        switch eviction {
        case .keepingSockets:
            outside.actions.append(.resetStream(stream))
        case .closingSockets:
            for session in instance.context.order {
                let reason = "the object was evicted by a rule"
                outside.send(.cutSession(session: session, code: nil, reason: reason), on: stream)
            }
            // An end, not a reset, so that what was just sent arrives; without a package it is a crash.
            outside.actions.append(.endStream(stream))
        }
        self.stream = nil
        self.destroy("evicted by a rule", now, &outside)
    }

    private mutating func violate(_ why: String, _ now: Tick, _ outside: inout Surroundings) {
        guard let stream else { return }
        outside.checkpoint.recorder.record(.mark("link violation: \(why)"), at: now)
        outside.actions.append(.resetStream(stream))
        self.stream = nil
        self.destroy("link violation: \(why)", now, &outside)
    }

    private mutating func destroy(_ why: String, _ now: Tick, _ outside: inout Surroundings) {
        guard let instance else { return }
        outside.life(
            instance.step(.evicted, count: instance.context.order.count, why: why),
            at: now
        )
        self.lastWake = instance.wake
        self.instance = nil
        self.isAnnounced = false
        self.sleepAt = nil
    }
}
