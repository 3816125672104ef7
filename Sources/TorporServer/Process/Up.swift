public import NIOCore

/// Edge and object server in one process, joined in memory over the same HTTP/2 code.
public final class Up: Sendable {
    /// The edge, with the address clients use.
    public let edge: EdgeServer
    /// The object server; it listens nowhere.
    public let objects: ObjectServer

    private init(edge: EdgeServer, objects: ObjectServer) {
        self.edge = edge
        self.objects = objects
    }

    /// Where clients connect.
    public var address: ListenAddress { self.edge.address }

    /// Starts both and waits until the object server has acknowledged the profile.
    ///
    /// - Parameters:
    ///   - edge: what the operator wants of the edge; its `objects` is not used.
    ///   - objects: what the operator wants of the object server; its `listen` is not used.
    ///   - group: gives the one loop they share.
    /// - Returns: the running pair.
    /// - Throws: what either start throws, or a profile that the object server refuses.
    public static func start(
        edge: EdgeServerConfiguration,
        objects: ObjectServerConfiguration,
        group: any EventLoopGroup
    ) async throws -> Up {
        let loop = group.next()
        let embedded = try await ObjectServer.embedded(objects, loop: loop)
        do {
            let server = try await EdgeServer.start(edge, loop: loop, objects: embedded.driver)
            guard await server.waitForLink() else {
                await server.stop()
                throw ServerFailure("the object server did not take the profile")
            }
            return Up(edge: server, objects: embedded)
        } catch {
            await embedded.stop()
            throw error
        }
    }

    /// Stops the edge, then the object server; within 5 s together when clients answer.
    public func stop() async {
        await self.edge.stop()
        await self.objects.stop()
    }
}
