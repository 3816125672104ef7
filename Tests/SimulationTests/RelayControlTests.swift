import EdgeCore
import Faults
import FramePath
import FrameTrace
import Testing
import WebSocketWire

import struct NIOCore.ByteBuffer

@Suite("What an operator asks of a relay")
struct RelayControlTests {
    private static let session = SessionID(edge: 7, number: 1)

    private static func world(
        _ profiles: [Profile] = [],
        isTracing: Bool = true
    ) throws -> (RelayWorld, object: String) {
        let world = try RelayWorld(profiles: profiles, isTracing: isTracing)
        world.open(target: "/chat")
        world.clientSends(RelayWorld.frame("one"))
        _ = try world.takeBackend()
        let object = try #require(world.relay.objects(after: 0, limit: 9).items.first)
        #expect(object.sessions == 1)
        return (world, object.name)
    }

    @Test("an object's legs are put to sleep now and dialled again, each answered when it is so")
    func sleepAndWake() throws {
        let (world, object) = try Self.world()
        world.ask(.hibernate(object: object))
        #expect(try world.takeBackend() == ["close:1001"])
        #expect(world.answers.isEmpty)
        // The backend does not answer the Close: its time runs out.
        world.advance(.seconds(6))
        #expect(world.answers == [.done("it sleeps")])
        #expect(world.relay.objects(after: 0, limit: 9).items.map(\.phase) == [.hibernated])
        world.ask(.wake(object: object))
        #expect(world.dials.count == 2 && world.answers.count == 1)
        world.backendSends(RelayWorld.accept(""))
        #expect(world.answers.last == .done("it is awake"))
        #expect(world.relay.objects(after: 0, limit: 9).items.map(\.wake) == [1])
    }

    @Test("a stalled session stands still both ways and goes on without loss")
    func stall() throws {
        let (world, _) = try Self.world()
        world.ask(.stall(session: Self.session))
        world.clientSends(RelayWorld.frame("two"))
        world.backendSends(RelayWorld.frame("answer", isMasked: false))
        #expect(try world.takeBackend().isEmpty)
        let status = try #require(world.relay.sessions(after: 0, limit: 9).items.first)
        #expect(status.isStalled && status.heldMessages == 2 && status.id == Self.session)
        world.received.clear()
        world.ask(.resume(session: Self.session))
        #expect(world.answers.last == .done("2 messages were let go"))
        #expect(try world.takeBackend() == ["text:two"])
        #expect(try world.takeClient() == ["text:answer"])
    }

    @Test("a session is closed with a code, and its leg with it")
    func close() throws {
        let (world, _) = try Self.world()
        world.received.clear()
        world.ask(.close(session: Self.session, code: 4001, reason: "go"))
        #expect(try world.takeClient() == ["close:4001"])
        #expect(try world.takeBackend() == ["close:1001"])
        world.ask(.reset(session: Self.session))
        guard case .notFound = world.answers.last else {
            Issue.record("\(world.answers)")
            return
        }
    }

    @Test("profiles come into force at once, unchanged rules go on counting, panic lets go")
    func reload() throws {
        var match = Matcher()
        match.direction = .toObject
        let rule = Rule(
            id: "r",
            profile: "p",
            at: .edgeTx,
            match: match,
            fire: .nth(3),
            actions: [.stall(nil)]
        )
        let profile = Profile(name: "p", rules: [rule])
        let (world, _) = try Self.world([profile])
        world.ask(.reload(profiles: [profile], texts: [], seed: 1))
        #expect(world.answers.last == .done("version 2 is in force at the edge"))
        world.clientSends(RelayWorld.frame("two"))
        world.clientSends(RelayWorld.frame("three"))
        #expect(try world.takeBackend() == ["text:two"])
        world.ask(.panic)
        #expect(try world.takeBackend() == ["text:three"])
        #expect(world.relay.summary().profileVersion == 3)
        let decided = world.events().compactMap { event -> UInt32? in
            if case .fault(let fault) = event { fault.decision.version } else { nil }
        }
        #expect(decided == [1, 2, 2])
    }

    @Test("messages are counted also where nobody looks at them")
    func counts() throws {
        let (world, _) = try Self.world(isTracing: false)
        world.relay.observe(steps: true, messages: false)
        world.clientSends(RelayWorld.frame("two"))
        let counts = world.relay.summary().counts
        #expect(counts[.edgeRx, .toObject, .passed] == 2)
        #expect(counts[.edgeTx, .toObject, .passed] == 2)
    }

    @Test("what is unknown is said to be unknown")
    func unknown() throws {
        let (world, _) = try Self.world()
        let nobody = SessionID(edge: 9, number: 9)
        let commands: [ControlCommand] = [
            .hibernate(object: "x"), .wake(object: "x"), .evict(object: "x", keepsSockets: true),
            .close(session: nobody, code: 1000, reason: ""), .stall(session: nobody),
        ]
        for command in commands { world.ask(command) }
        for answer in world.answers {
            guard case .notFound = answer else {
                Issue.record("\(answer)")
                continue
            }
        }
        #expect(world.answers.count == commands.count)
    }
}
