public import EdgeCore
internal import Faults
internal import Foundation
internal import FramePath
internal import FrameTrace
public import NIOCore
internal import NIOPosix
internal import ObjectLink

/// An edge on a real socket: holds the clients, dials the object server, writes its trace.
///
/// Shape: one event loop owns everything behind this handle; any number of them may run in a process.
public final class EdgeServer: Sendable {
    /// Where it really listens.
    public let address: ListenAddress
    /// The seed in force.
    public let seed: UInt64
    /// The names of the profiles in force.
    public let profiles: [String]
    /// The trace file, when there is one.
    public let tracePath: String?

    /// The handle by which operators reach it, on its event loop.
    public let control: ControlledEdge

    private let listener: any Channel
    private let parts: NIOLoopBound<Parts>
    private let writer: TraceWriter?

    /// What lives on the loop.
    private struct Parts {
        let core: Core
        /// With an object server.
        let dialler: LinkDialler?

        var edge: EdgeDriver? {
            switch core {
            case .objects(let driver): driver
            case .backends: nil
            }
        }

        var plane: any ControlledPlane {
            switch core {
            case .objects(let driver): driver
            case .backends(let driver): driver
            }
        }
    }

    /// What stands behind the sockets.
    private enum Core {
        case objects(EdgeDriver)
        case backends(RelayDriver)

        /// A connection ended before it was a client's.
        func refused(reason: String) {
            switch self {
            case .objects(let driver): driver.legRefused(reason: reason)
            case .backends(let driver): driver.clientRefused(reason: reason)
            }
        }
    }

    private init(
        address: ListenAddress,
        listener: any Channel,
        parts: NIOLoopBound<Parts>,
        seed: UInt64,
        profiles: [String],
        writer: TraceWriter?,
        control: ControlledEdge
    ) {
        self.control = control
        self.seed = seed
        self.profiles = profiles
        self.address = address
        self.listener = listener
        self.parts = parts
        self.writer = writer
        self.tracePath = writer?.path
    }

    /// Listens and dials.
    ///
    /// - Parameters:
    ///   - configuration: what the operator wants.
    ///   - group: gives the one loop it lives on.
    /// - Returns: the running edge.
    /// - Throws: profile errors, an address that cannot be had, a trace that cannot be written.
    public static func start(
        _ configuration: EdgeServerConfiguration,
        group: any EventLoopGroup
    ) async throws -> EdgeServer {
        if configuration.backends.isEmpty, configuration.linkToken == nil,
            !configuration.objects.isLoopback
        {
            throw ServerFailure(
                "the object server \(configuration.objects) is not on this machine: "
                    + "give --link-token or TORPOR_LINK_TOKEN"
            )
        }
        return try await Self.start(configuration, loop: group.next(), objects: nil)
    }

    // `objects` is the object server of this process and loop, or nil to dial one.
    static func start(
        _ configuration: EdgeServerConfiguration,
        loop: any EventLoop,
        objects: NIOLoopBound<ObjectDriver>?
    ) async throws -> EdgeServer {
        let profiles = try Profiles.read(configuration.profiles).get()
        let seed = Profiles.seed(given: configuration.seed, profiles: profiles)
        let names = profiles.map(\.name)
        let engine = FaultEngine(profiles: profiles, seed: seed, version: 1)
        let writer = try Self.writer(configuration, seed: seed, profiles: names)
        let parts = try await loop.submit {
            let parts =
                configuration.backends.isEmpty
                ? Self.edge(configuration, seed, engine, loop: loop, objects: objects, writer)
                : Self.relay(configuration, seed, engine, loop: loop, writer)
            return NIOLoopBound(parts, eventLoop: loop)
        }.get()
        do {
            let listener = try await Self.listen(configuration, loop: loop, parts: parts)
            let address = ListenAddress(
                host: configuration.listen.host,
                port: listener.localAddress?.port ?? configuration.listen.port
            )
            let control = try await loop.submit {
                if let link = parts.value.edge?.link { parts.value.dialler?.dial(link) }
                return ControlledEdge(
                    address: address,
                    plane: NIOLoopBound(parts.value.plane, eventLoop: loop),
                    objects: objects,
                    givenSeed: configuration.seed,
                    traceLost: { writer?.lostCount ?? 0 }
                )
            }.get()
            return EdgeServer(
                address: address,
                listener: listener,
                parts: parts,
                seed: seed,
                profiles: names,
                writer: writer,
                control: control
            )
        } catch {
            await writer?.close()
            throw ServerFailure(
                "cannot listen on \(configuration.listen): \(SystemWords.of(error)); "
                    + "--listen HOST:PORT puts it elsewhere, port 0 lets the system choose"
            )
        }
    }

    /// TLS towards a client, unless too many are at their handshake.
    private static func edge(
        _ configuration: EdgeServerConfiguration,
        _ seed: UInt64,
        _ engine: FaultEngine,
        loop: any EventLoop,
        objects: NIOLoopBound<ObjectDriver>?,
        _ writer: TraceWriter?
    ) -> Parts {
        let edge = Edge(configuration: Self.core(configuration, seed: seed), engine: engine)
        let driver = EdgeDriver(
            edge: edge,
            loop: loop,
            clock: configuration.clock,
            writer: writer
        )
        let target = objects.map { LinkDialler.Target.memory($0.value) }
        let dialler = LinkDialler(
            target: target ?? .network(configuration.objects, configuration.linkTLS),
            loop: loop
        )
        driver.link = LinkClient(
            driver: driver,
            token: configuration.linkToken,
            onDown: { [unowned driver] wasUp in
                if let link = driver.link { dialler.redial(link, wasUp: wasUp) }
            }
        )
        return Parts(core: .objects(driver), dialler: dialler)
    }

    private static func relay(
        _ configuration: EdgeServerConfiguration,
        _ seed: UInt64,
        _ engine: FaultEngine,
        loop: any EventLoop,
        _ writer: TraceWriter?
    ) -> Parts {
        var core = RelayConfiguration(
            edgeID: UInt64.random(in: 1...UInt64.max),
            entropy: UInt64.random(in: 0...UInt64.max),
            run: configuration.trace?.folder.run ?? configuration.run,
            routes: configuration.backends,
            hibernateAfter: configuration.hibernateAfter,
            pings: configuration.pings,
            onRedial: configuration.onRedial,
            keepsHost: configuration.keepsHost,
            limits: configuration.limits,
            isTracing: writer != nil,
            typePointer: configuration.typePointer
        )
        core.seed = seed
        core.profiles = configuration.profiles
        core.tracedPayload = configuration.trace?.payload ?? .hash
        let relay = Relay(configuration: core, engine: engine)
        let driver = RelayDriver(
            relay: relay,
            routes: configuration.backends,
            tls: configuration.backendTLS,
            loop: loop,
            clock: configuration.clock,
            writer: writer
        )
        return Parts(core: .backends(driver), dialler: nil)
    }

    /// Waits until the object server has acknowledged the profile; a backend needs no such thing.
    ///
    /// - Parameter limit: how long to wait.
    /// - Returns: whether it did.
    public func waitForLink(within limit: TimeAmount = .seconds(5)) async -> Bool {
        let parts = self.parts
        let answer = parts.eventLoop.makePromise(of: Bool.self)
        parts.eventLoop.execute {
            guard let edge = parts.value.edge else { return answer.succeed(true) }
            let loop = parts.eventLoop.assumeIsolated()
            let timeout = loop.scheduleTask(in: limit) { answer.succeed(false) }
            edge.link?.whenGreeted { wasTaken in
                timeout.cancel()
                answer.succeed(wasTaken)
            }
        }
        return (try? await answer.futureResult.get()) ?? false
    }

    /// Why the last connection to the object server is gone, when there was one.
    public func linkFailure() async -> String? {
        let parts = self.parts
        return try? await parts.eventLoop.submit { parts.value.edge?.link?.failure }.get()
    }

    /// Tells when a backend cannot be dialled and when it can again, from now on; once a change.
    ///
    /// - Parameter observer: gets the backend, and the reason while it cannot be dialled.
    public func observeBackends(
        _ observer: @escaping @Sendable (BackendURL, String?) -> Void
    ) async {
        let parts = self.parts
        // Only a loop that was shut down fails, and then there is nothing to tell any more.
        try? await parts.eventLoop.submit {
            if case .backends(let driver) = parts.value.core { driver.onReach = observer }
        }.get()
    }

    /// Tells sleeps and wakes of every object from now on, when the edge traces.
    func observeLife(_ observer: @escaping @Sendable (ObjectSleep) -> Void) async {
        let parts = self.parts
        try? await parts.eventLoop.submit { parts.value.edge?.onLife = observer }.get()
    }

    /// Closes every client with 1001, ends the link and completes the trace; within 5 s.
    public func stop() async {
        try? await self.listener.close()
        let parts = self.parts
        let done = parts.eventLoop.makePromise(of: Void.self)
        parts.eventLoop.execute {
            parts.value.dialler?.stop()
            switch parts.value.core {
            case .objects(let driver): driver.shutDown(done)
            case .backends(let driver): driver.shutDown(done)
            }
        }
        try? await done.futureResult.get()
        await self.writer?.close()
    }

    private static func core(
        _ configuration: EdgeServerConfiguration,
        seed: UInt64
    ) -> EdgeConfiguration {
        var core = EdgeConfiguration(
            edgeID: UInt64.random(in: 1...UInt64.max),
            run: configuration.trace?.folder.run ?? configuration.run,
            limits: configuration.limits,
            isTracing: configuration.trace != nil,
            seed: seed,
            profiles: configuration.profiles,
            profileVersion: 1,
            onObjectLoss: configuration.onObjectLoss,
            replyToClose: configuration.replyToClose,
            typePointer: configuration.typePointer
        )
        core.tracedPayload = configuration.trace?.payload ?? .hash
        return core
    }

    private static func writer(
        _ configuration: EdgeServerConfiguration,
        seed: UInt64,
        profiles: [String]
    ) throws(TraceFailure) -> TraceWriter? {
        guard let trace = configuration.trace else { return nil }
        return try TraceWriter(
            options: trace,
            role: "edge",
            seed: seed,
            clock: configuration.clock,
            points: [.edgeRx, .edgeTx],
            profiles: profiles,
            backend: configuration.backends.isEmpty
                ? nil : configuration.backends.map(\.description).joined(separator: " "),
            isInsecure: (configuration.linkTLS ?? configuration.backendTLS)?.isInsecure ?? false
        )
    }

    private static func listen(
        _ configuration: EdgeServerConfiguration,
        loop: any EventLoop,
        parts: NIOLoopBound<Parts>
    ) async throws -> any Channel {
        let tls = configuration.listenTLS
        // Loop and children are one loop: no event ever crosses threads.
        return try await ServerBootstrap(group: loop)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelOption(.backlog, value: 1_024)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(.maxMessagesPerRead, value: 1)
            .childChannelOption(.recvAllocator, value: LegReceiveAllocator())
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    do throws(TLSFailure) {
                        try tls?.add(to: channel)
                    } catch {
                        parts.value.core.refused(reason: error.description)
                        throw error
                    }
                    switch parts.value.core {
                    case .objects(let driver):
                        try pipeline.addHandler(LegHandler(id: driver.nextLeg(), driver: driver))
                    case .backends(let driver):
                        try pipeline.addHandler(RelayLegHandler(leg: nil, driver: driver))
                    }
                }
            }
            .bind(host: configuration.listen.host, port: configuration.listen.port)
            .get()
    }
}
