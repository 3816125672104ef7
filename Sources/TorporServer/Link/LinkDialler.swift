internal import NIOCore
internal import NIOPosix

/// Gives a link client one wire after the other, for ever.
///
/// Shape: 50 ms after a loss, doubling to 1 s while the link does not come up.
final class LinkDialler {
    /// Where the object server is.
    enum Target {
        case network(ListenAddress, TLSContext?)
        case memory(ObjectDriver)
    }

    static let firstDelay = TimeAmount.milliseconds(50)
    static let lastDelay = TimeAmount.seconds(1)

    private let target: Target
    private let loop: any EventLoop
    private var delay = LinkDialler.firstDelay
    private var waiting: Scheduled<Void>?
    private var isStopped = false

    init(target: Target, loop: any EventLoop) {
        self.target = target
        self.loop = loop
    }

    /// Tries once; a failure tries again later.
    func dial(_ end: LinkClient) {
        guard !self.isStopped else { return }
        switch self.target {
        case .memory(let objects):
            guard !objects.isStopped else { return self.redial(end, wasUp: false) }
            MemoryWire.join(end, objects.makeConnection(), on: self.loop)
        case .network(let address, let tls):
            let bound = NIOLoopBound(end, eventLoop: self.loop)
            ClientBootstrap(group: self.loop)
                .connectTimeout(.seconds(2))
                .channelOption(.tcpOption(.tcp_nodelay), value: 1)
                .channelOption(.writeBufferWaterMark, value: LinkSocket.waterMark)
                .channelOption(.socketOption(.so_sndbuf), value: LinkSocket.bufferBytes)
                .channelOption(.socketOption(.so_rcvbuf), value: LinkSocket.bufferBytes)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try tls?.add(to: channel, serverName: address.host)
                        try channel.pipeline.syncOperations.addHandler(
                            LinkChannelHandler(end: bound.value)
                        )
                    }
                }
                .connect(host: address.host, port: address.port)
                .hop(to: self.loop)
                .assumeIsolated()
                .whenFailure { _ in self.redial(end, wasUp: false) }
        }
    }

    /// Dials again after the delay that the last tries have earned.
    func redial(_ end: LinkClient, wasUp: Bool) {
        guard !self.isStopped, self.waiting == nil else { return }
        if wasUp { self.delay = Self.firstDelay }
        let delay = self.delay
        self.delay = min(Self.lastDelay, delay + delay)
        self.waiting = self.loop.assumeIsolated().scheduleTask(in: delay) {
            self.waiting = nil
            self.dial(end)
        }
    }

    func stop() {
        self.isStopped = true
        self.waiting?.cancel()
    }
}

@available(*, unavailable)
extension LinkDialler: Sendable {}

/// Socket options of both ends of a link.
///
/// What stands in a socket is in order for good: a flood in one stream would delay all others by as
/// much. So sockets hold little, and the rest waits in the session, where streams take turns.
enum LinkSocket {
    static let bufferBytes: ChannelOptions.Types.SocketOption.Value = 64 << 10
    static let waterMark = ChannelOptions.Types.WriteBufferWaterMark(low: 32 << 10, high: 64 << 10)
}
