internal import EdgeCore
internal import FramePath
internal import FrameTrace
internal import NIOCore
internal import NIOPosix

/// Drives one `Relay` on one event loop: events in, actions out, one flush of each touched leg a drain.
final class RelayDriver {
    /// After the last goodbye, how long the sockets may take to send it.
    private static let lastBytesTime = TimeAmount.milliseconds(700)
    /// The whole of a shutdown.
    private static let shutdownTime = TimeAmount.milliseconds(4_500)
    private static let connectTime = TimeAmount.seconds(5)

    let loop: any EventLoop
    let clock: RunClock
    /// Whether the relay records, and so wants to know what really left.
    let reportsWrites: Bool
    private let routes: [BackendRoute]
    /// For those backends that have it.
    private let tls: TLSContext?
    /// Told when a backend cannot be dialled, with the reason, and when it can again, with none.
    var onReach: ((BackendURL, String?) -> Void)?
    /// Routes whose last dial failed.
    private var failing: Set<Int> = []
    private var relay: Relay
    private let writer: TraceWriter?
    /// By place of the conversation.
    private var clients: [RelayLegHandler?] = []
    private var backends: [RelayLegHandler?] = []
    private var live = 0
    private var touched: [RelayLegHandler] = []
    private var recorded: [Recorded] = []
    private var isDraining = false
    private var isStopping = false
    private var timer: LoopTimer?
    private var commands: [ControlID: (ControlResult) -> Void] = [:]
    private var commandNumber: UInt64 = 0
    private var onRecorded: (([Recorded]) -> Void)?
    private var onFinished: (() -> Void)?
    private var onEmpty: (() -> Void)?

    init(
        relay: consuming Relay,
        routes: [BackendRoute],
        tls: TLSContext?,
        loop: any EventLoop,
        clock: RunClock,
        writer: TraceWriter?
    ) {
        self.relay = relay
        self.routes = routes
        self.tls = tls
        self.loop = loop
        self.clock = clock
        self.writer = writer
        self.reportsWrites = writer != nil
        self.timer = LoopTimer(loop: loop, clock: clock) { [weak self] in
            self?.receive(.timer)
            self?.drain()
        }
    }

    // MARK: events

    /// Hands an event to the relay; `drain` acts on it.
    func receive(_ event: RelayEvent) { self.relay.receive(event, at: self.clock.now) }

    func connected(_ handler: RelayLegHandler, peer: String?) -> RelayLeg? {
        guard let leg = self.relay.connect(peer: peer, at: self.clock.now) else { return nil }
        while self.clients.count <= leg.slot {
            self.clients.append(nil)
            self.backends.append(nil)
        }
        self.clients[leg.slot] = handler
        self.live += 1
        self.timer?.arm(for: self.relay.nextDeadline)
        return leg
    }

    /// A connection ended before it was a client's.
    func clientRefused(reason: String) {
        self.receive(.clientRefused(reason: reason))
        self.drain()
    }

    func dialled(_ leg: RelayLeg, _ handler: RelayLegHandler) {
        self.live += 1
        // The dial may have been given up in between.
        guard let waiting = self.backends[leg.slot], waiting.leg == leg, !waiting.isLive else {
            return handler.close()
        }
        self.backends[leg.slot] = handler
        if let route = handler.route, self.failing.remove(route) != nil {
            self.onReach?(self.routes[route].backend, nil)
        }
        self.receive(.dialled(leg))
        self.drain()
    }

    func gone(_ leg: RelayLeg, _ handler: RelayLegHandler) {
        self.live -= 1
        switch leg.side {
        case .client where self.clients[leg.slot] === handler:
            self.clients[leg.slot] = nil
            self.receive(.closed(leg))
        case .backend where self.backends[leg.slot] === handler:
            self.backends[leg.slot] = nil
            self.receive(.closed(leg))
        // One that the relay gave up, or the slower of two addresses.
        case .client, .backend: break
        }
        self.drain()
        if self.live == 0 { self.onEmpty?() }
    }

    /// Runs every action the relay has, then flushes each touched leg once.
    ///
    /// Entered again from a write, it does nothing: the outer loop goes on.
    func drain() {
        guard !self.isDraining else { return }
        self.isDraining = true
        repeat {
            while let action = self.relay.nextAction() { self.run(action) }
            // What the flush told the relay may want more.
        } while self.flush()
        self.isDraining = false
        self.handOverTrace()
        self.timer?.arm(for: self.relay.nextDeadline)
    }

    private func flush() -> Bool {
        guard !self.touched.isEmpty else { return false }
        let legs = self.touched
        self.touched.removeAll(keepingCapacity: true)
        for leg in legs { leg.flush() }
        return true
    }

    // MARK: actions

    private func run(_ action: RelayAction) {
        switch action {
        case .dial(let leg, let route): self.dial(leg, route)
        case .write(let leg, let bytes):
            guard let handler = self.handler(leg) else { return }
            handler.write(bytes)
            guard !handler.isTouched else { return }
            handler.isTouched = true
            self.touched.append(handler)
        case .endOutput(let leg): self.handler(leg)?.endOutput()
        case .close(let leg):
            guard let handler = self.handler(leg) else { return }
            // The relay knows a backend leg no more once it closed it: its place is free.
            if leg.side == .backend { self.backends[leg.slot] = nil }
            handler.close()
        case .reset(let leg):
            guard let handler = self.handler(leg) else { return }
            if leg.side == .backend { self.backends[leg.slot] = nil }
            handler.reset()
        case .pauseReads(let leg): self.handler(leg)?.pause(true)
        case .resumeReads(let leg): self.handler(leg)?.pause(false)
        case .answer(let id, let result): self.commands.removeValue(forKey: id)?(result)
        case .finished:
            let onFinished = self.onFinished
            self.onFinished = nil
            onFinished?()
        }
    }

    private func handler(_ leg: RelayLeg) -> RelayLegHandler? {
        guard leg.slot < self.clients.count else { return nil }
        let handler =
            switch leg.side {
            case .client: self.clients[leg.slot]
            case .backend: self.backends[leg.slot]
            }
        guard let handler, handler.leg == nil || handler.leg == leg else { return nil }
        return handler
    }

    private func dial(_ leg: RelayLeg, _ route: Int) {
        let backend = self.routes[route].backend
        let handler = RelayLegHandler(leg: leg, route: route, driver: self)
        self.backends[leg.slot] = handler
        let bound = NIOLoopBound(self, eventLoop: self.loop)
        let tls = backend.isSecure ? self.tls : nil
        ClientBootstrap(group: self.loop)
            .connectTimeout(Self.connectTime)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelOption(.maxMessagesPerRead, value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    // A name with several addresses makes several channels: the first that stands
                    // takes the place of the one that waits.
                    try channel.pipeline.syncOperations.addHandler(
                        RelayLegHandler(leg: leg, route: route, driver: bound.value)
                    )
                    try tls?.add(to: channel, serverName: backend.host)
                }
            }
            .connect(host: backend.host, port: backend.port)
            .hop(to: self.loop)
            .assumeIsolated()
            .whenFailure { error in
                self.dialFailed(leg, handler, reason: SystemWords.of(error))
            }
    }

    func dialFailed(_ leg: RelayLeg, _ handler: RelayLegHandler, reason: String) {
        guard let waiting = self.backends[leg.slot], waiting.leg == leg,
            !waiting.isLive || waiting === handler
        else { return }
        self.backends[leg.slot] = nil
        if let route = handler.route, self.failing.insert(route).inserted {
            self.onReach?(self.routes[route].backend, reason)
        }
        self.receive(.dialFailed(leg, reason: reason))
        self.drain()
    }

    // MARK: the end

    /// Asks the relay to end and succeeds `done` when every connection is gone, or has had its time.
    func shutDown(_ done: EventLoopPromise<Void>) {
        guard !self.isStopping else { return done.succeed() }
        self.isStopping = true
        let loop = self.loop.assumeIsolated()
        let finish = {
            self.abandon()
            // Later, so that what the last sockets tell is still in the trace.
            loop.execute {
                self.handOverTrace()
                done.succeed()
            }
        }
        self.onFinished = {
            guard self.live > 0 else { return finish() }
            self.onEmpty = finish
            loop.scheduleTask(in: Self.lastBytesTime, finish)
        }
        loop.scheduleTask(in: Self.shutdownTime, finish)
        self.receive(.shutdown)
        self.drain()
    }

    private func abandon() {
        let commands = self.commands.sorted { $0.key.number < $1.key.number }
        self.commands.removeAll()
        for (_, then) in commands { then(.unavailable("the edge ends")) }
        self.onFinished = nil
        self.onEmpty = nil
        self.timer?.cancel()
        for handler in self.clients + self.backends { handler?.reset() }
        self.handOverTrace()
    }

    private func handOverTrace() {
        guard self.writer != nil || self.onRecorded != nil else { return }
        self.relay.drainTrace(into: &self.recorded)
        self.writer?.append(self.recorded)
        self.onRecorded?(self.recorded)
        self.recorded.removeAll(keepingCapacity: self.recorded.count < 1_024)
    }
}

extension RelayDriver: ControlledPlane {
    func command(_ command: ControlCommand, then: @escaping (ControlResult) -> Void) {
        guard !self.isStopping else { return then(.unavailable("the edge ends")) }
        self.commandNumber += 1
        let id = ControlID(number: self.commandNumber)
        self.commands[id] = then
        self.receive(.command(id, command))
        self.drain()
    }

    func summary() -> ControlSummary { self.relay.summary() }

    func objects(after: Int, limit: Int) -> ControlPage<ObjectStatus> {
        self.relay.objects(after: after, limit: limit)
    }

    func sessions(after: Int, limit: Int) -> ControlPage<SessionStatus> {
        self.relay.sessions(after: after, limit: limit)
    }

    func observe(messages: Bool, onRecorded: @escaping ([Recorded]) -> Void) {
        self.relay.observe(steps: true, messages: messages)
        self.onRecorded = onRecorded
    }

    /// There is no link.
    func observeLink(_ onLink: @escaping (LinkState) -> Void) {}
}

@available(*, unavailable)
extension RelayDriver: Sendable {}
