internal import NIOPosix
internal import TorporServer

/// What stands between the user's client and the object, or their own server, during one run.
struct RunStack: Sendable {
    /// Where the client connects.
    let url: String
    /// Ends it; its trace files are whole afterwards.
    let stop: @Sendable () async -> Void

    /// An edge and the reference object server, both in this process, on a port the system chooses.
    static func objects(
        _ edge: EdgeServerConfiguration,
        _ objects: ObjectServerConfiguration
    ) async throws -> RunStack {
        let up = try await Up.start(
            edge: edge,
            objects: objects,
            group: .singletonMultiThreadedEventLoopGroup
        )
        return RunStack(url: "ws://\(up.address)", stop: { await up.stop() })
    }

    /// An edge before the user's own servers, on a port the system chooses.
    static func backend(_ edge: EdgeServerConfiguration) async throws -> RunStack {
        let server = try await EdgeServer.start(edge, group: .singletonMultiThreadedEventLoopGroup)
        return RunStack(url: "ws://\(server.address)", stop: { await server.stop() })
    }
}
