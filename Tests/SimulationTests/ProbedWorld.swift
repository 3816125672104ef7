import ClientCore
import FramePath
import FrameTrace
import Simulation
import WebSocketWire

/// Runs a `Probe` over the real edge and object cores of a `World`, in steps of a virtual millisecond.
final class ProbedWorld {
    private let world: World
    private var probe: Probe
    private var connections: [Connection] = []
    private var livesRead = 0
    private(set) var trace: [Recorded] = []

    /// What of a client's was already told to the probe.
    private struct Connection {
        let client: SimulatedClient
        var isOpen = false
        var messages = 0
        var pongs = 0
        var isOver = false
    }

    init(_ setting: Setting, sessions: Int = 1) throws {
        self.world = setting.world()
        let configuration = try ProbeConfiguration.pingPong(
            target: "world",
            tag: "w",
            sessions: sessions,
            hibernateAfter: setting.hibernateAfter,
            observesHibernation: true,
            isTracing: true
        )
        self.probe = Probe(configuration: configuration, entropy: setting.entropy)
    }

    /// The report, or nothing when two virtual minutes were not enough.
    func run() throws -> ProbeReport? {
        self.world.run(for: .milliseconds(50))
        self.probe.receive(.start, at: self.world.now)
        let end = self.world.now + .seconds(120)
        while self.world.now < end {
            while let action = self.probe.nextAction() {
                if case .done(let report) = action {
                    self.probe.drainTrace(into: &self.trace)
                    return report
                }
                try self.perform(action)
            }
            self.world.run(for: .milliseconds(1))
            self.tellLives()
            for place in self.connections.indices { self.tell(place) }
            if let deadline = self.probe.nextDeadline, deadline <= self.world.now {
                self.probe.receive(.timer, at: self.world.now)
            }
        }
        return nil
    }

    private func perform(_ action: ProbeAction) throws {
        switch action {
        case .dial(_, let request):
            let url = try WebSocketURL("ws://edge\(request.target)")
            self.connections.append(Connection(client: self.world.connect(url)))
        case .send(let id, let kind, let payload):
            self.world.send(kind, payload, from: self.client(id))
        case .close(let id, let code, let reason):
            self.world.close(self.client(id), code: code, reason: reason)
        case .progress, .done: return
        }
    }

    private func client(_ id: ConnectionID) -> SimulatedClient {
        self.connections[Int(id.number) - 1].client
    }

    private func tell(_ place: Int) {
        let id = ConnectionID(number: UInt64(place) + 1)
        let client = self.connections[place].client
        let now = self.world.now
        if client.session != nil, !self.connections[place].isOpen {
            self.connections[place].isOpen = true
            self.probe.receive(.opened(id, session: client.session), at: now)
        }
        for message in client.messages[self.connections[place].messages...] {
            let event = ProbeEvent.message(id, kind: message.kind, payload: message.payload)
            self.probe.receive(event, at: now)
        }
        self.connections[place].messages = client.messages.count
        for payload in client.pongs[self.connections[place].pongs...] {
            self.probe.receive(.pong(id, payload: payload), at: now)
        }
        self.connections[place].pongs = client.pongs.count
        guard !self.connections[place].isOver else { return }
        if let end = client.ended {
            self.connections[place].isOver = true
            let code = UInt16(clamping: end.code)
            let event = ProbeEvent.ended(
                id,
                code: code,
                reason: end.reason,
                wasClean: end.wasClean
            )
            self.probe.receive(event, at: now)
        } else if let refused = client.refused {
            self.connections[place].isOver = true
            let event = ProbeEvent.refused(id, status: refused.code, reason: refused.reason)
            self.probe.receive(event, at: now)
        }
    }

    private func tellLives() {
        let trace = self.world.edgeTrace
        for recorded in trace[self.livesRead...] {
            guard case .life(let step) = recorded.event else { continue }
            switch step.what {
            case .hibernated:
                self.probe.receive(.observedHibernated(object: step.object), at: self.world.now)
            case .wakeStart:
                let event = ProbeEvent.observedWake(object: step.object, wake: step.wake)
                self.probe.receive(event, at: self.world.now)
            default: break
            }
        }
        self.livesRead = trace.count
    }
}
