import EdgeCore
import Faults
import FramePath
import FrameTrace
import NIOCore
import ObjectLink
import Simulation
import Testing
import WebSocketWire

/// Contract §4, "Loss of the object server", sentence by sentence.
@Suite("Sessions held while the object server is lost")
struct HoldingTests {
    private static let stream = LinkStreamID(number: 1)

    private static func sentLost(_ bench: EdgeBench) -> [TraceEvent.SocketStep] {
        bench.trace.compactMap {
            if case .socket(let step) = $0.event, step.what == .sentLost { step } else { nil }
        }
    }

    @Test("an awake object's phase is evicted until it is needed again")
    func phase() {
        let bench = EdgeBench()
        let leg = bench.accepted(1)
        bench.feed(.linkDown(reason: "killed"))
        #expect(bench.edge.objects(after: 0, limit: 9).items.map(\.phase) == [.evicted])
        bench.text(leg, "first")
        bench.text(leg, "second")
        let phases = bench.seen(.edgeRx, .toObject).map(\.message.phase)
        #expect(phases == [.evicted, .waking])
    }

    @Test("a sleeping object stays hibernated, for its package is at the edge")
    func asleep() {
        let bench = EdgeBench()
        _ = bench.accepted(1)
        bench.sleep(Self.stream, [EdgeBench.package(EdgeBench.first)])
        bench.feed(.linkDown(reason: "killed"))
        #expect(bench.edge.objects(after: 0, limit: 9).items.map(\.phase) == [.hibernated])
    }

    @Test("messages already sent and not answered are lost, and the trace says which")
    func sentAreLost() throws {
        let bench = EdgeBench()
        let leg = bench.accepted(1)
        for text in ["zero", "one", "two"] { bench.text(leg, text) }
        bench.feed(.streamMessage(Self.stream, .send(Self.answer(to: 0))))
        bench.feed(.linkDown(reason: "killed"))
        let lost = Self.sentLost(bench)
        #expect(lost.map(\.count) == [2])
        #expect(lost.map(\.sequence) == [1])
        #expect(lost.map(\.session) == [EdgeBench.first])
        bench.bringLinkUp()
        bench.text(leg, "three")
        bench.feed(.streamMessage(LinkStreamID(number: 2), bench.life(.woken, 1)))
        #expect(bench.delivered.last == "three")
        #expect(bench.delivered.count == 4)
    }

    @Test("what was answered, and what a sleep came after, is not called lost")
    func nothingLost() {
        let bench = EdgeBench()
        let leg = bench.accepted(1)
        bench.text(leg, "zero")
        bench.feed(.streamMessage(Self.stream, .send(Self.answer(to: 0))))
        bench.text(leg, "one")
        bench.sleep(Self.stream, [EdgeBench.package(EdgeBench.first)])
        bench.feed(.linkDown(reason: "killed"))
        #expect(Self.sentLost(bench).isEmpty)
    }

    private static func answer(to ordinal: UInt32) -> Message {
        var message = Message(
            id: MessageID(session: EdgeBench.first, direction: .toClient, ordinal: ordinal),
            kind: .text,
            payload: ByteBuffer(string: "{}"),
            phase: .active,
            wake: 0,
            handler: .webSocketMessage
        )
        message.cause = ordinal
        return message
    }

    @Test("queued messages are kept in order over several losses")
    func queueKept() {
        let bench = EdgeBench()
        let leg = bench.accepted(1)
        bench.feed(.linkDown(reason: "killed"))
        bench.text(leg, "one")
        bench.bringLinkUp()
        bench.feed(.linkDown(reason: "killed again"))
        bench.text(leg, "two")
        bench.bringLinkUp()
        bench.feed(.streamMessage(LinkStreamID(number: 3), bench.life(.woken, 1)))
        #expect(bench.delivered == ["one", "two"])
        #expect(bench.closed.isEmpty)
        #expect(bench.edge.summary().linkLosses == 2)
    }

    @Test("a message that waits thirty seconds ends its session with 1013, and no other")
    func timeout() throws {
        let bench = EdgeBench()
        let asking = bench.accepted(1)
        let quiet = bench.accepted(2)
        bench.feed(.linkDown(reason: "killed"))
        bench.text(asking, "anybody?")
        bench.advance(.seconds(29))
        #expect(try bench.closeCodes(asking).isEmpty)
        bench.advance(.seconds(2))
        #expect(try bench.closeCodes(asking) == [1013])
        #expect(try bench.closeCodes(quiet).isEmpty)
        #expect(bench.lives.contains(.wakeFailed))
    }

    @Test("the thirty seconds count from the first need, however often the link comes and goes")
    func timeoutOverFlaps() throws {
        let bench = EdgeBench()
        let leg = bench.accepted(1)
        bench.feed(.linkDown(reason: "killed"))
        bench.text(leg, "anybody?")
        for _ in 0..<31 {
            bench.bringLinkUp()
            bench.advance(.milliseconds(500))
            bench.feed(.linkDown(reason: "killed again"))
            bench.advance(.milliseconds(500))
        }
        #expect(try bench.closeCodes(leg) == [1013])
    }

    @Test("the close says that the object is unavailable")
    func reason() throws {
        let bench = EdgeBench()
        let leg = bench.accepted(1)
        bench.feed(.linkDown(reason: "killed"))
        bench.text(leg, "anybody?")
        bench.advance(.seconds(31))
        let close = try #require(try bench.frames(leg).last { $0.opcode == Opcode.close })
        #expect(String(buffer: close.payload).hasSuffix("object unavailable"))
    }

    @Test("a message that a rule held until its object was lost is queued like any other")
    func heldByRule() throws {
        var match = Matcher()
        match.direction = .toObject
        let delay = Action.delay(time: .seconds(1), jitter: .zero)
        let rule = Rule(id: "r", at: .edgeTx, match: match, fire: .always, actions: [delay])
        let profile = Profile(name: "p", rules: [rule])
        let bench = EdgeBench(engine: FaultEngine(profiles: [profile], seed: 1, version: 1))
        let leg = bench.accepted(1)
        bench.text(leg, "held")
        bench.feed(.linkDown(reason: "killed"))
        bench.advance(.seconds(20))
        #expect(try bench.closeCodes(leg).isEmpty)
        bench.advance(.seconds(12))
        #expect(try bench.closeCodes(leg) == [1013])
    }

    @Test("the thousand-and-first queued message ends its own session with 1013, and no other")
    func queueMessages() throws {
        let bench = EdgeBench()
        let flooding = bench.accepted(1)
        let quiet = bench.accepted(2)
        bench.feed(.linkDown(reason: "killed"))
        for number in 0..<1_000 { bench.text(flooding, "\(number)") }
        #expect(try bench.closeCodes(flooding).isEmpty)
        bench.text(flooding, "one too many")
        #expect(try bench.closeCodes(flooding) == [1013])
        #expect(try bench.closeCodes(quiet).isEmpty)
        #expect(bench.edge.summary().limits[.queue] == 1)
    }

    @Test("more than four mebibytes queued end the session with 1013")
    func queueBytes() throws {
        let bench = EdgeBench()
        let leg = bench.accepted(1)
        bench.feed(.linkDown(reason: "killed"))
        for _ in 0..<4 {
            bench.frame(leg, Opcode.binary, ByteBuffer(repeating: 1, count: 1 << 20))
        }
        #expect(try bench.closeCodes(leg).isEmpty)
        bench.frame(leg, Opcode.binary, ByteBuffer(repeating: 1, count: 1))
        #expect(try bench.closeCodes(leg) == [1013])
    }

    @Test("with nothing queued a session is held for ever, and its pings are answered")
    func forEver() throws {
        let bench = EdgeBench()
        let leg = bench.accepted(1)
        bench.feed(.linkDown(reason: "killed"))
        bench.advance(.seconds(7 * 24 * 3_600))
        bench.frame(leg, Opcode.ping, ByteBuffer(string: "still there?"))
        let frames = try bench.frames(leg)
        #expect(frames.map(\.opcode) == [Opcode.pong])
        #expect(bench.closed.isEmpty && bench.resets.isEmpty)
        bench.bringLinkUp()
        bench.text(leg, "back")
        bench.feed(.streamMessage(LinkStreamID(number: 2), bench.life(.woken, 1)))
        #expect(bench.delivered == ["back"])
    }

    @Test("with drop every session is closed with 1012, also those whose objects sleep")
    func drop() throws {
        let bench = EdgeBench { $0.onObjectLoss = .drop }
        let sleeping = bench.accepted(1)
        bench.sleep(Self.stream, [EdgeBench.package(EdgeBench.first)])
        let awake = bench.accepted(2, path: "/objects/other/websocket")
        bench.text(awake, "on its way")
        bench.feed(.linkDown(reason: "killed"))
        #expect(try bench.closeCodes(sleeping) == [1012])
        #expect(try bench.closeCodes(awake) == [1012])
        for leg in [sleeping, awake] {
            bench.frame(leg, Opcode.close, ClosePayload.bytes(code: 1012, reason: ""))
        }
        #expect(bench.closed == [sleeping, awake])
        #expect(bench.edge.sessions(after: 0, limit: 9).items.isEmpty)
        bench.bringLinkUp()
        // Nobody is woken to hear that a client left because of the loss.
        #expect(bench.opened.count == 2)
    }

    @Test("upgrades and requests are answered 502; a held session never is")
    func badGateway() throws {
        let bench = EdgeBench()
        let held = bench.accepted(1)
        let asking = bench.connect(2)
        bench.say(asking, EdgeBench.upgrade("/objects/new/websocket"))
        let request = bench.connect(3)
        bench.say(request, "GET / HTTP/1.1\r\nHost: e\r\n\r\n")
        bench.feed(.linkDown(reason: "killed"))
        #expect(bench.text(asking).hasPrefix("HTTP/1.1 502"))
        #expect(bench.text(request).hasPrefix("HTTP/1.1 502"))
        let late = bench.connect(4)
        bench.say(late, EdgeBench.upgrade("/objects/new/websocket"))
        #expect(bench.text(late).contains("killed"))
        #expect(bench.text(held).isEmpty)
    }

    @Test("five losses in a row disconnect nobody, and each client is answered after the last")
    func again() throws {
        let world = Setting().world()
        let clients = try (0..<20).map { try world.join("o\($0 % 4)") }
        for round in 0..<5 {
            for client in clients { world.say(client, type: "message", "\(round)") }
            world.run(for: .milliseconds(UInt64(round)))
            world.killObjects(reason: "killed")
            world.run(for: .milliseconds(50))
            world.startLink()
            world.run(for: .seconds(1))
        }
        for client in clients {
            world.say(client, type: "heartbeat")
        }
        world.run(for: .seconds(1))
        #expect(clients.allSatisfy { $0.isOpen })
        #expect(clients.allSatisfy { $0.types.last == "heartbeat_ack" })
    }
}
