internal import EdgeCore
internal import FramePath
internal import FrameTrace
internal import NIOCore
internal import ObjectLink

/// Drives one `Edge` on one event loop: events in, actions out, one flush and one timer a drain.
final class EdgeDriver {
    /// Bytes waiting for the link above which clients are not read, and below which they are again.
    static let congestionBytes = 16 << 20
    static let reliefBytes = 4 << 20

    /// After the last goodbye, how long the sockets may take to send it.
    static let lastBytesTime = TimeAmount.milliseconds(700)
    /// The whole of a shutdown.
    static let shutdownTime = TimeAmount.milliseconds(4_500)

    let loop: any EventLoop
    let clock: RunClock
    /// Set once by the server, right after both exist.
    var link: LinkClient?
    /// Told of sleeps and wakes, when the edge records at all.
    var onLife: ((ObjectSleep) -> Void)?
    private var onLink: [(LinkState) -> Void] = []
    private var onRecorded: (([Recorded]) -> Void)?
    private var commands: [ControlID: (ControlResult) -> Void] = [:]
    private var commandNumber: UInt64 = 0
    private var onFinished: (() -> Void)?
    private var onEmpty: (() -> Void)?
    private var isStopping = false
    private var edge: Edge
    private let writer: TraceWriter?
    private var legs: [LegID: LegHandler] = [:]
    private var legNumber: UInt64 = 0
    private var touched: [LegHandler] = []
    private var recorded: [Recorded] = []
    private var isDraining = false
    private var isCongested = false
    private var timer: LoopTimer?

    init(edge: consuming Edge, loop: any EventLoop, clock: RunClock, writer: TraceWriter?) {
        self.edge = edge
        self.loop = loop
        self.clock = clock
        self.writer = writer
        self.timer = LoopTimer(loop: loop, clock: clock) { [weak self] in
            self?.receive(.timer)
            self?.drain()
        }
    }

    // MARK: events

    /// Hands an event to the edge; `drain` acts on it.
    func receive(_ event: EdgeEvent) { self.edge.receive(event, at: self.clock.now) }

    /// A number for the next client connection.
    func nextLeg() -> LegID {
        self.legNumber += 1
        return LegID(number: self.legNumber)
    }

    /// A connection ended before it was a client's.
    func legRefused(reason: String) {
        self.receive(.clientRefused(reason: reason))
        self.drain()
    }

    func legConnected(_ leg: LegHandler, peer: String?) {
        self.legs[leg.id] = leg
        if self.isCongested { leg.pause(.byLink, true) }
        self.receive(.clientConnected(leg.id, peer: peer))
        self.drain()
    }

    func legGone(_ leg: LegHandler) {
        guard self.legs.removeValue(forKey: leg.id) != nil else { return }
        self.receive(.clientClosed(leg.id))
        self.drain()
        if self.legs.isEmpty { self.onEmpty?() }
    }

    /// Runs every action the edge has, then flushes each touched channel once.
    ///
    /// Entered again from a write, it does nothing: the outer loop goes on.
    func drain() {
        guard !self.isDraining else { return }
        self.isDraining = true
        while true {
            while let action = self.edge.nextAction() { self.run(action) }
            self.flush()
            // What the flush told the edge may want more.
            guard let action = self.edge.nextAction() else { break }
            self.run(action)
        }
        self.isDraining = false
        self.handOverTrace()
        self.timer?.arm(for: self.edge.nextDeadline)
    }

    /// Asks the edge to end and succeeds `done` when every connection is gone, or has had its time.
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
            guard !self.legs.isEmpty else { return finish() }
            self.onEmpty = finish
            loop.scheduleTask(in: Self.lastBytesTime, finish)
        }
        loop.scheduleTask(in: Self.shutdownTime, finish)
        self.receive(.shutdown)
        self.drain()
    }

    /// Ends every connection at once.
    private func abandon() {
        self.onFinished = nil
        self.onEmpty = nil
        self.timer?.cancel()
        for leg in Array(self.legs.values) { leg.reset() }
        self.link?.stop()
        self.link = nil
        let commands = self.commands.sorted { $0.key.number < $1.key.number }
        self.commands.removeAll()
        for (_, then) in commands { then(.unavailable("the edge ends")) }
        self.handOverTrace()
    }

    // MARK: actions

    private func run(_ action: EdgeAction) {
        switch action {
        case .write(let leg, let bytes):
            guard let leg = self.legs[leg] else { return }
            leg.write(bytes)
            self.touch(leg)
        case .close(let leg): self.legs[leg]?.close()
        case .reset(let leg): self.legs[leg]?.reset()
        case .pauseReads(let leg): self.legs[leg]?.pause(.byEdge, true)
        case .resumeReads(let leg): self.legs[leg]?.pause(.byEdge, false)
        case .control(let message): self.link?.control(message)
        case .openStream(let stream, let object): self.link?.open(stream, object: object)
        case .send(let stream, let message): self.link?.send(stream, message)
        case .endStream(let stream): self.link?.end(stream)
        case .resetStream(let stream): self.link?.reset(stream)
        case .request(let id, let method, let target, let headers, let body):
            self.link?.request(id, method: method, target: target, headers: headers, body: body)
        case .cancelRequest(let id): self.link?.cancel(id)
        case .answer(let id, let result): self.commands.removeValue(forKey: id)?(result)
        case .linkChanged(let link): for tell in self.onLink { tell(link) }
        case .finished:
            let onFinished = self.onFinished
            self.onFinished = nil
            onFinished?()
        }
    }

    private func touch(_ leg: LegHandler) {
        guard !leg.isTouched else { return }
        leg.isTouched = true
        self.touched.append(leg)
    }

    private func flush() {
        let legs = self.touched
        self.touched.removeAll(keepingCapacity: true)
        for leg in legs { leg.flush() }
        self.link?.flush()
        self.watchCongestion()
    }

    /// A link that takes nothing stops the clients, whose bytes would pile up here.
    func watchCongestion() {
        let queued = self.link?.queuedBytes ?? 0
        if !self.isCongested && queued > Self.congestionBytes {
            self.isCongested = true
        } else if self.isCongested && queued < Self.reliefBytes {
            self.isCongested = false
        } else {
            return
        }
        for leg in self.legs.values { leg.pause(.byLink, self.isCongested) }
    }

    private func handOverTrace() {
        guard self.writer != nil || self.onLife != nil || self.onRecorded != nil else { return }
        self.edge.drainTrace(into: &self.recorded)
        self.writer?.append(self.recorded)
        self.onRecorded?(self.recorded)
        if let onLife = self.onLife {
            for record in self.recorded {
                if let step = ObjectSleep(record.event) { onLife(step) }
            }
        }
        self.recorded.removeAll(keepingCapacity: self.recorded.count < 1_024)
    }
}

extension EdgeDriver: ControlledPlane {
    func command(_ command: ControlCommand, then: @escaping (ControlResult) -> Void) {
        guard !self.isStopping else { return then(.unavailable("the edge ends")) }
        self.commandNumber += 1
        let id = ControlID(number: self.commandNumber)
        self.commands[id] = then
        self.receive(.command(id, command))
        self.drain()
    }

    func summary() -> ControlSummary { self.edge.summary() }

    func objects(after: Int, limit: Int) -> ControlPage<ObjectStatus> {
        self.edge.objects(after: after, limit: limit)
    }

    func sessions(after: Int, limit: Int) -> ControlPage<SessionStatus> {
        self.edge.sessions(after: after, limit: limit)
    }

    func observe(messages: Bool, onRecorded: @escaping ([Recorded]) -> Void) {
        self.edge.observe(steps: true, messages: messages)
        self.onRecorded = onRecorded
    }

    func observeLink(_ onLink: @escaping (LinkState) -> Void) { self.onLink.append(onLink) }
}

@available(*, unavailable)
extension EdgeDriver: Sendable {}
