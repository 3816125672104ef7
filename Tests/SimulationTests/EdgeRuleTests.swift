import EdgeCore
import Faults
import FramePath
import FrameTrace
import NIOCore
import ObjectLink
import Simulation
import Testing
import WebSocketWire

@Suite("Rules at the points of the edge")
struct EdgeRuleTests {
    private static func setting(
        _ point: Point,
        _ direction: Direction,
        _ fire: Trigger,
        _ action: Action
    ) -> Setting {
        var match = Matcher()
        match.direction = direction
        match.opcodes = [.text]
        let rule = Rule(id: "r", at: point, match: match, fire: fire, actions: [action])
        let profile = Profile(name: "p", rules: [rule])
        var setting = Setting()
        setting.engine = FaultEngine(profiles: [profile], seed: 1, version: 1)
        return setting
    }

    @Test("a duplicate made at the edge is handled twice, with a copy number of its own")
    func duplicate() throws {
        let world = Self.setting(
            .edgeRx,
            .toObject,
            .nth(2),
            .duplicate(copies: 1, after: .milliseconds(5))
        ).world()
        let client = try world.join("a")
        world.exchange(client, 1)
        #expect(client.types == ["welcome", "echo", "pong", "heartbeat_ack", "pong"])
        #expect(world.seen(.objectDispatch, .toObject).map(\.id.copy) == [0, 0, 0, 1])
    }

    @Test("a message delayed into its object's sleep wakes it when its time has come")
    func delayedIntoSleep() throws {
        let world = Self.setting(
            .edgeTx,
            .toObject,
            .nth(2),
            .delay(time: .seconds(20), jitter: .zero)
        ).world()
        let client = try world.join("a")
        world.exchange(client, 1)
        world.run(for: .seconds(19))
        #expect(world.lives(.hibernated) == 1)
        #expect(client.types == ["welcome", "echo"])
        world.run(for: .seconds(5))
        #expect(client.types == ["welcome", "echo", "pong", "heartbeat_ack"])
        #expect(world.lives(.constructed) == 2)
    }

    @Test("a lane that stands still for ever holds its session, and the object still hears its end")
    func stallForever() throws {
        let world = Self.setting(.edgeTx, .toObject, .nth(2), .stall(nil)).world()
        let client = try world.join("a")
        world.exchange(client, 1)
        #expect(client.types == ["welcome", "echo"])
        world.cut(client)
        world.run(for: .seconds(1))
        let closes = world.hostTrace.count {
            if case .socket(let step) = $0.event { step.what == .closeDispatched } else { false }
        }
        #expect(closes == 1)
    }

    @Test("a rule closes or resets the client's socket, and the object hears of it")
    func cuts() throws {
        for action in [Action.close(code: 4010, reason: "rule"), .reset] {
            let world = Self.setting(.edgeTx, .toClient, .nth(2), action).world()
            let client = try world.join("a")
            world.exchange(client, 1)
            world.run(for: .seconds(1))
            #expect(client.types == ["welcome"])
            #expect(client.ended?.code == (action == .reset ? 1006 : 4010))
            let codes = world.hostTrace.compactMap { recorded -> UInt16? in
                guard case .socket(let step) = recorded.event, step.what == .closeDispatched else {
                    return nil
                }
                return step.code
            }
            #expect(codes == [action == .reset ? 1006 : 4010])
        }
    }

    @Test("an eviction at the edge throws the instance out; the next message makes another")
    func evict() throws {
        let world = Self.setting(.edgeTx, .toObject, .nth(2), .evict(keepsSockets: true)).world()
        let client = try world.join("a")
        world.exchange(client, 1)
        world.run(for: .seconds(1))
        // The evicting message and the answers of the lost life are gone; the third one wakes.
        #expect(client.types.last == "heartbeat_ack")
        #expect(!client.types.contains("pong"))
        #expect(world.lives(.evicted, at: true) == 1)
        #expect(world.lives(.constructed) == 2)
        #expect(client.isOpen)
    }

    @Test("an eviction that closes sockets resets every client of the object")
    func evictSockets() throws {
        let world = Self.setting(.edgeTx, .toObject, .nth(1), .evict(keepsSockets: false)).world()
        let one = try world.join("a")
        let two = try world.join("a")
        let other = try world.join("b")
        world.say(one, type: "ping")
        world.run(for: .seconds(1))
        #expect(one.ended?.code == 1006 && two.ended?.code == 1006)
        #expect(other.isOpen)
    }

    @Test("frames let go by a lane have the numbers the client counts")
    func numbers() throws {
        let world = Self.setting(
            .edgeTx,
            .toClient,
            .every(period: 2, offset: 0),
            .delay(time: .milliseconds(30), jitter: .zero)
        ).world()
        let client = try world.join("a")
        world.exchange(client, 1)
        world.exchange(client, 2)
        world.run(for: .seconds(1))
        let numbered = world.edgeTrace.compactMap { recorded -> String? in
            guard case .frame(let seen) = recorded.event, seen.point == .edgeTx,
                seen.message.id.direction == .toClient, let sequence = seen.sequence
            else { return nil }
            return "\(sequence) \(String(buffer: seen.message.payload))"
        }
        #expect(client.messages.count == 7)
        #expect(numbered == client.messages.map { "\($0.sequence) \($0.text)" })
    }

    @Test("random bytes never harm the edge or anybody else", arguments: 0..<40)
    func garbage(seed: UInt64) throws {
        let bench = EdgeBench()
        let good = bench.accepted(1)
        let bad = seed % 2 == 0 ? bench.connect(2) : bench.accepted(2)
        for turn in 0..<50 as Range<UInt64> {
            let draw = Philox.draw(key: (seed, 7), counter: (turn, 0, 0, 0))
            var bytes = ByteBuffer()
            bytes.writeInteger(draw.0)
            bytes.writeInteger(draw.1)
            bench.feed(.clientBytes(bad, bytes))
        }
        bench.advance(.seconds(20))
        bench.sent.removeAll()
        bench.text(good, "fine")
        #expect(bench.delivered == ["fine"])
        #expect(!bench.closed.contains(good))
    }
}
