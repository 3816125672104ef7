import ClientCore
import FramePath
import NIOCore
import NIOPosix
import ObjectCore
import Testing
import WebSocketWire

@testable import TorporServer

extension SocketTests {
    @Suite("TLS on real sockets", .timeLimit(.minutes(1)))
    struct TLSWireTests {
        private let group = MultiThreadedEventLoopGroup.singleton
        private let loopback = ListenAddress(host: "127.0.0.1", port: 0)

        @Test(
            "a client's message goes through TLS to the edge and through TLS to the object server"
        )
        func bothHops() async throws {
            let files = try TLSFiles()
            defer { files.remove() }
            var objectSide = ObjectServerConfiguration(listen: self.loopback)
            objectSide.listenTLS = try files.server(alpn: ["h2"])
            let objects = try await ObjectServer.start(objectSide, group: self.group)
            var edgeSide = EdgeServerConfiguration(listen: self.loopback, objects: objects.address)
            edgeSide.listenTLS = try files.server(alpn: ["http/1.1"])
            edgeSide.linkTLS = try files.client(alpn: ["h2"])
            let edge = try await EdgeServer.start(edgeSide, group: self.group)
            #expect(await edge.waitForLink())
            let trust = TLSTrust(caFile: files.authority)
            let echoes = try await withThrowingTaskGroup(of: String?.self) { tasks in
                for number in 0..<8 {
                    tasks.addTask { try await self.echo(edge.address, trust, "number \(number)") }
                }
                var echoes: [String] = []
                for try await echo in tasks { echoes.append(echo ?? "none") }
                return echoes
            }
            for number in 0..<8 {
                #expect(echoes.contains { $0.contains("number \(number)") })
            }
            #expect(try await self.echo(edge.address, TLSTrust(), "never") == nil)
            await edge.stop()
            await objects.stop()
        }

        /// The echo of one message on a connection of its own, or `nil` when there was none.
        private func echo(
            _ address: ListenAddress,
            _ trust: TLSTrust,
            _ text: String
        ) async throws -> String? {
            var configuration = ClientConnectionConfiguration(
                url: try WebSocketURL("wss://\(address)/objects/tls/websocket")
            )
            configuration.trust = trust
            let client = try await ClientConnection.open(configuration, group: self.group)
            let json = "{\"type\":\"message\",\"message\":\"\(text)\",\"timestamp\":\"now\"}"
            client.send(payload: ByteBuffer(string: json))
            var echo: String?
            for await action in client.actions {
                guard case .message(_, let payload, _) = action else { continue }
                echo = String(buffer: payload)
                if echo?.contains("echo") == true { break }
            }
            await client.finish()
            return echo
        }
    }
}
