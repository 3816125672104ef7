import ClientCore
import EdgeCore
import Foundation
import FramePath
import NIOCore
import NIOPosix
import ObjectCore
import Testing
import WebSocketWire

@testable import TorporServer

extension SocketTests {
    @Suite("Edge, object server and client on real sockets", .timeLimit(.minutes(1)))
    struct WireTests {
        private let group = MultiThreadedEventLoopGroup.singleton

        @Test("in one process a client is welcomed and gets its echo")
        func embedded() async throws {
            let up = try await Up.start(edge: makeEdge(), objects: makeObjects(), group: self.group)
            let client = try await Talker.open(up.address, "/objects/one/websocket", self.group)
            #expect(await client.next(type: "welcome") != nil)
            client.say("hello")
            #expect(await client.next(type: "echo")?.contains("hello") == true)
            await client.connection.finish()
            await up.stop()
        }

        @Test("over a TCP link with ports chosen by the system the same happens")
        func twoServers() async throws {
            let objects = try await ObjectServer.start(makeObjects(), group: self.group)
            var edge = makeEdge()
            edge.objects = objects.address
            #expect(objects.address.port != 0)
            let server = try await EdgeServer.start(edge, group: self.group)
            #expect(server.address.port != 0)
            #expect(await server.waitForLink())
            let client = try await Talker.open(server.address, "/objects/two/websocket", self.group)
            #expect(await client.next(type: "welcome") != nil)
            client.say("over tcp")
            #expect(await client.next(type: "echo")?.contains("over tcp") == true)
            await client.connection.finish()
            await server.stop()
            await objects.stop()
        }

        @Test("an idle object sleeps, the next message wakes it, and both traces are whole")
        func sleepAndWake() async throws {
            let trace = TraceOptions(folder: try RunFolder.open(directory: makeFolder(), run: nil))
            var edge = makeEdge()
            edge.trace = trace
            var objects = makeObjects(hibernateAfter: .milliseconds(200))
            objects.trace = trace
            let up = try await Up.start(edge: edge, objects: objects, group: self.group)
            let (steps, continuation) = AsyncStream.makeStream(of: ObjectSleep.self)
            await up.edge.observeLife { continuation.yield($0) }
            let client = try await Talker.open(up.address, "/objects/three/websocket", self.group)
            #expect(await client.next(type: "welcome") != nil)
            var onlooker = steps.makeAsyncIterator()
            // The first life is an awakening of its own, number 0.
            var object: String?
            while object == nil, let step = await onlooker.next() {
                if case .hibernated(let name) = step { object = name }
            }
            #expect(object == "three")
            client.say("wake up")
            #expect(await client.next(type: "echo")?.contains("wake up") == true)
            guard case .woken(_, let wake)? = await onlooker.next() else {
                Issue.record("expected a wake after it")
                return
            }
            #expect(wake == 1)
            await client.connection.finish()
            await up.stop()
            for path in [up.edge.tracePath, up.objects.tracePath] {
                let text = try String(contentsOfFile: try #require(path), encoding: .utf8)
                #expect(text.hasSuffix("\n"))
                #expect(text.split(separator: "\n").last?.contains("\"ev\":\"end\"") == true)
                #expect(text.contains("\"hibernated\""))
            }
        }

        @Test("a stop closes clients with 1001 and is done within 5 s")
        func stop() async throws {
            let up = try await Up.start(edge: makeEdge(), objects: makeObjects(), group: self.group)
            let client = try await Talker.open(up.address, "/websocket", self.group)
            #expect(await client.next(type: "welcome") != nil)
            let start = ContinuousClock.now
            await up.stop()
            #expect(ContinuousClock.now - start < .seconds(5))
            #expect(await client.end()?.code == 1001)
            await client.connection.finish()
        }

        @Test("a client that answers nothing does not hold a stop up")
        func stubbornClient() async throws {
            var edge = makeEdge()
            edge.limits.shutdownTimeout = .milliseconds(200)
            let up = try await Up.start(edge: edge, objects: makeObjects(), group: self.group)
            let request =
                "GET /websocket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
            let channel = try await self.dial(up)
            try await channel.executeThenClose { inbound, outbound in
                try await outbound.write(ByteBuffer(string: request))
                var bytes = inbound.makeAsyncIterator()
                #expect(
                    try await bytes.next().map { String(buffer: $0).hasPrefix("HTTP/1.1 101") }
                        == true
                )
                let start = ContinuousClock.now
                await up.stop()
                #expect(ContinuousClock.now - start < .seconds(3))
            }
        }

        @Test("a message larger than a session's credit and a stream's window comes back whole")
        func largeMessage() async throws {
            let up = try await Up.start(edge: makeEdge(), objects: makeObjects(), group: self.group)
            let client = try await Talker.open(up.address, "/objects/large/websocket", self.group)
            let text = String(repeating: "x", count: 1_100_000)
            client.say(text)
            let echo = await client.next(type: "echo")
            #expect(echo.map { $0.utf8.count > text.utf8.count } == true)
            await client.connection.finish()
            await up.stop()
        }

        @Test("without an object server an upgrade gets 502")
        func noObjectServer() async throws {
            var edge = makeEdge()
            // Nothing listens on the port that was just given back.
            let gone = try await ObjectServer.start(makeObjects(), group: self.group)
            edge.objects = gone.address
            await gone.stop()
            let server = try await EdgeServer.start(edge, group: self.group)
            let client = try await Talker.open(server.address, "/websocket", self.group)
            #expect(await client.refusal() == 502)
            await client.connection.finish()
            await server.stop()
        }

        @Test("a held session lives on when the object server is gone and comes back")
        func objectServerRestarts() async throws {
            let first = try await ObjectServer.start(makeObjects(), group: self.group)
            var edge = makeEdge()
            edge.objects = first.address
            let server = try await EdgeServer.start(edge, group: self.group)
            #expect(await server.waitForLink())
            let client = try await Talker.open(
                server.address,
                "/objects/five/websocket",
                self.group
            )
            #expect(await client.next(type: "welcome") != nil)
            await first.stop()
            var again = makeObjects()
            again.listen = first.address
            let second = try await ObjectServer.start(again, group: self.group)
            client.say("still here")
            #expect(await client.next(type: "echo")?.contains("still here") == true)
            await client.connection.finish()
            await server.stop()
            await second.stop()
        }

        @Test("plain requests reach the object server and garbage gets a clear status")
        func plainRequests() async throws {
            let up = try await Up.start(edge: makeEdge(), objects: makeObjects(), group: self.group)
            let page = try await exchange(
                up,
                "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
            )
            #expect(page.hasPrefix("HTTP/1.1 200"))
            #expect(page.contains("<html") || page.contains("<!doctype"))
            let socket = "GET /websocket HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
            #expect(try await exchange(up, socket).hasPrefix("HTTP/1.1 426"))
            #expect(try await exchange(up, "garbage\r\n\r\n").hasPrefix("HTTP/1.1 400"))
            await up.stop()
        }

        @Test(
            "HEAD tells the length of the body it leaves out, and the connection goes on",
            arguments: ["/", "/healthz", "/websocket", "/nothing"]
        )
        func head(path: String) async throws {
            let up = try await Up.start(edge: makeEdge(), objects: makeObjects(), group: self.group)
            let end = " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
            let whole = try await exchange(up, "GET " + path + end)
            let cut = try #require(whole.range(of: "\r\n\r\n"))
            let body = whole[cut.upperBound...]
            #expect(whole.contains("Content-Length: \(body.utf8.count)\r\n"))
            #expect(try await exchange(up, "HEAD " + path + end) == whole[..<cut.upperBound])
            let twice = "HEAD \(path) HTTP/1.1\r\nHost: x\r\n\r\nGET /healthz" + end
            #expect(try await exchange(up, twice).hasSuffix("\r\n\r\nok\n"))
            await up.stop()
        }

        @Test("405 says what is allowed, 426 what to upgrade to, with the connection option for it")
        func demands() async throws {
            let up = try await Up.start(edge: makeEdge(), objects: makeObjects(), group: self.group)
            let plain = "GET /websocket HTTP/1.1\r\nHost: x\r\n"
            let upgrade = "Upgrade: websocket\r\nConnection: Upgrade\r\n"
            let socket = try await exchange(up, plain + "Connection: close\r\n\r\n")
            let old =
                upgrade
                + "Sec-WebSocket-Version: 8\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            for answer in [socket, try await exchange(up, plain + old + "\r\n")] {
                #expect(answer.hasPrefix("HTTP/1.1 426 "))
                #expect(answer.contains("\r\nupgrade: websocket\r\n"))
                #expect(answer.contains("\r\nConnection: Upgrade, close\r\n"))
            }
            let post = "POST /websocket HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n"
            let refused = try await exchange(up, post + upgrade + "\r\n")
            #expect(refused.hasPrefix("HTTP/1.1 405 "))
            #expect(refused.contains("\r\nallow: GET\r\n"))
            await up.stop()
        }

        @Test("a refused connection is told in plain words")
        func refusedConnection() async throws {
            let gone = try await ObjectServer.start(makeObjects(), group: self.group)
            await gone.stop()
            let client = try await Talker.open(gone.address, "/websocket", self.group)
            let words = "cannot connect to \(gone.address): connection refused"
            #expect(await client.refusalReason() == words)
            await client.connection.finish()
        }

        @Test("ten pairs run at once in one process")
        func tenAtOnce() async throws {
            let group = self.group
            try await withThrowingTaskGroup(of: Bool.self) { tasks in
                for number in 0..<10 {
                    tasks.addTask {
                        let up = try await Up.start(
                            edge: makeEdge(),
                            objects: makeObjects(),
                            group: group
                        )
                        let client = try await Talker.open(up.address, "/websocket", group)
                        client.say("number \(number)")
                        let echo = await client.next(type: "echo")
                        await client.connection.finish()
                        await up.stop()
                        return echo?.contains("number \(number)") == true
                    }
                }
                for try await isRight in tasks { #expect(isRight) }
            }
        }

        private func dial(_ up: Up) async throws -> NIOAsyncChannel<ByteBuffer, ByteBuffer> {
            try await ClientBootstrap(group: self.group)
                .connect(host: up.address.host, port: up.address.port) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
                            wrappingChannelSynchronously: channel
                        )
                    }
                }
        }

        private func exchange(_ up: Up, _ request: String) async throws -> String {
            let channel = try await self.dial(up)
            return try await channel.executeThenClose { inbound, outbound in
                try await outbound.write(ByteBuffer(string: request))
                var answer = ""
                for try await bytes in inbound { answer += String(buffer: bytes) }
                return answer
            }
        }
    }
}

private func makeEdge() -> EdgeServerConfiguration {
    EdgeServerConfiguration(listen: ListenAddress(host: "127.0.0.1", port: 0))
}

private func makeObjects(
    hibernateAfter: Tick.Span = .seconds(10)
) -> ObjectServerConfiguration {
    ObjectServerConfiguration(
        listen: ListenAddress(host: "127.0.0.1", port: 0),
        objects: ObjectConfiguration(hibernateAfter: hibernateAfter)
    )
}

/// A client that speaks the service's JSON and waits for what it wants.
private struct Talker {
    let connection: ClientConnection

    static func open(
        _ address: ListenAddress,
        _ path: String,
        _ group: any EventLoopGroup
    ) async throws -> Talker {
        let url = try WebSocketURL("ws://\(address)\(path)")
        return Talker(
            connection: try await ClientConnection.open(
                ClientConnectionConfiguration(url: url),
                group: group
            )
        )
    }

    func say(_ text: String) {
        let json = "{\"type\":\"message\",\"message\":\"\(text)\",\"timestamp\":\"now\"}"
        self.connection.send(payload: ByteBuffer(string: json))
    }

    /// The next message of that type, or nil when the connection ends without one.
    func next(type: String) async -> String? {
        for await action in self.connection.actions {
            guard case .message(_, let payload, _) = action else { continue }
            let text = String(buffer: payload)
            if text.contains("\"type\":\"\(type)\"") { return text }
        }
        return nil
    }

    func end() async -> (code: UInt16, wasClean: Bool)? {
        for await action in self.connection.actions {
            if case .ended(let code, _, let wasClean) = action { return (code, wasClean) }
        }
        return nil
    }

    func refusalReason() async -> String? {
        for await action in self.connection.actions {
            if case .refused(_, let reason) = action { return reason }
        }
        return nil
    }

    func refusal() async -> Int? {
        for await action in self.connection.actions {
            if case .refused(let status, _) = action { return status }
        }
        return nil
    }
}
