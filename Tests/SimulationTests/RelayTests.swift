import EdgeCore
import FaultFiles
import Faults
import FramePath
import FrameTrace
import Testing
import WebSocketWire

import struct NIOCore.ByteBuffer

/// `--backend`: contract §5, sentence by sentence.
@Suite("A relay")
struct RelayTests {
    private static func text(_ text: String) -> ByteBuffer { RelayWorld.frame(text) }
    private static func said(_ text: String) -> ByteBuffer {
        RelayWorld.frame(text, isMasked: false)
    }

    @Test("shows the backend the client's request with its own name, and declines extensions")
    func request() throws {
        let world = try RelayWorld()
        world.connect()
        world.clientSends(
            RelayWorld.request(
                target: "/chat?room=1",
                headers: "Authorization: Bearer x\r\nCookie: a=b\r\nTorpor-Client: 1\r\n"
                    + "Sec-WebSocket-Extensions: permessage-deflate\r\nOrigin: http://o\r\n"
            )
        )
        let head = String(buffer: try #require(world.dials.first).received)
        #expect(head.hasPrefix("GET /chat?room=1 HTTP/1.1\r\nHost: backend:9000\r\n"))
        #expect(head.contains("Authorization: Bearer x\r\n"))
        #expect(head.contains("Cookie: a=b\r\n"))
        #expect(head.contains("Origin: http://o\r\n"))
        #expect(head.contains("x-forwarded-for: 10.0.0.1\r\n"))
        #expect(head.contains("X-Forwarded-Host: edge.test:8080\r\n"))
        #expect(head.contains("torpor-session: "))
        #expect(!head.contains("torpor-wake"))
        #expect(!head.lowercased().contains("extensions"))
        world.backendSends(RelayWorld.accept("X-Mine: yes\r\n"))
        let answer = String(buffer: world.received)
        #expect(answer.hasPrefix("HTTP/1.1 101 Switching Protocols\r\n"))
        #expect(answer.contains("X-Mine: yes\r\n"))
        #expect(answer.contains("torpor-session: ") && answer.contains("torpor-run: test\r\n"))
    }

    @Test("closes an idle leg with 1001 and keeps the client; the next message dials it again")
    func sleepsAndWakes() throws {
        let world = try RelayWorld()
        world.open(
            target: "/chat?x=1",
            headers: "Sec-WebSocket-Protocol: v2, v1\r\n",
            answer: "Sec-WebSocket-Protocol: v2\r\n"
        )
        world.clientSends(Self.text("one"))
        #expect(try world.takeBackend() == ["text:one"])
        world.advance(.seconds(9))
        #expect(try world.takeBackend() == [])
        world.advance(.seconds(1))
        #expect(try world.takeBackend() == ["close:1001"])
        world.backendSends(RelayWorld.close(1001, isMasked: false))
        #expect(world.dials[0].isClosed && !world.isClientClosed)
        #expect(try world.takeClient() == [])

        world.clientSends(Self.text("two"))
        #expect(world.dials.count == 2)
        let head = String(buffer: world.dials[1].received)
        #expect(head.hasPrefix("GET /chat?x=1 HTTP/1.1\r\nHost: backend:9000\r\n"))
        #expect(head.contains("Sec-WebSocket-Protocol: v2, v1\r\n"))
        #expect(head.contains("torpor-wake: 1\r\n"))
        world.dials[1].received.clear()
        world.backendSends(RelayWorld.accept("Sec-WebSocket-Protocol: v2\r\n"))
        #expect(try world.takeBackend() == ["text:two"])
        let steps = world.steps()
        #expect(
            steps == [
                "upgrade", "dial", "accept", "hibernate-begin", "hibernated", "wake-start", "dial",
                "woken",
            ]
        )
    }

    @Test("forwards what the backend still says until its Close")
    func lastWords() throws {
        let world = try RelayWorld()
        world.open()
        world.advance(.seconds(10))
        world.backendSends(Self.said("wait"))
        #expect(try world.takeClient() == ["text:wait"])
        world.clientSends(Self.text("meanwhile"))
        #expect(try world.takeBackend() == ["close:1001"])
        world.backendSends(RelayWorld.close(1001, isMasked: false))
        #expect(world.dials.count == 2)
        world.dials[1].received.clear()
        world.backendSends(RelayWorld.accept())
        #expect(try world.takeBackend() == ["text:meanwhile"])
    }

    @Test("drops a leg whose Close is not answered in time")
    func noAnswerToClose() throws {
        let world = try RelayWorld()
        world.open()
        world.advance(.seconds(15))
        #expect(world.dials[0].isClosed && !world.isClientClosed)
    }

    @Test("answers Pings itself, which keep nothing awake and wake nobody")
    func pings() throws {
        let world = try RelayWorld()
        world.open()
        world.advance(.seconds(9))
        world.clientSends(RelayWorld.frame("p", opcode: Opcode.ping))
        world.backendSends(RelayWorld.frame("q", opcode: Opcode.ping, isMasked: false))
        #expect(try world.takeClient() == ["pong:p"])
        #expect(try world.takeBackend() == ["pong:q"])
        world.advance(.seconds(1))
        world.backendSends(RelayWorld.close(1001, isMasked: false))
        world.clientSends(RelayWorld.frame("r", opcode: Opcode.ping))
        world.clientSends(RelayWorld.frame("s", opcode: Opcode.pong))
        #expect(try world.takeClient() == ["pong:r"])
        #expect(world.dials.count == 1)
    }

    @Test("answers the Close of a client that leaves while asleep, and wakes nobody")
    func leavesAsleep() throws {
        let world = try RelayWorld()
        world.open()
        world.advance(.seconds(10))
        world.backendSends(RelayWorld.close(1001, isMasked: false))
        world.clientSends(RelayWorld.close(4005, isMasked: true))
        #expect(try world.takeClient() == ["close:4005"])
        #expect(world.isClientClosed && world.dials.count == 1)
        #expect(world.steps().suffix(3) == ["close-recv", "close-sent", "closed"])
    }

    @Test("tries a refused dial three times, then closes with 1014 and the reason")
    func refusedRedial() throws {
        let world = try RelayWorld()
        world.open()
        world.advance(.seconds(10))
        world.backendSends(RelayWorld.close(1001, isMasked: false))
        world.clientSends(Self.text("hello"))
        for dial in 1...3 {
            #expect(world.dials.count == dial + 1)
            world.backendSends(
                ByteBuffer(string: "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n")
            )
            world.advance(.seconds(1))
        }
        #expect(world.dials.count == 4)
        var last = try #require(
            world.received.getSlice(
                at: world.received.readerIndex + 2,
                length: world.received.readableBytes - 2
            )
        )
        #expect(last.readInteger(as: UInt16.self) == 1014)
        #expect(String(buffer: last).contains("401"))
        #expect(world.isClientClosed)
        let refusals = world.events().compactMap { event -> UInt16? in
            guard case .socket(let step) = event, step.what == .dialRefused else { return nil }
            return step.code
        }
        #expect(refusals == [401, 401, 401])
    }

    @Test("refuses a second dial that agrees on another subprotocol")
    func otherSubprotocol() throws {
        let world = try RelayWorld()
        world.open(
            headers: "Sec-WebSocket-Protocol: v2, v1\r\n",
            answer: "Sec-WebSocket-Protocol: v2\r\n"
        )
        world.advance(.seconds(10))
        world.backendSends(RelayWorld.close(1001, isMasked: false))
        world.clientSends(Self.text("hello"))
        world.backendSends(RelayWorld.accept("Sec-WebSocket-Protocol: v1\r\n"))
        let reasons = world.events().compactMap { event -> String? in
            guard case .socket(let step) = event, step.what == .dialRefused else { return nil }
            return step.reason
        }
        #expect(reasons == ["subprotocol 'v1' instead of 'v2'"])
    }

    @Test(
        "passes a second greeting, or keeps it back by number or by type",
        arguments: [
            (RelayConfiguration.Redial.pass, ["text:{\"type\":\"hi\"}", "text:{\"type\":\"ok\"}"]),
            (.swallow(1), ["text:{\"type\":\"ok\"}"]),
            (.swallowUntil("hi"), ["text:{\"type\":\"ok\"}"]),
            (.swallow(2), []),
        ]
    )
    func greetings(_ redial: RelayConfiguration.Redial, _ expected: [String]) throws {
        for isTracing in [true, false] {
            let world = try RelayWorld(isTracing: isTracing) { $0.onRedial = redial }
            world.open()
            world.backendSends(Self.said(#"{"type":"hi"}"#))
            #expect(try world.takeClient() == [#"text:{"type":"hi"}"#])
            world.clientSends(Self.text("a"))
            world.advance(.seconds(10))
            world.backendSends(RelayWorld.close(1001, isMasked: false))
            world.clientSends(Self.text("b"))
            world.backendSends(RelayWorld.accept())
            world.backendSends(Self.said(#"{"type":"hi"}"#))
            world.backendSends(Self.said(#"{"type":"ok"}"#))
            #expect(try world.takeClient() == expected)
            guard isTracing else { continue }
            let marks = world.events().compactMap { event -> FrameMarks? in
                guard case .frame(let seen) = event, seen.point == .edgeRx,
                    seen.message.id.direction == .toClient, seen.message.id.epoch == 1
                else { return nil }
                return seen.marks
            }
            #expect(marks.map(\.isGreeting) == [true, redial == .swallow(2)])
            #expect(marks.map(\.isSwallowed) == [redial != .pass, redial == .swallow(2)])
        }
    }

    @Test("stamps the phases that follow from its own acts")
    func phases() throws {
        let world = try RelayWorld()
        world.open()
        world.backendSends(Self.said("welcome"))
        world.clientSends(Self.text("a"))
        world.backendSends(Self.said("re a"))
        world.advance(.seconds(3))
        world.backendSends(Self.said("push"))
        world.advance(.seconds(10))
        world.backendSends(RelayWorld.close(1001, isMasked: false))
        world.clientSends(Self.text("b"))
        world.clientSends(Self.text("c"))
        world.backendSends(RelayWorld.accept())
        world.backendSends(Self.said("re b"))
        world.clientSends(Self.text("d"))
        world.backendSends(Self.said("re d"))
        let seen = world.events().compactMap { event -> String? in
            guard case .frame(let seen) = event, seen.point == .edgeRx,
                !seen.message.kind.isControl
            else { return nil }
            return String(buffer: seen.message.payload) + " " + seen.message.phase.rawValue
        }
        #expect(
            seen == [
                "welcome fresh", "a active", "re a active", "push idle", "b hibernated",
                "c waking", "re b woken", "d active", "re d active",
            ]
        )
    }

    @Test("queues a bounded number for a leg that is being dialled, then says it is unavailable")
    func queueFull() throws {
        let world = try RelayWorld { $0.limits.queueMessagesMax = 3 }
        world.open()
        world.advance(.seconds(10))
        world.backendSends(RelayWorld.close(1001, isMasked: false))
        for number in 0..<4 { world.clientSends(Self.text("\(number)")) }
        #expect(try world.takeClient() == ["close:1013"])
        #expect(world.isClientClosed)
        #expect(world.steps().contains("queue-full"))
    }

    @Test("passes on a loss of the backend as the client would see it without a proxy")
    func loss() throws {
        let world = try RelayWorld()
        world.open()
        world.receive(.closed(world.dials[0].leg))
        #expect(try world.takeClient() == [])
        #expect(world.isClientClosed)
        #expect(world.steps().suffix(2) == ["lost", "closed"])
    }

    @Test("passes on a refusal of the upgrade as it is, body and all")
    func refusal() throws {
        let world = try RelayWorld()
        world.connect()
        world.clientSends(RelayWorld.request())
        let answer = "HTTP/1.1 403 Forbidden\r\nContent-Length: 4\r\nX-Why: no\r\n\r\nnope"
        world.backendSends(ByteBuffer(string: answer))
        #expect(String(buffer: world.received) == answer)
        world.receive(.closed(world.dials[0].leg))
        #expect(world.isClientClosed)
    }

    @Test("answers 502 with the reason when the backend cannot be reached")
    func unreachable() throws {
        let world = try RelayWorld()
        world.acceptsDials = false
        world.connect()
        world.clientSends(RelayWorld.request())
        world.receive(.dialFailed(world.dials[0].leg, reason: "connection refused"))
        #expect(String(buffer: world.received).hasPrefix("HTTP/1.1 502 Bad Gateway\r\n"))
        #expect(
            String(buffer: world.received)
                .hasSuffix("backend ws://backend:9000: connection refused\n")
        )
        #expect(world.isClientClosed)
    }

    @Test("passes plain HTTP through, one request a connection")
    func plain() throws {
        let world = try RelayWorld()
        world.connect()
        world.clientSends(
            ByteBuffer(
                string:
                    "POST /login HTTP/1.1\r\nHost: e\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab"
            )
        )
        world.clientSends(ByteBuffer(string: "\r\n0\r\n\r\n"))
        let head = String(buffer: world.dials[0].received)
        #expect(head.contains("Connection: close\r\n"))
        #expect(head.contains("Transfer-Encoding: chunked\r\n"))
        #expect(head.hasSuffix("2\r\nab\r\n0\r\n\r\n"))
        world.backendSends(ByteBuffer(string: "HTTP/1.1 200 OK\r\n\r\nbody"))
        #expect(String(buffer: world.received).hasSuffix("\r\n\r\nbody"))
        world.receive(.halfClosed(world.dials[0].leg))
        #expect(world.isClientClosed && world.dials[0].isClosed)
    }

    @Test("finds the route of a host and a prefix on whole segments")
    func routes() throws {
        let routes = try ["ws://a:1", "/chat=ws://b:2/base", "chat.test/chat=ws://c:3"]
            .map { try BackendRoute($0) }
        for (host, target, expected) in [
            ("x", "/", 0), ("x", "/chat", 1), ("x", "/chat/2?q=/", 1), ("x", "/chatter", 0),
            ("Chat.test:80", "/chat/1", 2), ("chat.test", "/other", 0),
        ] {
            let world = try RelayWorld { $0.routes = routes }
            world.connect()
            world.clientSends(
                ByteBuffer(string: "GET \(target) HTTP/1.1\r\nHost: \(host)\r\n\r\n")
            )
            #expect(world.dials.first?.route == expected, "\(host) \(target)")
        }
        #expect(routes[1].backend.target("/chat?q") == "/base/chat?q")
        #expect(throws: HTTPViolation.self) { try BackendRoute("x:1=ws://a") }
        #expect(throws: HTTPViolation.self) { try BackendRoute("ftp://a") }
    }

    @Test("lets a rule drop whole messages of several frames at its point")
    func rules() throws {
        let text = """
            version: 1
            name: drop
            about: Drops answers to the message that woke.
            rules:
              - id: lose
                at: edge.rx
                match: {direction: to-client, phase: [woken]}
                fire: {always: true}
                do: [{drop: {}}]
            """
        let profile = try ProfileReader.read(text: text, file: "drop.yaml").get()
        let world = try RelayWorld(profiles: [profile])
        world.open()
        world.backendSends(Self.said("one"))
        world.clientSends(Self.text("a"))
        world.advance(.seconds(10))
        world.backendSends(RelayWorld.close(1001, isMasked: false))
        world.clientSends(Self.text("b"))
        world.dials[1].received.clear()
        world.backendSends(RelayWorld.accept())
        world.backendSends(RelayWorld.frame("lo", fin: false, isMasked: false))
        world.backendSends(RelayWorld.frame("st", opcode: Opcode.continuation, isMasked: false))
        world.clientSends(RelayWorld.frame("c", fin: false))
        world.clientSends(RelayWorld.frame("d", opcode: Opcode.continuation))
        world.backendSends(Self.said("kept"))
        #expect(try world.takeClient() == ["text:one", "text:kept"])
        #expect(try world.takeBackend().suffix(3) == ["text:b", "text:c…", "continuation:d"])
    }

    @Test("holds no more than the limit of a frame it has to look at")
    func tooLarge() throws {
        let world = try RelayWorld { $0.limits.messageBytesMax = 100 }
        world.open()
        world.clientSends(RelayWorld.frame(String(repeating: "x", count: 101)))
        #expect(try world.takeClient() == ["close:1009"])
        #expect(world.isClientClosed && world.dials[0].isClosed)
    }

    @Test("says goodbye to everyone when it ends")
    func shutdown() throws {
        let world = try RelayWorld()
        world.open()
        world.receive(.shutdown)
        #expect(try world.takeClient() == ["close:1001"])
        #expect(try world.takeBackend() == ["close:1001"])
        #expect(world.isFinished)
    }

    // MARK: operators

    @Test("sleeps, wakes and evicts when an operator asks, and says when it is done")
    func operators() throws {
        let world = try RelayWorld { $0.hibernateAfter = nil }
        world.open()
        world.command(.hibernate(object: "/chat"))
        #expect(try world.takeBackend() == ["close:1001"])
        #expect(world.answers.isEmpty)
        world.backendSends(RelayWorld.close(1001, isMasked: false))
        #expect(world.answers == [.done("it sleeps")])
        world.command(.wake(object: "/chat"))
        #expect(world.dials.count == 2 && world.answers.count == 1)
        world.backendSends(RelayWorld.accept())
        #expect(world.answers.last == .done("it is awake"))
        #expect(world.relay.objects(after: 0, limit: 9).items.map(\.phase) == [.woken])
        world.command(.evict(object: "/chat", keepsSockets: true))
        #expect(world.dials[1].isReset && !world.isClientClosed)
        #expect(world.relay.objects(after: 0, limit: 9).items.map(\.phase) == [.evicted])
        world.command(.wake(object: "/none"))
        guard case .notFound = world.answers.last else {
            Issue.record("\(String(describing: world.answers.last))")
            return
        }
        world.command(.hibernate(object: "/chat"))
        #expect(world.answers.last == .done("it sleeps"))
    }

    @Test("answers a wake that never comes when its time is over")
    func wakeTimesOut() throws {
        let world = try RelayWorld { $0.limits.redialTriesMax = 1000 }
        world.open()
        world.advance(.seconds(15))
        world.acceptsDials = false
        world.command(.wake(object: "/chat"))
        world.advance(.seconds(31))
        #expect(world.answers == [.unavailable("not every session did wake within the time-out")])
    }

    @Test("stalls a session both ways and resumes it; panic lets go what rules hold")
    func stall() throws {
        let world = try RelayWorld()
        world.open()
        let id = try #require(world.relay.sessions(after: 0, limit: 1).items.first).id
        world.command(.stall(session: id))
        world.clientSends(Self.text("a"))
        world.backendSends(Self.said("b"))
        #expect(try world.takeBackend() == [])
        #expect(try world.takeClient() == [])
        #expect(world.relay.sessions(after: 0, limit: 1).items.first?.heldMessages == 2)
        world.command(.resume(session: id))
        #expect(try world.takeBackend() == ["text:a"])
        #expect(try world.takeClient() == ["text:b"])
        #expect(world.answers.last == .done("2 messages were let go"))
        world.command(.close(session: id, code: 4001, reason: "bye"))
        #expect(try world.takeClient() == ["close:4001"])
    }

    @Test("takes new profiles while sessions are held")
    func reload() throws {
        let text = """
            version: 1
            name: drop
            about: Drops what clients send.
            rules:
              - id: lose
                at: edge.tx
                match: {direction: to-object}
                fire: {always: true}
                do: [{drop: {}}]
            """
        let profile = try ProfileReader.read(text: text, file: "drop.yaml").get()
        let world = try RelayWorld()
        world.open()
        world.command(.reload(profiles: [profile], texts: [], seed: 3))
        world.clientSends(Self.text("a"))
        #expect(try world.takeBackend() == [])
        world.command(.panic)
        world.clientSends(Self.text("b"))
        #expect(try world.takeBackend() == ["text:b"])
        #expect(world.relay.summary().profileVersion == 3)
        #expect(world.relay.summary().counts[.edgeTx, .toObject, .dropped] == 1)
    }

    // MARK: what goes wrong at the edges

    @Test("refuses a length that no reader can follow without counting past the end of numbers")
    func endlessLength() throws {
        for isTracing in [false, true] {
            let world = try RelayWorld(isTracing: isTracing)
            world.open()
            var bytes = RelayWorld.frame("")
            bytes.writeBytes([0x82, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xF1])
            bytes.writeBytes([1, 2, 3, 4])
            world.clientSends(bytes)
            #expect(try world.takeClient() == ["close:1009"])
        }
    }

    private static func profile(_ rule: String) throws -> Profile {
        let text = """
            version: 1
            name: test
            about: One rule.
            rules:
              - id: one
                at: edge.tx
                match: {}
                fire: {always: true}
                do: [{\(rule)}]
            """
        return try ProfileReader.read(text: text, file: "test.yaml").get()
    }

    @Test("ends once when a rule answers every frame, also the Close, with a Close")
    func closeRule() throws {
        let world = try RelayWorld(
            profiles: [try Self.profile("close: {code: 4000, reason: no}")]
        )
        world.open()
        world.backendSends(Self.said("a"))
        #expect(world.isClientClosed && world.dials[0].isClosed)
    }

    @Test("sends its own Close when a rule lets it go")
    func delayedClose() throws {
        let world = try RelayWorld(profiles: [try Self.profile("delay: {time: 50ms}")])
        world.open()
        let id = try #require(world.relay.sessions(after: 0, limit: 1).items.first).id
        world.command(.close(session: id, code: 4001, reason: ""))
        #expect(!world.isClientClosed)
        world.advance(.milliseconds(60))
        #expect(try world.takeClient() == ["close:4001"])
        #expect(world.isClientClosed)
    }

    @Test("keeps a delayed Close of its own away from the next leg")
    func delayedSleep() throws {
        let world = try RelayWorld(profiles: [try Self.profile("delay: {time: 50ms}")])
        world.open()
        world.advance(.seconds(10))
        world.advance(.milliseconds(60))
        #expect(try world.takeBackend() == ["close:1001"])
        world.backendSends(RelayWorld.close(1001, isMasked: false))
        world.clientSends(Self.text("a"))
        world.dials[1].received.clear()
        world.backendSends(RelayWorld.accept())
        world.advance(.milliseconds(60))
        #expect(try world.takeBackend() == ["text:a"])
    }

    @Test("keeps one Pong, the newest, for a client that does not read")
    func pongFlood() throws {
        let world = try RelayWorld()
        world.open()
        let client = try #require(world.client)
        world.receive(.writable(client, false))
        for number in 0..<100 {
            world.clientSends(RelayWorld.frame("\(number)", opcode: Opcode.ping))
        }
        #expect(try world.takeClient() == [])
        world.receive(.writable(client, true))
        #expect(try world.takeClient() == ["pong:99"])
    }

    @Test("does not put to sleep what a slow client has still to hear, and pauses a new leg for it")
    func slowClient() throws {
        let world = try RelayWorld()
        world.open()
        let client = try #require(world.client)
        world.receive(.writable(client, false))
        world.advance(.seconds(30))
        #expect(try world.takeBackend() == [])
        world.receive(.writable(client, true))
        world.advance(.seconds(30))
        #expect(world.dials[0].isClosed)
    }

    @Test("an evicted leg leaves no half message to the next one")
    func evictedInside() throws {
        let world = try RelayWorld(isTracing: false)
        world.open()
        world.clientSends(RelayWorld.frame("fi", fin: false))
        world.command(.evict(object: "/chat", keepsSockets: true))
        world.clientSends(RelayWorld.frame("rst", opcode: Opcode.continuation))
        #expect(world.dials.count == 1)
        world.clientSends(Self.text("second"))
        #expect(world.dials.count == 2)
        world.dials[1].received.clear()
        world.backendSends(RelayWorld.accept())
        #expect(try world.takeBackend() == ["text:second"])
    }

    @Test("remembers that a client ended its half while the backend was dialled")
    func halfClosedEarly() throws {
        let world = try RelayWorld()
        world.connect()
        world.clientSends(RelayWorld.request())
        world.receive(.halfClosed(try #require(world.client)))
        world.backendSends(RelayWorld.accept())
        world.advance(.seconds(6))
        #expect(world.isClientClosed && world.dials[0].isClosed)
    }

    @Test("a client that was refused may ask again on the same connection")
    func refusedAsksAgain() throws {
        let world = try RelayWorld()
        world.connect()
        world.clientSends(RelayWorld.request())
        world.backendSends(
            ByteBuffer(string: "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n")
        )
        world.dials[0].received.clear()
        world.clientSends(ByteBuffer(string: "GET / HTTP/1.1\r\n\r\n"))
        #expect(String(buffer: world.dials[0].received) == "GET / HTTP/1.1\r\n\r\n")
    }
}
