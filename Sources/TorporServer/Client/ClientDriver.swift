internal import ClientCore
internal import FramePath
internal import FrameTrace
internal import NIOCore
internal import NIOPosix
internal import WebSocketWire

/// Drives one `Client` over one socket on one event loop.
final class ClientDriver {
    private let loop: any EventLoop
    private let clock: RunClock
    private let url: WebSocketURL
    /// Set when the address is `wss://`.
    private let tls: TLSContext?
    private let writer: TraceWriter?
    /// Told every action but writes and the socket's end.
    private let onAction: (ClientAction) -> Void
    private var client: Client
    private var socket: ClientSocket?
    private var timer: LoopTimer?
    private var isDraining = false
    private var recorded: [Recorded] = []

    init(
        client: consuming Client,
        url: WebSocketURL,
        tls: TLSContext?,
        loop: any EventLoop,
        clock: RunClock,
        writer: TraceWriter?,
        onAction: @escaping (ClientAction) -> Void
    ) {
        self.client = client
        self.url = url
        self.tls = tls
        self.loop = loop
        self.clock = clock
        self.writer = writer
        self.onAction = onAction
        self.timer = LoopTimer(loop: loop, clock: clock) { [weak self] in self?.receive(.timer) }
    }

    /// Whether messages go out at once, so that `lastSentSequence` is that of the last send.
    var isOpen: Bool { self.client.isOpen }

    /// The number of the last frame sent.
    var lastSentSequence: UInt64? { self.client.lastSentSequence }

    /// Connects; what comes of it is told by actions.
    func dial() {
        let bound = NIOLoopBound(self, eventLoop: self.loop)
        let (tls, host) = (self.tls, self.url.host)
        ClientBootstrap(group: self.loop)
            .connectTimeout(.seconds(10))
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.maxMessagesPerRead, value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try tls?.add(to: channel, serverName: host)
                    try channel.pipeline.syncOperations.addHandler(
                        ClientSocket(driver: bound.value)
                    )
                }
            }
            .connect(host: self.url.host, port: self.url.port)
            .hop(to: self.loop)
            .assumeIsolated()
            .whenFailure { self.failed($0) }
    }

    /// The connection could not be had, or broke in a way that has words of its own.
    func failed(_ error: any Error) { self.receive(.failed(Self.words(error, self.url))) }

    /// Why a connection could not be had, without the words of the networking library.
    private static func words(_ error: any Error, _ url: WebSocketURL) -> String {
        if let failure = error as? TLSFailure, failure.kind == .cutOff {
            return failure.description
        }
        return "cannot connect to \(url.host):\(url.port): \(SystemWords.of(error))"
    }

    /// Hands an event to the client and acts on what it wants.
    func receive(_ event: ClientEvent) {
        self.client.receive(event, at: self.clock.now)
        self.drain()
    }

    /// Ends the connection at once.
    func abandon() {
        self.timer?.cancel()
        self.socket?.close()
    }

    func connected(_ socket: ClientSocket) {
        self.socket = socket
        self.receive(.connected)
    }

    func disconnected() {
        self.socket = nil
        self.receive(.closed)
    }

    private func drain() {
        guard !self.isDraining else { return }
        self.isDraining = true
        while let action = self.client.nextAction() {
            switch action {
            case .write(let bytes): self.socket?.write(bytes)
            case .closeSocket: self.socket?.close()
            case .opened, .message, .pong, .ended, .refused: self.onAction(action)
            }
        }
        self.isDraining = false
        self.socket?.flush()
        if let writer = self.writer {
            self.client.drainTrace(into: &self.recorded)
            writer.append(self.recorded)
            self.recorded.removeAll(keepingCapacity: true)
        }
        self.timer?.arm(for: self.client.nextDeadline)
    }
}

@available(*, unavailable)
extension ClientDriver: Sendable {}

/// The socket of one client: bytes become events, writes become bytes.
final class ClientSocket: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let driver: ClientDriver
    private var context: ChannelHandlerContext?
    private var hasWritten = false

    init(driver: ClientDriver) { self.driver = driver }

    func write(_ bytes: ByteBuffer) {
        self.context?.write(self.wrapOutboundOut(bytes), promise: nil)
        self.hasWritten = true
    }

    func flush() {
        guard self.hasWritten else { return }
        self.hasWritten = false
        self.context?.flush()
    }

    /// Closes after what was written.
    func close() {
        guard let context = self.context else { return }
        self.hasWritten = false
        let last = context.eventLoop.makePromise(of: Void.self)
        last.futureResult.assumeIsolated().whenComplete { _ in self.context?.close(promise: nil) }
        context.writeAndFlush(self.wrapOutboundOut(ByteBuffer()), promise: last)
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelActive(context: ChannelHandlerContext) { self.driver.connected(self) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.driver.receive(.bytes(self.unwrapInboundIn(data)))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if error is TLSFailure { self.driver.failed(error) }
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.context = nil
        self.driver.disconnected()
    }
}

@available(*, unavailable)
extension ClientSocket: Sendable {}
