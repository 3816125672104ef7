internal import Faults
internal import FramePath
internal import FrameTrace
public import NIOCore
internal import NIOPosix
internal import ObjectCore

/// An object server on a real socket: HTTP/2 with prior knowledge or over TLS, any number of edges.
///
/// Shape: one event loop owns everything behind this handle; any number of them may run in a process.
public final class ObjectServer: Sendable {
    /// Where it really listens.
    public let address: ListenAddress
    /// The trace file, when there is one.
    public let tracePath: String?

    private let listener: (any Channel)?
    let driver: NIOLoopBound<ObjectDriver>
    private let writer: TraceWriter?

    private init(
        address: ListenAddress,
        listener: (any Channel)?,
        driver: NIOLoopBound<ObjectDriver>,
        writer: TraceWriter?
    ) {
        self.address = address
        self.listener = listener
        self.driver = driver
        self.writer = writer
        self.tracePath = writer?.path
    }

    /// Listens for edges.
    ///
    /// - Parameters:
    ///   - configuration: what the operator wants.
    ///   - group: gives the one loop it lives on.
    /// - Returns: the running object server.
    /// - Throws: an address that cannot be had, a trace that cannot be written.
    public static func start(
        _ configuration: ObjectServerConfiguration,
        group: any EventLoopGroup
    ) async throws -> ObjectServer {
        if configuration.linkToken == nil && !configuration.listen.isLoopback {
            throw ServerFailure(
                "others can reach \(configuration.listen): give --link-token or TORPOR_LINK_TOKEN"
            )
        }
        let loop = group.next()
        let (driver, writer) = try await Self.makeDriver(configuration, loop: loop)
        do {
            let listener = try await Self.listen(configuration, loop: loop, driver: driver)
            return ObjectServer(
                address: ListenAddress(
                    host: configuration.listen.host,
                    port: listener.localAddress?.port ?? configuration.listen.port
                ),
                listener: listener,
                driver: driver,
                writer: writer
            )
        } catch {
            await writer?.close()
            throw ServerFailure(
                "cannot listen on \(configuration.listen): \(SystemWords.of(error)); "
                    + "--listen HOST:PORT puts it elsewhere, port 0 lets the system choose"
            )
        }
    }

    /// An object server without a socket, for the edge of the same loop.
    static func embedded(
        _ configuration: ObjectServerConfiguration,
        loop: any EventLoop
    ) async throws -> ObjectServer {
        let (driver, writer) = try await Self.makeDriver(configuration, loop: loop)
        return ObjectServer(
            address: configuration.listen,
            listener: nil,
            driver: driver,
            writer: writer
        )
    }

    /// Lets the objects end, closes every link and completes the trace.
    public func stop() async {
        try? await self.listener?.close()
        let driver = self.driver
        let done = driver.eventLoop.makePromise(of: Void.self)
        driver.eventLoop.execute { driver.value.shutDown(done) }
        try? await done.futureResult.get()
        await self.writer?.close()
    }

    private static func makeDriver(
        _ configuration: ObjectServerConfiguration,
        loop: any EventLoop
    ) async throws -> (NIOLoopBound<ObjectDriver>, TraceWriter?) {
        let writer: TraceWriter? =
            if let trace = configuration.trace {
                try TraceWriter(
                    options: trace,
                    role: "object",
                    seed: 0,
                    clock: configuration.clock,
                    points: [.objectRx, .objectDispatch, .objectSend, .objectTx]
                )
            } else {
                nil
            }
        var core = configuration.objects
        core.isTracing = writer != nil
        core.tracedPayload = configuration.trace?.payload ?? .hash
        core.wallZeroMilliseconds = configuration.clock.wallZeroMilliseconds
        let driver = try await loop.submit { [core] in
            let host = ObjectHost(
                configuration: core,
                entropy: UInt64.random(in: 0...UInt64.max),
                readProfiles: { texts, seed, version in
                    Profiles.read(texts)
                        .map { FaultEngine(profiles: $0, seed: seed, version: version) }
                        .mapError { $0 }
                }
            )
            return NIOLoopBound(
                ObjectDriver(
                    host: host,
                    loop: loop,
                    clock: configuration.clock,
                    token: configuration.linkToken,
                    writer: writer
                ),
                eventLoop: loop
            )
        }.get()
        return (driver, writer)
    }

    private static func listen(
        _ configuration: ObjectServerConfiguration,
        loop: any EventLoop,
        driver: NIOLoopBound<ObjectDriver>
    ) async throws -> any Channel {
        let tls = configuration.listenTLS
        return try await ServerBootstrap(group: loop)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelOption(.backlog, value: 128)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.writeBufferWaterMark, value: LinkSocket.waterMark)
            .childChannelOption(.socketOption(.so_sndbuf), value: LinkSocket.bufferBytes)
            .childChannelOption(.socketOption(.so_rcvbuf), value: LinkSocket.bufferBytes)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try tls?.add(to: channel)
                    try channel.pipeline.syncOperations.addHandler(
                        LinkChannelHandler(end: driver.value.makeConnection())
                    )
                }
            }
            .bind(host: configuration.listen.host, port: configuration.listen.port)
            .get()
    }
}
