import ClientCore
import FramePath
import FrameTrace
import NIOCore

/// A tiny scripted pingpong service and the virtual time it runs a `Probe` in.
///
/// Objects sleep 1 s after their last data frame; every answer takes 5 ms.
struct FakeService {
    enum Fault {
        case none
        /// Only the welcome is ever sent.
        case silent
        /// The answer to the first message after a wake takes 1.5 s.
        case lateAfterWake
        /// A burst is answered backwards.
        case backwards
        /// Every echo comes twice.
        case twice
        /// Every connection is refused.
        case refused
        /// A Ping wakes the object.
        case pingWakes
        /// A Close of the client is never answered; its socket dies.
        case closeUnanswered
        /// Sleeping objects lose their sockets.
        case dropsSleepers
        /// The first message after a wake is lost.
        case losesFirstAfterWake
    }

    struct Object {
        var lastTraffic = Tick.zero
        var isAsleep = false
        var wake: UInt32 = 0
        /// The next message is the first after a wake.
        var isWoken = false
        /// A look whether it may sleep is in the queue.
        var isWatched = false
    }

    enum Item {
        case event(ProbeEvent)
        case sleepIsDue(object: String)
    }

    let fault: Fault
    let observes: Bool
    var objects: [String: Object] = [:]
    var objectOf: [ConnectionID: String] = [:]
    var open: [ConnectionID] = []
    var queue: [(time: Tick, order: Int, item: Item)] = []
    var order = 0
    var now = Tick.zero
    var burst: [(ConnectionID, String)] = []
    var sentOf: [ConnectionID: UInt64] = [:]

    init(_ fault: Fault, observes: Bool = true) {
        self.fault = fault
        self.observes = observes
    }

    /// Runs a probe to its end.
    mutating func run(_ probe: inout Probe, stepsMax: Int = 200_000) -> ProbeReport? {
        probe.receive(.start, at: self.now)
        for _ in 0..<stepsMax {
            while let action = probe.nextAction() {
                if case .done(let report) = action { return report }
                self.perform(action)
            }
            self.flushBurst()
            let place = self.queue.indices.min { left, right in
                let (left, right) = (self.queue[left], self.queue[right])
                return (left.time, left.order) < (right.time, right.order)
            }
            let next = place.map { self.queue[$0] }
            if let deadline = probe.nextDeadline, deadline <= next?.time ?? deadline {
                self.now = max(self.now, deadline)
                probe.receive(.timer, at: self.now)
            } else if let place, let next {
                self.queue.swapAt(place, self.queue.count - 1)
                self.queue.removeLast()
                self.now = next.time
                self.deliver(next.item, &probe)
            } else {
                return nil
            }
        }
        return nil
    }

    private mutating func later(_ milliseconds: UInt64, _ event: ProbeEvent) {
        self.push(milliseconds, .event(event))
    }

    private mutating func push(_ milliseconds: UInt64, _ item: Item) {
        self.order += 1
        self.queue.append((self.now + .milliseconds(milliseconds), self.order, item))
    }

    private mutating func deliver(_ item: Item, _ probe: inout Probe) {
        switch item {
        case .event(let event): probe.receive(event, at: self.now)
        case .sleepIsDue(let name):
            guard let object = self.objects[name] else { return }
            let due = object.lastTraffic + .seconds(1)
            guard self.now >= due else {
                self.order += 1
                self.queue.append((due, self.order, item))
                return
            }
            self.objects[name]?.isWatched = false
            self.objects[name]?.isAsleep = true
            if self.observes { probe.receive(.observedHibernated(object: name), at: self.now) }
            guard self.fault == .dropsSleepers else { return }
            for id in self.open where self.objectOf[id] == name {
                self.end(id, 1_006, "lost", wasClean: false)
            }
        }
    }

    private mutating func perform(_ action: ProbeAction) {
        switch action {
        case .progress, .done: return
        case .dial(let id, let request):
            let name = request.object
            self.objectOf[id] = name
            guard self.fault != .refused else {
                self.later(1, .refused(id, status: 502, reason: "no object server"))
                return
            }
            self.touch(name)
            // The accepting request is the first event of a wake, not the message after it.
            self.objects[name]?.isWoken = false
            self.open.append(id)
            self.later(2, .opened(id, session: nil))
            let welcome = #"{"type":"welcome","message":"hi","heartbeatInterval":20000}"#
            self.later(3, .message(id, kind: .text, payload: ByteBuffer(string: welcome)))
        case .send(let id, .ping, let payload):
            self.number(id)
            self.later(1, .pong(id, payload: payload))
            if self.fault == .pingWakes, let name = self.objectOf[id],
                self.objects[name]?.isAsleep == true
            {
                self.touch(name)
            }
        case .send(let id, _, let payload): self.message(id, payload)
        case .close(let id, let code, let reason):
            guard let name = self.objectOf[id] else { return }
            self.touch(name)
            if self.fault == .closeUnanswered {
                self.end(id, 1_006, "", wasClean: false)
            } else {
                self.end(id, code, reason, wasClean: true)
            }
        }
    }

    private mutating func message(_ id: ConnectionID, _ payload: ByteBuffer) {
        guard let name = self.objectOf[id], self.open.contains(id) else { return }
        self.number(id)
        self.touch(name)
        let isFirst = self.objects[name]?.isWoken == true
        self.objects[name]?.isWoken = false
        let type = PingPongText.type(of: payload)
        if self.fault == .silent { return }
        if self.fault == .losesFirstAfterWake, isFirst { return }
        if type == "close" {
            self.end(id, 4_000, "probe", wasClean: true)
            return
        }
        let delay: UInt64 = self.fault == .lateAfterWake && isFirst ? 1_500 : 5
        switch type {
        case "ping": self.answer(id, #"{"type":"pong"}"#, delay)
        case "heartbeat": self.answer(id, #"{"type":"heartbeat_ack"}"#, delay)
        default:
            let text = PingPongText.string("/message", of: payload) ?? ""
            let echo = #"{"type":"echo","message":"\#(text)"}"#
            if self.fault == .backwards {
                self.burst.append((id, echo))
            } else {
                self.answer(id, echo, delay)
            }
            if self.fault == .twice { self.answer(id, echo, delay) }
        }
    }

    /// Tells the frame number a send got, as a driver does.
    private mutating func number(_ id: ConnectionID) {
        let number = self.sentOf[id, default: 0]
        self.sentOf[id] = number + 1
        self.later(0, .sent(id, sequence: number))
    }

    private mutating func flushBurst() {
        let burst = self.burst
        self.burst = []
        for (id, echo) in burst.reversed() {
            self.answer(id, echo, 5)
        }
    }

    private mutating func answer(_ id: ConnectionID, _ text: String, _ milliseconds: UInt64) {
        self.later(milliseconds, .message(id, kind: .text, payload: ByteBuffer(string: text)))
    }

    private mutating func end(
        _ id: ConnectionID,
        _ code: UInt16,
        _ reason: String,
        wasClean: Bool
    ) {
        self.open.removeAll { $0 == id }
        self.later(5, .ended(id, code: code, reason: reason, wasClean: wasClean))
    }

    private mutating func touch(_ name: String) {
        var object = self.objects[name] ?? Object()
        object.lastTraffic = self.now
        if object.isAsleep {
            object.isAsleep = false
            object.isWoken = true
            object.wake += 1
            if self.observes { self.later(1, .observedWake(object: name, wake: object.wake)) }
        }
        let isWatched = object.isWatched
        object.isWatched = true
        self.objects[name] = object
        if !isWatched { self.push(1_000, .sleepIsDue(object: name)) }
    }
}
