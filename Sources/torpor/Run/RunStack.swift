internal import NIOPosix
internal import TorporServer

/// What stands between the user's client and the object, or their own server, during one run.
struct RunStack: Sendable {
    /// Where the client connects.
    let url: String
    /// Where the run is controlled; `nil` where it cannot be.
    let control: String?
    /// Tells exactly when objects sleep; `nil` before the user's own server.
    let edge: EdgeServer?
    /// Ends it; its trace files are whole afterwards.
    let stop: @Sendable () async -> Void

    /// An edge and the reference object server, both in this process, on a port the system chooses.
    static func objects(
        _ edge: EdgeServerConfiguration,
        _ objects: ObjectServerConfiguration,
        token: String?
    ) async throws -> RunStack {
        let up = try await Up.start(
            edge: edge,
            objects: objects,
            group: .singletonMultiThreadedEventLoopGroup
        )
        return try await Self.controlled(
            up.edge,
            token: token,
            clock: edge.clock,
            sleeper: up.edge
        ) { await up.stop() }
    }

    /// An edge before the user's own servers, on a port the system chooses.
    static func backend(
        _ edge: EdgeServerConfiguration,
        token: String?
    ) async throws -> RunStack {
        let server = try await EdgeServer.start(edge, group: .singletonMultiThreadedEventLoopGroup)
        return try await Self.controlled(server, token: token, clock: edge.clock, sleeper: nil) {
            await server.stop()
        }
    }

    private static func controlled(
        _ server: EdgeServer,
        token: String?,
        clock: RunClock,
        sleeper: EdgeServer?,
        stop: @escaping @Sendable () async -> Void
    ) async throws -> RunStack {
        let control: ControlServer?
        do {
            control = try await Self.control(server.control, token: token, clock: clock)
        } catch {
            await stop()
            throw error
        }
        return RunStack(
            url: "ws://\(server.address)",
            control: control.map { "http://\($0.address)" },
            edge: sleeper
        ) {
            await control?.stop()
            await stop()
        }
    }

    private static func control(
        _ edge: ControlledEdge?,
        token: String?,
        clock: RunClock
    ) async throws -> ControlServer? {
        guard let edge else { return nil }
        let listen = ListenAddress(host: "127.0.0.1", port: 0)
        return try await ControlServer.start(
            ControlServer.Configuration(listen: listen, token: token, clock: clock),
            edge: edge
        )
    }
}
