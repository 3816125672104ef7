internal import ClientCore
internal import FramePath
internal import FrameTrace
internal import NIOCore
internal import WebSocketWire

/// Drives one `Probe` and the clients it dials on one event loop.
final class ProbeDriver {
    private let configuration: ProbeRunner.Configuration
    private let tls: TLSContext?
    private let loop: any EventLoop
    private let writer: TraceWriter?
    private let progress: (String) -> Void
    private let onDone: (ProbeReport) -> Void
    private var probe: Probe
    private var clients: [ConnectionID: ClientDriver] = [:]
    private var timer: LoopTimer?
    private var isDraining = false
    private var recorded: [Recorded] = []

    init(
        _ configuration: ProbeRunner.Configuration,
        tls: TLSContext?,
        observesLife: Bool,
        loop: any EventLoop,
        writer: TraceWriter?,
        progress: @escaping (String) -> Void,
        onDone: @escaping (ProbeReport) -> Void
    ) {
        var script = configuration.probe
        script.isTracing = writer != nil
        script.wallZeroMilliseconds = configuration.clock.wallZeroMilliseconds
        if observesLife { script.observesHibernation = true }
        self.configuration = configuration
        self.tls = tls
        self.loop = loop
        self.writer = writer
        self.progress = progress
        self.onDone = onDone
        self.probe = Probe(configuration: script, entropy: UInt64.random(in: 0...UInt64.max))
        self.timer = LoopTimer(loop: loop, clock: configuration.clock) { [weak self] in
            self?.receive(.timer)
        }
    }

    func start() { self.receive(.start) }

    /// What the edge, of this process or of another, saw of an object's life.
    func observed(_ step: ObjectSleep) {
        switch step {
        case .hibernated(let object): self.receive(.observedHibernated(object: object))
        case .woken(let object, let wake): self.receive(.observedWake(object: object, wake: wake))
        }
    }

    /// Drops what is still connected and hands the last records over.
    func abandon() {
        self.timer?.cancel()
        for client in Array(self.clients.values) { client.abandon() }
        self.handOverTrace()
    }

    private func receive(_ event: ProbeEvent) {
        self.probe.receive(event, at: self.configuration.clock.now)
        self.drain()
    }

    private func drain() {
        guard !self.isDraining else { return }
        self.isDraining = true
        while let action = self.probe.nextAction() { self.run(action) }
        self.isDraining = false
        self.handOverTrace()
        self.timer?.arm(for: self.probe.nextDeadline)
    }

    private func run(_ action: ProbeAction) {
        switch action {
        case .dial(let id, let request): self.dial(id, request)
        case .send(let id, let kind, let payload): self.send(id, kind, payload)
        case .close(let id, let code, let reason):
            self.clients[id]?.receive(.close(code: code, reason: reason))
        case .progress(let text): self.progress(text)
        case .done(let report): self.onDone(report)
        }
    }

    private func send(_ id: ConnectionID, _ kind: MessageKind, _ payload: ByteBuffer) {
        guard let client = self.clients[id], client.isOpen else { return }
        client.receive(.send(kind: kind, payload: payload))
        guard let sequence = client.lastSentSequence else { return }
        self.receive(.sent(id, sequence: sequence))
    }

    private func dial(_ id: ConnectionID, _ request: ProbeDial) {
        var url = self.configuration.url
        url.target = request.target
        let client = Client(
            url: url,
            subprotocols: self.configuration.subprotocols + request.subprotocols,
            headers: self.configuration.headers.replacing(in: request.headers),
            entropy: request.entropy,
            object: request.object,
            isTracing: self.writer != nil
        )
        let driver = ClientDriver(
            client: client,
            url: url,
            tls: self.tls,
            loop: self.loop,
            clock: self.configuration.clock,
            writer: self.writer
        ) { [weak self] action in
            self?.tell(id, action)
        }
        self.clients[id] = driver
        driver.dial()
    }

    private func tell(_ id: ConnectionID, _ action: ClientAction) {
        switch action {
        case .opened(let session, _, let subprotocol):
            self.receive(.opened(id, session: session, subprotocol: subprotocol))
        case .message(let kind, let payload, _):
            self.receive(.message(id, kind: kind, payload: payload))
        case .pong(let payload): self.receive(.pong(id, payload: payload))
        case .ended(let code, let reason, let wasClean):
            self.clients[id] = nil
            self.receive(.ended(id, code: code, reason: reason, wasClean: wasClean))
        case .refused(let status, let reason):
            self.clients[id] = nil
            self.receive(.refused(id, status: status, reason: reason))
        case .write, .closeSocket: break
        }
    }

    private func handOverTrace() {
        guard let writer = self.writer else { return }
        self.probe.drainTrace(into: &self.recorded)
        writer.append(self.recorded)
        self.recorded.removeAll(keepingCapacity: true)
    }
}

@available(*, unavailable)
extension ProbeDriver: Sendable {}

extension [HTTPHeader] {
    /// These and those of `others` whose name is none of these.
    fileprivate func replacing(in others: [HTTPHeader]) -> [HTTPHeader] {
        let names = Set(self.map { $0.name.lowercased() })
        return others.filter { !names.contains($0.name.lowercased()) } + self
    }
}
