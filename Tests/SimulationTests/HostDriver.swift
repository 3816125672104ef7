import Faults
import FramePath
import FrameTrace
import ObjectCore
import ObjectLink
import Testing

import struct NIOCore.ByteBuffer

/// Plays edge and clock to an object server alone, in virtual time.
final class HostDriver {
    var host: ObjectHost
    var now = Tick.zero
    var actions: [HostAction] = []
    var trace: [Recorded] = []
    private(set) var streams: UInt64 = 0

    init(
        _ configuration: ObjectConfiguration = ObjectConfiguration(),
        kinds: [any HibernatingObject.Type] = ObjectRegistry.all,
        rules: [Rule] = []
    ) {
        self.host = ObjectHost(configuration: configuration, entropy: 7, kinds: kinds) {
            _,
            seed,
            version in
            let profile = Profile(name: "test", file: "test.yaml", rules: rules)
            return .success(FaultEngine(profiles: [profile], seed: seed, version: version))
        }
        self.send(.edgeConnected(edge: 1))
        self.hello()
    }

    func hello() {
        self.send(
            .control(edge: 1, .hello(edge: 9, run: "r", seed: 1, profiles: [], version: 1))
        )
    }

    func send(_ event: HostEvent) {
        self.host.receive(event, at: self.now)
        self.collect()
    }

    /// Lets time pass, stopping at each deadline.
    func advance(_ span: Tick.Span) {
        let end = self.now + span
        var steps = 0
        while let deadline = self.host.nextDeadline, deadline <= end {
            self.now = max(self.now, deadline)
            self.send(.timer)
            steps += 1
            guard steps < 10_000 else {
                Issue.record("a deadline that never passes at \(self.now)")
                return
            }
        }
        self.now = end
    }

    /// Opens the object's stream and wakes it.
    @discardableResult
    func wake(
        _ reason: LinkMessage.WakeReason,
        highestWake: UInt32? = nil,
        packages: [LinkMessage.SessionPackage] = []
    ) -> HostStreamID {
        self.streams += 1
        let stream = HostStreamID(edge: 1, number: self.streams)
        self.send(.streamOpened(stream, object: "test-room"))
        let wake = LinkMessage.wake(
            reason: reason,
            highestWake: highestWake,
            packages: packages
        )
        self.send(.stream(stream, wake))
        return stream
    }

    var current: HostStreamID { HostStreamID(edge: 1, number: self.streams) }

    func session(_ number: UInt32) -> SessionID { SessionID(edge: 9, number: number) }

    func open(_ number: UInt32 = 1, url: String = "/websocket", credit: UInt32 = 262_144) {
        let request = LinkMessage.OpenRequest(
            session: self.session(number),
            url: url,
            headers: [],
            subprotocols: [],
            key: "k\(number)",
            attempt: 1,
            credit: credit
        )
        self.send(.stream(self.current, .open(request)))
    }

    func message(
        _ text: String,
        _ number: UInt32 = 1,
        ordinal: UInt32 = 0,
        kind: MessageKind = .text
    ) {
        let message = Message(
            id: MessageID(session: self.session(number), direction: .toObject, ordinal: ordinal),
            kind: kind,
            payload: ByteBuffer(string: text),
            phase: .active,
            wake: 0
        )
        self.send(.stream(self.current, .message(message)))
    }

    func ready() { self.send(.stream(self.current, .hibernateReady)) }

    /// Sleeps to the end and gives the packages.
    func sleep(after span: Tick.Span = .seconds(10)) -> [LinkMessage.SessionPackage] {
        self.advance(span)
        self.ready()
        for action in self.actions.reversed() {
            if case .send(_, .hibernate(_, let packages, _, _)) = action { return packages }
        }
        Issue.record("the object did not sleep")
        return []
    }

    /// What was sent to clients since the last look, as text.
    func takeTexts() -> [String] {
        defer { self.actions = [] }
        return self.actions.compactMap { action in
            guard case .send(_, .send(let message)) = action else { return nil }
            return String(decoding: message.payload.readableBytesView, as: UTF8.self)
        }
    }

    var sent: [Message] {
        self.actions.compactMap { action in
            guard case .send(_, .send(let message)) = action else { return nil }
            return message
        }
    }

    var links: [LinkMessage] {
        self.actions.compactMap { action in
            guard case .send(_, let message) = action else { return nil }
            return message
        }
    }

    var controls: [LinkMessage] {
        self.actions.compactMap { action in
            guard case .control(_, let message) = action else { return nil }
            return message
        }
    }

    var steps: [TraceEvent.LifeStep] {
        self.trace.compactMap { recorded in
            guard case .life(let step) = recorded.event else { return nil }
            return step
        }
    }

    func count(_ what: TraceEvent.LifeStep.What) -> Int { self.steps.count { $0.what == what } }

    var logs: [String] {
        self.trace.compactMap { recorded in
            guard case .log(let line) = recorded.event else { return nil }
            return line.text
        }
    }

    /// Points that messages of a direction were seen at.
    func points(_ direction: Direction) -> [Point] {
        self.trace.compactMap { recorded in
            guard case .frame(let seen) = recorded.event, seen.message.id.direction == direction
            else { return nil }
            return seen.point
        }
    }

    private func collect() {
        while let action = self.host.nextAction() { self.actions.append(action) }
        self.host.drainTrace(into: &self.trace)
    }
}
