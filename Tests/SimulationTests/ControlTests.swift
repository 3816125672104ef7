import EdgeCore
import Faults
import FramePath
import FrameTrace
import NIOCore
import ObjectCore
import ObjectLink
import Simulation
import Testing
import WebSocketWire

@Suite("What an operator asks of the edge")
struct ControlTests {
    private static func session(_ client: SimulatedClient, of world: World) -> SessionID {
        let page = world.sessions
        return page[world.clients.firstIndex { $0 === client } ?? 0].id
    }

    @Test("an awake object is put to sleep at once, and the answer comes when it sleeps")
    func hibernate() throws {
        let world = Setting().world()
        let client = try world.join("a")
        world.ask(.hibernate(object: "a"))
        #expect(world.answers.isEmpty)
        world.run(for: .milliseconds(10))
        #expect(world.answers.map(\.result) == [.done("it sleeps")])
        #expect(world.lives(.hibernated) == 1)
        #expect(world.objects.map(\.phase) == [.hibernated])
        world.exchange(client, 1)
        #expect(client.types == ["welcome", "echo", "pong", "heartbeat_ack"])
    }

    @Test("what prevents sleep is said in the platform's words")
    func hibernateBlocked() throws {
        var setting = Setting()
        setting.mode = .resident
        let world = setting.world()
        _ = try world.join("a")
        world.ask(.hibernate(object: "a"))
        world.run(for: .milliseconds(10))
        #expect(
            world.answers.map(\.result) == [
                .conflict("prevents hibernation: resident mode never hibernates")
            ]
        )
        #expect(world.lives(.hibernateBegin) == 0)
    }

    @Test("an event between the wish and the sleep is said, and nothing is lost")
    func hibernateCancelled() throws {
        let world = Setting().world()
        let client = try world.join("a")
        world.say(client, type: "ping")
        world.run(for: .milliseconds(1))
        world.ask(.hibernate(object: "a"))
        world.run(for: .milliseconds(100))
        #expect(world.answers.count == 1)
        #expect(client.types == ["welcome", "pong"])
    }

    @Test("a sleeping object is woken and the answer comes when it is awake")
    func wake() throws {
        let world = Setting().world()
        _ = try world.join("a")
        world.run(for: .seconds(12))
        #expect(world.lives(.hibernated) == 1)
        world.ask(.wake(object: "a"))
        #expect(world.answers.isEmpty)
        world.run(for: .milliseconds(10))
        #expect(world.answers.map(\.result) == [.done("it is awake")])
        let reasons = world.edgeTrace.compactMap { recorded -> String? in
            if case .life(let step) = recorded.event, step.what == .wakeStart {
                step.why
            } else {
                nil
            }
        }
        #expect(reasons == ["fetch", "control"])
    }

    @Test("without an object server a wake is refused at once with the reason")
    func wakeWithoutServer() throws {
        let world = Setting().world()
        _ = try world.join("a")
        world.run(for: .seconds(12))
        world.killObjects(reason: "killed")
        world.run(for: .milliseconds(10))
        world.ask(.wake(object: "a"))
        #expect(world.answers.map(\.result) == [.unavailable("no object server: killed")])
    }

    @Test("a wake that the object server's death ends is answered when time runs out")
    func wakeTimesOut() throws {
        let bench = EdgeBench()
        _ = bench.accepted(1)
        bench.sleep(LinkStreamID(number: 1), [EdgeBench.package(EdgeBench.first)])
        bench.feed(.command(ControlID(number: 1), .wake(object: "room")))
        #expect(bench.answers.isEmpty)
        bench.advance(.seconds(31))
        #expect(bench.answers == [.unavailable("no sign of life within the time-out")])
    }

    @Test("an evicted object loses its memory and keeps its sockets, or resets them")
    func evict() throws {
        let world = Setting().world()
        let client = try world.join("a")
        world.ask(.evict(object: "a", keepsSockets: true))
        world.run(for: .milliseconds(100))
        #expect(world.lives(.evicted) == 1)
        #expect(client.isOpen)
        world.exchange(client, 1)
        #expect(client.types == ["welcome", "echo", "pong", "heartbeat_ack"])
        world.ask(.evict(object: "a", keepsSockets: false))
        world.run(for: .milliseconds(100))
        #expect(!client.isOpen)
        #expect(
            world.answers.map(\.result) == [
                .done("evicted: 1 sessions held"), .done("evicted: 1 sessions reset"),
            ]
        )
    }

    @Test("a session is closed with a code and a reason, or reset")
    func ends() throws {
        let world = Setting().world()
        let closed = try world.join("a")
        let reset = try world.join("a")
        let (first, second) = (Self.session(closed, of: world), Self.session(reset, of: world))
        world.ask(.close(session: first, code: 4001, reason: "go"))
        world.ask(.reset(session: second))
        world.run(for: .milliseconds(100))
        #expect(closed.ended?.code == 4001 && closed.ended?.reason == "go")
        #expect(reset.ended?.code == 1006)
        world.ask(.close(session: first, code: 4001, reason: "go"))
        guard case .notFound = world.answers.last?.result else {
            Issue.record("a session that is gone was closed")
            return
        }
    }

    @Test("a stalled session stands still both ways, wakes nobody, and goes on without loss")
    func stall() throws {
        let world = Setting().world()
        let client = try world.join("a")
        let other = try world.join("a")
        let session = Self.session(client, of: world)
        world.ask(.stall(session: session))
        world.run(for: .seconds(12))
        world.exchange(client, 1)
        world.send(.ping, ByteBuffer(string: "p"), from: client)
        world.run(for: .seconds(1))
        #expect(client.types == ["welcome"] && client.pongs.isEmpty)
        #expect(world.lives(.constructed) == 1)
        #expect(world.sessions.map(\.isStalled) == [true, false])
        #expect(world.summary.heldMessages == 4)
        world.exchange(other, 2)
        #expect(other.types == ["welcome", "echo", "pong", "heartbeat_ack"])
        world.ask(.resume(session: session))
        world.run(for: .seconds(1))
        #expect(client.types == ["welcome", "echo", "pong", "heartbeat_ack"])
        #expect(client.pongs.count == 1)
        #expect(world.summary.heldMessages == 0)
        #expect(world.answers.last?.result == .done("4 messages were let go"))
    }

    @Test("a stalled session whose client leaves is told to the object")
    func stallThenLoss() throws {
        let world = Setting().world()
        let client = try world.join("a")
        world.ask(.stall(session: Self.session(client, of: world)))
        world.say(client, type: "ping")
        world.cut(client)
        world.run(for: .seconds(1))
        #expect(world.sessions.isEmpty)
        #expect(world.seen(.objectDispatch, .toObject).isEmpty)
    }

    @Test("an unknown object or session is said to be unknown")
    func unknown() {
        let world = Setting().world()
        let nobody = SessionID(edge: 1, number: 1)
        let commands: [ControlCommand] = [
            .hibernate(object: "x"), .wake(object: "x"), .evict(object: "x", keepsSockets: true),
            .close(session: nobody, code: 1000, reason: ""), .reset(session: nobody),
            .stall(session: nobody), .resume(session: nobody),
        ]
        for command in commands { world.ask(command) }
        #expect(world.answers.count == commands.count)
        for answer in world.answers {
            guard case .notFound = answer.result else {
                Issue.record("\(answer.result)")
                continue
            }
        }
    }

    @Test("commands that wait for their outcome are bounded and the bound is counted")
    func tooMany() {
        let bench = EdgeBench { $0.limits.commandsMax = 2 }
        _ = bench.accepted(1)
        for number in 0..<3 as Range<UInt64> {
            bench.feed(.command(ControlID(number: number), .hibernate(object: "room")))
        }
        #expect(bench.answers == [.unavailable("too many commands wait for their outcome")])
        #expect(bench.edge.summary().limits[.commands] == 1)
        bench.advance(.seconds(11))
        #expect(bench.answers.count == 3)
    }

    @Test("lists come in parts that join to the whole, whoever leaves in between")
    func pages() throws {
        let world = Setting().world()
        for number in 0..<7 { _ = try world.join("o\(number)") }
        var names: [String] = []
        var after: Int? = 0
        while let from = after {
            let page = world.objects(after: from, limit: 3)
            names += page.items.map(\.name)
            after = page.next
        }
        #expect(names == (0..<7).map { "o\($0)" })
        let first = world.sessions(after: 0, limit: 3)
        world.cut(world.clients[0])
        world.run(for: .seconds(1))
        let second = world.sessions(after: try #require(first.next), limit: 10)
        #expect((first.items + second.items).map(\.object) == names)
        #expect(second.next == nil)
    }

    @Test("messages are counted by point, direction and outcome")
    func counts() throws {
        var match = Matcher()
        match.direction = .toClient
        let rule = Rule(id: "r", at: .edgeTx, match: match, fire: .nth(2), actions: [.drop])
        var setting = Setting()
        setting.engine = FaultEngine(
            profiles: [Profile(name: "p", rules: [rule])],
            seed: 1,
            version: 1
        )
        let world = setting.world()
        let client = try world.join("a")
        world.exchange(client, 1)
        let counts = world.summary.counts
        #expect(counts[.edgeRx, .toObject, .passed] == 3)
        #expect(counts[.edgeTx, .toObject, .passed] == 3)
        #expect(counts[.edgeRx, .toClient, .passed] == 4)
        #expect(counts[.edgeTx, .toClient, .passed] == 3)
        #expect(counts[.edgeTx, .toClient, .dropped] == 1)
    }

    @Test("steps are recorded without messages when only an operator looks on")
    func stepsOnly() {
        let bench = EdgeBench { $0.isTracing = false }
        bench.edge.observe(steps: true, messages: false)
        let leg = bench.accepted(1)
        bench.text(leg, "hello")
        #expect(bench.sockets.contains(.upgrade) && bench.lives.contains(.wakeStart))
        #expect(bench.seen(.edgeRx, .toObject).isEmpty)
        bench.edge.observe(steps: true, messages: true)
        bench.text(leg, "hello")
        #expect(bench.seen(.edgeRx, .toObject).count == 1)
    }
}
