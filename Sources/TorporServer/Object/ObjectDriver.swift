internal import FrameTrace
internal import NIOCore
internal import ObjectCore
internal import ObjectLink
internal import WebSocketWire

/// Drives one `ObjectHost` on one event loop, over the links of any number of edges.
final class ObjectDriver {
    /// The whole of a shutdown.
    static let shutdownTime = TimeAmount.seconds(3)

    let loop: any EventLoop
    let clock: RunClock
    let token: String?
    private(set) var isStopped = false
    private var onFinished: (() -> Void)?
    private var host: ObjectHost
    private let writer: TraceWriter?
    private var connections: [UInt64: LinkServer] = [:]
    private var connectionNumber: UInt64 = 0
    private var requests: [UInt64: (connection: UInt64, stream: Int32)] = [:]
    private var requestNumber: UInt64 = 0
    private var touched: [LinkServer] = []
    private var recorded: [Recorded] = []
    private var onRecorded: (([Recorded]) -> Void)?
    private var isDraining = false
    private var timer: LoopTimer?

    init(
        host: consuming ObjectHost,
        loop: any EventLoop,
        clock: RunClock,
        token: String?,
        writer: TraceWriter?
    ) {
        self.host = host
        self.loop = loop
        self.clock = clock
        self.token = token
        self.writer = writer
        self.timer = LoopTimer(loop: loop, clock: clock) { [weak self] in
            self?.receive(.timer)
            self?.drain()
        }
    }

    /// The end of a link that a new connection of an edge is joined to.
    func makeConnection() -> LinkServer {
        self.connectionNumber += 1
        return LinkServer(number: self.connectionNumber, driver: self)
    }

    // MARK: events

    func connected(_ connection: LinkServer) { self.connections[connection.number] = connection }

    /// A connection is gone; `wasEdge` when its control stream had been accepted.
    func gone(_ connection: LinkServer, wasEdge: Bool) {
        self.connections[connection.number] = nil
        for (id, place) in self.requests where place.connection == connection.number {
            self.requests[id] = nil
        }
        if wasEdge { self.receive(.edgeLost(edge: connection.number)) }
        self.drain()
    }

    /// Hands an event to the host; `drain` acts on it.
    func receive(_ event: HostEvent) { self.host.receive(event, at: self.clock.now) }

    /// Hands a whole plain request to the host.
    func request(
        from connection: LinkServer,
        stream: Int32,
        head: HTTP2Head,
        body: ByteBuffer
    ) {
        self.requestNumber += 1
        self.requests[self.requestNumber] = (connection.number, stream)
        var headers = head.fields.map { HTTPHeader(name: $0.name, value: $0.value) }
        if !head.authority.isEmpty {
            headers.append(HTTPHeader(name: "host", value: head.authority))
        }
        self.receive(
            .request(
                id: self.requestNumber,
                method: head.method,
                target: head.path,
                headers: headers,
                body: body
            )
        )
    }

    /// Runs every action the host has, then flushes each touched connection once.
    func drain() {
        guard !self.isDraining else { return }
        self.isDraining = true
        while true {
            while let action = self.host.nextAction() { self.run(action) }
            let connections = self.touched
            self.touched.removeAll(keepingCapacity: true)
            for connection in connections { connection.flush() }
            // What the flush told the host may want more.
            guard let action = self.host.nextAction() else { break }
            self.run(action)
        }
        self.isDraining = false
        self.handOverTrace()
        self.timer?.arm(for: self.host.nextDeadline)
    }

    /// Asks the host to end and succeeds `done` when it has, or has had its time.
    func shutDown(_ done: EventLoopPromise<Void>) {
        guard !self.isStopped else { return done.succeed() }
        let finish = {
            self.isStopped = true
            self.onFinished = nil
            self.timer?.cancel()
            for connection in Array(self.connections.values) { connection.stop() }
            self.handOverTrace()
            done.succeed()
        }
        self.onFinished = finish
        let loop = self.loop.assumeIsolated()
        loop.scheduleTask(in: Self.shutdownTime, finish)
        self.receive(.shutdown)
        self.drain()
    }

    // MARK: actions

    private func run(_ action: HostAction) {
        switch action {
        case .control(let edge, let message):
            self.touch(edge)?.control(message)
        case .send(let stream, let message):
            self.touch(stream.edge)?.send(Int32(clamping: stream.number), message)
        case .endStream(let stream):
            self.touch(stream.edge)?.end(Int32(clamping: stream.number))
        case .resetStream(let stream):
            self.touch(stream.edge)?.reset(Int32(clamping: stream.number))
        case .respond(let id, let status, let headers, let body):
            guard let place = self.requests.removeValue(forKey: id) else { return }
            self.touch(place.connection)?.respond(
                place.stream,
                status: status,
                headers: headers,
                body: body
            )
        case .finished:
            // Later, so that what the host said last is flushed first.
            guard let onFinished = self.onFinished else { return }
            self.loop.assumeIsolated().execute(onFinished)
        }
    }

    private func touch(_ number: UInt64) -> LinkServer? {
        guard let connection = self.connections[number] else { return nil }
        if !connection.isTouched {
            connection.isTouched = true
            self.touched.append(connection)
        }
        return connection
    }

    // MARK: operators

    /// What became of messages at this process' points.
    var counts: PointCounts { self.host.counts }

    /// Hands everything recorded to `onRecorded` too, and records it while `isOn`.
    func observe(_ isOn: Bool, onRecorded: @escaping ([Recorded]) -> Void) {
        self.host.observe(isOn)
        self.onRecorded = isOn ? onRecorded : nil
    }

    private func handOverTrace() {
        guard self.writer != nil || self.onRecorded != nil else { return }
        self.host.drainTrace(into: &self.recorded)
        self.writer?.append(self.recorded)
        self.onRecorded?(self.recorded)
        self.recorded.removeAll(keepingCapacity: self.recorded.count < 1_024)
    }
}

@available(*, unavailable)
extension ObjectDriver: Sendable {}
