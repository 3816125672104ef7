import Faults
import FramePath
import FrameTrace
import NIOCore

@testable import TraceAnalysis

/// A run before any backend made by hand: legs that sleep and are dialled again, written by the real
/// encoder.
///
/// Shape: one file, the edge's, and one client's file when it is observed. A step takes a millisecond.
struct BackendRun {
    enum Fate {
        case answered
        /// Handed to the backend, which says nothing.
        case silent
        /// A rule drops it at the edge's last step before the backend.
        case dropped
    }

    private var edge = Recorder(isOn: true)
    private var now: UInt64 = 1_000_000
    private var dials: [SessionID: UInt32] = [:]
    private var phases: [SessionID: Phase] = [:]
    private var ordinals: [String: UInt32] = [:]
    private var sequences: [String: UInt64] = [:]
    private var objects: [SessionID: String] = [:]

    /// A session whose backend greets it.
    mutating func open(_ number: UInt32, object: String = "/chat", greets: Bool = true) -> SessionID
    {
        let session = SessionID(edge: 0xBACC, number: number)
        self.dials[session] = 0
        self.phases[session] = .fresh
        self.objects[session] = object
        self.socket(.upgrade, session)
        self.socket(.dial, session, count: 0)
        self.socket(.accept, session)
        if greets { self.push(session, "hello") }
        return session
    }

    mutating func say(_ session: SessionID, _ type: String, _ fate: Fate = .answered) {
        let message = self.message(session, .toObject, type)
        self.see(message, .edgeRx, sequence: self.count(session, "client"))
        if self.phases[session] == .hibernated { return }
        self.hand(message, fate)
        self.phases[session] = .active
    }

    /// Falls asleep, is woken by a message, and answers it or not.
    mutating func sleepAndSay(
        _ session: SessionID,
        _ type: String,
        _ fate: Fate = .answered,
        greets: Bool = true,
        swallows: Bool = false
    ) {
        self.sleep(session)
        let waking = self.message(session, .toObject, type)
        self.see(waking, .edgeRx, sequence: self.count(session, "client"))
        self.dial(session)
        self.life(.woken, session)
        self.phases[session] = .woken
        self.hand(waking, .silent, isFate: fate)
        if greets { self.greet(session, swallows: swallows) }
        if fate == .answered { self.push(session, Self.answers[type] ?? "answer") }
        self.pass(300)
    }

    /// Falls asleep, and its backend refuses the wake.
    mutating func sleepAndRefuse(
        _ session: SessionID,
        code: UInt16? = 401,
        reason: String = "the backend answered 401",
        tries: Int = 3
    ) {
        self.sleep(session)
        let waking = self.message(session, .toObject, "note")
        self.see(waking, .edgeRx, sequence: self.count(session, "client"))
        self.dial(session)
        for number in 1...tries {
            if number > 1 { self.socket(.dial, session, count: Int(self.dials[session] ?? 0)) }
            self.socket(.dialRefused, session, code: code, reason: reason, count: number)
            self.pass(200)
        }
        self.life(.wakeFailed, session)
        self.pass(2_000)
        self.socket(.closeSent, session, code: 1014)
        self.socket(.closed, session, code: 1014)
    }

    mutating func refuseOnceThenWake(_ session: SessionID) {
        self.sleep(session)
        let waking = self.message(session, .toObject, "note")
        self.see(waking, .edgeRx, sequence: self.count(session, "client"))
        self.dial(session)
        self.socket(.dialRefused, session, reason: "connection refused", count: 1)
        self.socket(.dial, session, count: 1)
        self.life(.woken, session)
        self.phases[session] = .woken
        self.hand(waking, .answered)
    }

    /// Wakes its backend, which is silent, and leaves at once.
    mutating func sleepAndLeave(_ session: SessionID) {
        self.sleep(session)
        let waking = self.message(session, .toObject, "note")
        self.see(waking, .edgeRx, sequence: self.count(session, "client"))
        self.dial(session)
        self.life(.woken, session)
        self.phases[session] = .woken
        self.see(waking, .edgeTx, sequence: self.count(session, "backend"))
        self.socket(.closed, session, code: 1001)
    }

    mutating func close(_ session: SessionID) {
        self.pass(2_000)
        self.socket(.closed, session, code: 1000)
    }

    /// A message of the backend that answers nothing.
    mutating func push(_ session: SessionID, _ type: String, marks: FrameMarks = FrameMarks()) {
        var message = self.message(session, .toClient, type)
        message.handler = .unknown
        self.see(message, .edgeRx, sequence: self.count(session, "backend-rx"), marks: marks)
        guard !marks.isSwallowed else { return }
        self.see(message, .edgeTx, sequence: self.count(session, "client-tx"), marks: marks)
    }

    mutating func pass(_ milliseconds: UInt64) { self.now += milliseconds * 1_000_000 }

    /// The files, the clean end included.
    mutating func files() -> [(name: String, bytes: [UInt8])] {
        self.pass(5_000)
        var events: [Recorded] = []
        self.edge.drain(into: &events)
        var encoder = TraceEncoder(role: "edge", payload: .hash)
        var bytes = encoder.header(
            TraceHeader(
                run: "r1",
                role: "edge",
                tool: "0",
                pid: 1,
                seed: 42,
                wall0: 1_700_000_000_000_000_000,
                points: [.edgeRx, .edgeTx],
                backend: "ws://127.0.0.1:9000"
            )
        )
        for event in events { encoder.encode(event, into: &bytes) }
        bytes += encoder.end(at: Tick(nanoseconds: self.now))
        return [("edge-1-1.jsonl", bytes)]
    }

    private static let answers = ["note": "noted", "ping": "pong"]

    private mutating func hand(_ message: Message, _ fate: Fate, isFate waking: Fate? = nil) {
        let session = message.id.session
        let isDropped = (waking ?? fate) == .dropped
        self.see(
            message,
            .edgeTx,
            sequence: isDropped ? nil : self.count(session, "backend")
        )
        if isDropped { self.decided(message) }
        if fate == .answered { self.push(session, Self.answers[message.type ?? ""] ?? "answer") }
        self.pass(fate == .silent && waking == nil ? 500 : 10)
    }

    private mutating func sleep(_ session: SessionID) {
        self.pass(1_000)
        self.life(.hibernateBegin, session)
        self.phases[session] = .hibernated
        self.life(.hibernated, session)
        self.pass(1_000)
    }

    private mutating func dial(_ session: SessionID) {
        self.dials[session, default: 0] += 1
        self.life(.wakeStart, session)
        self.socket(.dial, session, count: Int(self.dials[session] ?? 0))
    }

    private mutating func greet(_ session: SessionID, swallows: Bool) {
        self.push(session, "hello", marks: FrameMarks(isGreeting: true, isSwallowed: swallows))
    }

    private mutating func message(
        _ session: SessionID,
        _ direction: Direction,
        _ type: String
    ) -> Message {
        let dial = self.dials[session] ?? 0
        let epoch = direction == .toClient ? dial : 0
        let key = "\(session) \(direction) \(epoch)"
        let ordinal = self.ordinals[key, default: 0]
        self.ordinals[key] = ordinal + 1
        return Message(
            id: MessageID(session: session, direction: direction, epoch: epoch, ordinal: ordinal),
            kind: .text,
            payload: ByteBuffer(string: "{\"type\":\"\(type)\",\"n\":\(ordinal)}"),
            phase: self.phases[session] ?? .active,
            wake: dial,
            type: type
        )
    }

    private mutating func see(
        _ message: Message,
        _ point: Point,
        sequence: UInt64?,
        marks: FrameMarks = FrameMarks()
    ) {
        let seen = TraceEvent.FrameSeen(
            message: message,
            point: point,
            object: self.objects[message.id.session] ?? "/",
            sequence: sequence,
            hash: XXH64.payloadHash(message.payload),
            marks: marks
        )
        self.record(.frame(seen))
    }

    private mutating func decided(_ message: Message) {
        let decision = Decision(
            rule: "the-rule",
            source: "faults/test.yaml:9",
            profile: "test",
            version: 1,
            fired: true,
            nth: 1,
            draw: nil,
            action: "drop"
        )
        self.record(
            .fault(.init(id: message.id, point: .edgeTx, object: "/", decision: decision))
        )
    }

    private mutating func life(_ what: TraceEvent.LifeStep.What, _ session: SessionID) {
        self.record(
            .life(
                .init(
                    what,
                    object: self.objects[session] ?? "/",
                    wake: self.dials[session] ?? 0,
                    session: session
                )
            )
        )
    }

    private mutating func socket(
        _ what: TraceEvent.SocketStep.What,
        _ session: SessionID,
        code: UInt16? = nil,
        reason: String? = nil,
        count: Int? = nil
    ) {
        self.record(
            .socket(
                .init(
                    what,
                    session: session,
                    object: self.objects[session] ?? "/",
                    wake: self.dials[session] ?? 0,
                    code: code,
                    reason: reason,
                    count: count
                )
            )
        )
    }

    private mutating func record(_ event: TraceEvent) {
        self.pass(1)
        self.edge.record(event, at: Tick(nanoseconds: self.now))
    }

    private mutating func count(_ session: SessionID, _ lane: String) -> UInt64 {
        let key = "\(session) \(lane) \(lane.hasPrefix("backend") ? self.dials[session] ?? 0 : 0)"
        defer { self.sequences[key, default: 0] += 1 }
        return self.sequences[key, default: 0]
    }
}
