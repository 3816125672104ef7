import Faults
import FramePath
import FrameTrace
import NIOCore

@testable import TraceAnalysis

/// What a synthetic run does to its messages, at which point, to which of them.
struct SyntheticFault {
    enum Action {
        case drop
        case delay(milliseconds: UInt64)
        case duplicate
        /// Lets this message go after the next one of the lane.
        case swap
        /// This message and all later ones of the lane never leave.
        case jam
        case change
    }

    var point: Point
    var direction: Direction
    var action: Action
    var concerns: @Sendable (Message) -> Bool = { _ in true }
}

/// A run made by hand: sessions that sleep and wake twice, written by the real encoder.
///
/// Shape: three files, edge, object and client; every message walks its points a millisecond each.
struct SyntheticRun {
    static let source = "faults/test.yaml:9"

    var faults: [SyntheticFault] = []
    /// After a wake the object's handlers run and send nothing.
    var isForgetful = false
    var observesClient = true
    /// Files have their end rows.
    var endsCleanly = true

    private var edge = Recorder(isOn: true)
    private var object = Recorder(isOn: true)
    private var client = Recorder(isOn: true)
    private var now: UInt64 = 1_000_000
    private var sequences: [LegKey: UInt64] = [:]
    private var ordinals: [String: UInt32] = [:]
    private var jammed: Set<String> = []
    private var held: [String: (message: Message, next: Int)] = [:]

    init(_ faults: [SyntheticFault] = []) {
        self.faults = faults
    }

    /// Plays the script and gives the files.
    mutating func files(sessions: UInt32 = 3, rounds: Int = 4) -> [(name: String, bytes: [UInt8])] {
        for number in 1...sessions {
            let session = SessionID(edge: 0xABCD, number: number)
            self.socket(.connect, session, in: .client)
            self.socket(.upgrade, session, in: .edge)
            self.reply(session, "welcome", .fresh, wake: 0, cause: nil, handler: .fetch)
            for round in 0..<rounds {
                for type in ["message", "ping", "heartbeat"] {
                    self.exchange(session, type, phase: .active, wake: 0, dispatched: .active)
                    if round == 0 { self.protocolPing(session) }
                }
            }
            for wake in UInt32(1)...2 {
                for type in ["message", "ping", "heartbeat"] {
                    self.exchange(
                        session,
                        type,
                        phase: type == "message" ? .hibernated : .active,
                        wake: type == "message" ? wake - 1 : wake,
                        dispatched: type == "message" ? .woken : .active,
                        realWake: wake
                    )
                }
            }
            self.pass(2_000)
            self.socket(.closed, session, in: .edge)
        }
        return self.encoded()
    }

    private mutating func exchange(
        _ session: SessionID,
        _ type: String,
        phase: Phase,
        wake: UInt32,
        dispatched: Phase,
        realWake: UInt32? = nil
    ) {
        let ordinal = self.next(session, .toObject, epoch: 0)
        let message = Self.message(
            MessageID(session: session, direction: .toObject, ordinal: ordinal),
            type,
            phase,
            wake
        )
        for arrived in self.walk(message, from: 0) {
            self.handle(arrived, dispatched, wake: realWake ?? wake)
        }
    }

    private mutating func handle(_ message: Message, _ phase: Phase, wake: UInt32) {
        let session = message.id.session
        let isSilent = self.isForgetful && wake > 0
        var step = TraceEvent.LifeStep(
            .handlerStart,
            object: "room",
            wake: wake,
            handler: .webSocketMessage,
            session: session,
            cause: message.id.ordinal
        )
        self.object.record(.life(step), at: self.tick())
        let answers = ["message": "echo", "ping": "pong", "heartbeat": "heartbeat_ack"]
        if !isSilent, let type = answers[message.type ?? ""] {
            self.reply(
                session,
                type,
                phase,
                wake: wake,
                cause: message.id.ordinal,
                handler: .webSocketMessage
            )
        }
        step.what = .handlerEnd
        step.count = isSilent ? 0 : 1
        self.object.record(.life(step), at: self.tick())
    }

    private mutating func reply(
        _ session: SessionID,
        _ type: String,
        _ phase: Phase,
        wake: UInt32,
        cause: UInt32?,
        handler: Handler
    ) {
        let ordinal = self.next(session, .toClient, epoch: wake)
        let id = MessageID(
            session: session,
            direction: .toClient,
            epoch: wake,
            ordinal: ordinal
        )
        var message = Self.message(id, type, phase, wake)
        message.handler = handler
        message.cause = cause
        _ = self.walk(message, from: 0)
    }

    private mutating func protocolPing(_ session: SessionID) {
        let id = MessageID(
            session: session,
            direction: .toObject,
            ordinal: 0,
            isControl: true
        )
        let ping = Message(id: id, kind: .ping, payload: ByteBuffer(), phase: .active, wake: 0)
        self.observe(ping, .clientTx, sequence: self.count(session, .toObject))
        self.observe(ping, .edgeRx, sequence: self.sequence(session, .toObject))
    }

    /// Walks a message on from a point and gives what arrived at the end, itself or copies.
    private mutating func walk(_ message: Message, from start: Int) -> [Message] {
        var message = message
        let direction = message.id.direction
        let path = Point.path(direction)
        for index in start..<path.count {
            let point = path[index]
            if !self.observesClient, !point.takesRules {
                if point == .clientTx { _ = self.count(message.id.session, .toObject) }
                continue
            }
            let lane = "\(message.id.session) \(direction) \(point)"
            let fault = self.faults.first { fault in
                fault.point == point && fault.direction == direction && fault.concerns(message)
            }
            let isCopy = message.id.copy > 0
            if self.jammed.contains(lane) {
                self.observe(message, point, sequence: nil)
                return []
            }
            guard let fault, !isCopy else {
                self.arrive(message, point)
                if let late = self.held.removeValue(forKey: lane) {
                    // The next message went first: now the held one follows.
                    let rest = self.walk(message, from: index + 1)
                    return rest + self.letGo(late.message, from: index)
                }
                continue
            }
            switch fault.action {
            case .drop:
                self.observe(message, point, sequence: nil)
                self.decided(message, point, "drop")
                return []
            case .jam:
                self.observe(message, point, sequence: nil)
                self.decided(message, point, "jam")
                self.jammed.insert(lane)
                return []
            case .delay(let milliseconds):
                self.observe(message, point, sequence: nil)
                self.decided(message, point, "delay")
                self.pass(milliseconds)
                return self.letGo(message, from: index)
            case .swap:
                if let late = self.held.removeValue(forKey: lane) {
                    self.arrive(message, point)
                    let rest = self.walk(message, from: index + 1)
                    return rest + self.letGo(late.message, from: index)
                }
                self.observe(message, point, sequence: nil)
                self.decided(message, point, "reorder")
                self.held[lane] = (message, index + 1)
                return []
            case .duplicate:
                self.arrive(message, point)
                self.decided(message, point, "duplicate")
                var copy = message
                copy.id.copy = 1
                let first = self.walk(message, from: index + 1)
                return first + self.letGo(copy, from: index)
            case .change:
                self.arrive(message, point)
                self.decided(message, point, "corrupt")
                message.payload.writeString("!")
            }
        }
        return [message]
    }

    private mutating func letGo(_ message: Message, from index: Int) -> [Message] {
        let point = Point.path(message.id.direction)[index]
        if point == .edgeTx, message.id.direction == .toClient {
            var seen = TraceEvent.FrameSeen(
                message: message,
                point: point,
                object: "room",
                sequence: self.count(message.id.session, .toClient),
                hash: XXH64.payloadHash(message.payload)
            )
            seen.isRelease = true
            self.edge.record(.frame(seen), at: self.tick())
        }
        return self.walk(message, from: index + 1)
    }

    private mutating func arrive(_ message: Message, _ point: Point) {
        let session = message.id.session
        switch (point, message.id.direction) {
        case (.clientTx, _): self.observe(message, point, sequence: self.count(session, .toObject))
        case (.edgeRx, .toObject), (.clientRx, _):
            self.observe(message, point, sequence: self.sequence(session, message.id.direction))
        case (.edgeTx, .toClient):
            self.observe(message, point, sequence: self.count(session, .toClient))
        default: self.observe(message, point, sequence: nil)
        }
    }

    private mutating func observe(_ message: Message, _ point: Point, sequence: UInt64?) {
        var message = message
        if !point.takesRules {
            // A client cannot know ordinals: it counts for itself, and joins by frame number.
            message.id.ordinal = UInt32(sequence ?? 0)
            message.id.epoch = 0
            message.id.copy = 0
        }
        let seen = TraceEvent.FrameSeen(
            message: message,
            point: point,
            object: "room",
            sequence: sequence,
            hash: XXH64.payloadHash(message.payload)
        )
        self.record(.frame(seen), FileFacts.role(point))
    }

    private mutating func decided(_ message: Message, _ point: Point, _ action: String) {
        let decision = Decision(
            rule: "the-rule",
            source: Self.source,
            profile: "test",
            version: 1,
            fired: true,
            nth: 1,
            draw: nil,
            action: action
        )
        let decided = TraceEvent.FaultDecided(
            id: message.id,
            point: point,
            object: "room",
            decision: decision
        )
        self.record(.fault(decided), FileFacts.role(point))
    }

    private mutating func socket(
        _ what: TraceEvent.SocketStep.What,
        _ session: SessionID,
        in role: FileFacts.Role
    ) {
        if role == .client, !self.observesClient { return }
        self.record(.socket(.init(what, session: session, object: "room", code: 1000)), role)
    }

    private mutating func record(_ event: TraceEvent, _ role: FileFacts.Role) {
        let time = self.tick()
        switch role {
        case .client: self.client.record(event, at: time)
        case .edge: self.edge.record(event, at: time)
        case .object: self.object.record(event, at: time)
        }
    }

    private mutating func tick() -> Tick {
        self.pass(1)
        return Tick(nanoseconds: self.now)
    }

    private mutating func pass(_ milliseconds: UInt64) {
        self.now += milliseconds * 1_000_000
    }

    private mutating func count(_ session: SessionID, _ direction: Direction) -> UInt64 {
        let key = LegKey(session: session, direction: direction, sequence: 0)
        self.sequences[key, default: 0] += 1
        return self.sequences[key, default: 0]
    }

    private func sequence(_ session: SessionID, _ direction: Direction) -> UInt64 {
        self.sequences[LegKey(session: session, direction: direction, sequence: 0)] ?? 0
    }

    private mutating func next(
        _ session: SessionID,
        _ direction: Direction,
        epoch: UInt32
    ) -> UInt32 {
        let key = "\(session) \(direction) \(epoch)"
        defer { self.ordinals[key, default: 0] += 1 }
        return self.ordinals[key, default: 0]
    }

    private static func message(
        _ id: MessageID,
        _ type: String,
        _ phase: Phase,
        _ wake: UInt32
    ) -> Message {
        Message(
            id: id,
            kind: .text,
            payload: ByteBuffer(
                string: "{\"type\":\"\(type)\",\"n\":\(id.epoch * 1_000 + id.ordinal)}"
            ),
            phase: phase,
            wake: wake,
            type: type
        )
    }

    private mutating func encoded() -> [(name: String, bytes: [UInt8])] {
        var files: [(name: String, bytes: [UInt8])] = []
        var events: [Recorded] = []
        self.edge.drain(into: &events)
        files.append(("edge-1-1.jsonl", self.file("edge", [.edgeRx, .edgeTx], events)))
        events.removeAll()
        self.object.drain(into: &events)
        let points: [Point] = [.objectRx, .objectDispatch, .objectSend, .objectTx]
        files.append(("object-1-1.jsonl", self.file("object", points, events)))
        guard self.observesClient else { return files }
        events.removeAll()
        self.client.drain(into: &events)
        files.append(("client-1-1.jsonl", self.file("client", [.clientTx, .clientRx], events)))
        return files
    }

    private func file(_ role: String, _ points: [Point], _ events: [Recorded]) -> [UInt8] {
        var encoder = TraceEncoder(role: role, payload: .hash)
        var bytes = encoder.header(
            TraceHeader(
                run: "r1",
                role: role,
                tool: "0",
                pid: 1,
                seed: 42,
                wall0: 1_700_000_000_000_000_000,
                points: points,
                profiles: ["test"]
            )
        )
        for event in events { encoder.encode(event, into: &bytes) }
        if self.endsCleanly { bytes += encoder.end(at: Tick(nanoseconds: self.now)) }
        return bytes
    }
}
