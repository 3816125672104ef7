import EdgeCore
import FramePath
import FrameTrace
import NIOCore
import ObjectCore
import Simulation
import Testing
import WebSocketWire

@Suite("Edge, object server and clients in virtual time")
struct SimulationTests {
    @Test("every exchange works in the first life, after a wake and after a second wake")
    func lives() throws {
        let world = Setting().world()
        let client = try world.join("a")
        #expect(client.isOpen)
        world.exchange(client, 1)
        world.run(for: .seconds(15))
        world.exchange(client, 2)
        world.run(for: .seconds(15))
        world.exchange(client, 3)
        #expect(
            client.types
                == ["welcome"]
                + Array(repeating: ["echo", "pong", "heartbeat_ack"], count: 3).flatMap { $0 }
        )
        #expect(world.lives(.hibernated) == 2)
        #expect(world.lives(.constructed) == 3)
        let first = Set(client.messages.map { Self.connection($0.text) })
        #expect(first.count == 1, "the attachment did not survive")
    }

    private static func connection(_ text: String) -> String {
        let parts = text.split(separator: #""connectionId":""#)
        return parts.count == 2 ? String(parts[1].prefix(36)) : "none"
    }

    @Test("a protocol ping of a sleeping object's client is answered and wakes nobody")
    func pingAsleep() throws {
        let world = Setting().world()
        let client = try world.join("a")
        world.run(for: .seconds(15))
        #expect(world.lives(.hibernated) == 1)
        world.send(.ping, ByteBuffer(string: "hi"), from: client)
        world.run(for: .seconds(15))
        #expect(client.pongs == [ByteBuffer(string: "hi")])
        #expect(world.lives(.constructed) == 1)
    }

    @Test("a hundred messages across a wake arrive in order and exactly once")
    func burst() throws {
        let world = Setting().world()
        let client = try world.join("a")
        world.run(for: .seconds(15))
        for number in 0..<100 { world.say(client, type: "message", "n\(number)") }
        world.run(for: .seconds(1))
        let echoes = client.messages.dropFirst().map(\.text)
        #expect(echoes.count == 100)
        for (number, text) in echoes.enumerated() { #expect(text.contains("n\(number)\"")) }
        #expect(world.lives(.constructed) == 2)
    }

    @Test("messages sent while sleep is announced are handled, in order, by whichever life")
    func burstsAroundSleep() throws {
        for offset in 0..<40 {
            let world = Setting().world()
            let client = try world.join("a")
            // The barrier lies somewhere in these few milliseconds.
            world.run(for: .milliseconds(9_880) + .milliseconds(UInt64(offset)))
            for number in 0..<20 {
                world.say(client, type: "message", "n\(number)")
                world.run(for: .milliseconds(1))
            }
            world.run(for: .seconds(1))
            let echoes = client.messages.dropFirst().map(\.text)
            #expect(echoes.count == 20, "offset \(offset)")
            for (number, text) in echoes.enumerated() { #expect(text.contains("n\(number)\"")) }
        }
    }

    @Test("a close by the object and a close by the client both end clean with their code")
    func closes() throws {
        let world = Setting().world()
        let one = try world.join("a")
        let other = try world.join("a")
        let text = #"{"type":"close","code":4002,"reason":"asked"}"#
        world.send(.text, ByteBuffer(string: text), from: one)
        world.close(other, code: 4003, reason: "bye")
        world.run(for: .seconds(1))
        #expect(one.ended?.code == 4002 && one.ended?.wasClean == true)
        #expect(one.ended?.reason == "asked")
        #expect(other.ended?.code == 4003 && other.ended?.wasClean == true)
    }

    @Test("a close by the client of a sleeping object wakes it, and it hears the code")
    func closeAsleep() throws {
        let world = Setting().world()
        let client = try world.join("a")
        world.run(for: .seconds(15))
        world.close(client, code: 4004, reason: "night")
        world.run(for: .seconds(1))
        #expect(world.lives(.constructed) == 2)
        let codes = world.hostTrace.compactMap { recorded -> UInt16? in
            guard case .socket(let step) = recorded.event, step.what == .closeDispatched else {
                return nil
            }
            return step.code
        }
        #expect(codes == [4004])
    }

    @Test("a forgetful object never answers again after a wake, though its socket stays open")
    func forgetful() throws {
        var setting = Setting()
        setting.mode = .forgetful
        let world = setting.world()
        let client = try world.join("a")
        world.exchange(client, 1)
        #expect(client.messages.count == 4)
        world.run(for: .seconds(15))
        world.exchange(client, 2)
        world.exchange(client, 3)
        #expect(client.messages.count == 4)
        #expect(client.isOpen)
        #expect(world.seen(.objectDispatch, .toObject).count == 9)
    }

    @Test("a resident object never sleeps")
    func resident() throws {
        var setting = Setting()
        setting.mode = .resident
        let world = setting.world()
        let client = try world.join("a")
        world.run(for: .seconds(40))
        world.exchange(client, 1)
        #expect(world.lives(.hibernated) == 0)
        #expect(client.messages.count == 4)
    }

    @Test("an object server that is killed and comes back finds its sessions still held")
    func serverLoss() throws {
        let world = Setting().world()
        let client = try world.join("a")
        world.exchange(client, 1)
        world.killObjects(reason: "killed")
        world.run(for: .seconds(1))
        world.say(client, type: "ping")
        world.run(for: .seconds(2))
        #expect(client.isOpen && client.messages.count == 4)
        world.startLink()
        world.run(for: .seconds(1))
        #expect(client.types.last == "pong")
        #expect(client.messages.count == 5)
        world.exchange(client, 2)
        #expect(client.messages.count == 8)
    }

    @Test("an object server that is killed while its object sleeps loses nothing")
    func serverLossAsleep() throws {
        let world = Setting().world()
        let client = try world.join("a")
        world.run(for: .seconds(15))
        world.killObjects(reason: "killed")
        world.run(for: .seconds(60))
        world.startLink()
        world.run(for: .seconds(1))
        world.exchange(client, 1)
        #expect(client.types == ["welcome", "echo", "pong", "heartbeat_ack"])
    }

    @Test("without an object server an upgrade is refused with 502")
    func noServer() throws {
        var setting = Setting()
        setting.startsLink = false
        let world = setting.world()
        let client = try world.join("a")
        #expect(client.refused?.code == 502)
    }

    @Test("the page and the 404 and 426 come through the edge")
    func plainRequests() {
        let world = Setting().world()
        world.run(for: .milliseconds(50))
        let client = world.connectBare()
        for path in ["/", "/nothing", "/websocket"] {
            world.write(
                ByteBuffer(string: "GET \(path) HTTP/1.1\r\nHost: e\r\n\r\n"),
                from: client
            )
            world.run(for: .milliseconds(50))
        }
        let answers = String(buffer: client.bytes).split(separator: "HTTP/1.1 ")
            .map { $0.prefix(3) }
        #expect(answers == ["200", "404", "426"])
    }

    @Test("messages keep one identity at every point they pass")
    func identity() throws {
        let world = Setting().world()
        let client = try world.join("a")
        world.exchange(client, 1)
        world.run(for: .seconds(15))
        world.exchange(client, 2)
        for direction in Direction.allCases {
            let points = Point.path(direction).filter(\.takesRules)
            let ids = points.map { world.seen($0, direction).map(\.id) }
            for list in ids { #expect(list == ids[0]) }
            #expect(ids[0].count == (direction == .toObject ? 6 : 7))
        }
        let phases = world.seen(.edgeRx, .toObject).map(\.phase)
        #expect(phases == [.active, .active, .active, .hibernated, .waking, .waking])
    }

    @Test("the same calls give the same trace, event for event")
    func repeatable() throws {
        var runs: [[String]] = []
        for _ in 0..<2 {
            let world = Setting().world()
            let client = try world.join("a")
            world.exchange(client, 1)
            world.run(for: .seconds(15))
            world.exchange(client, 2)
            world.cut(client)
            world.run(for: .seconds(100))
            let all = world.edgeTrace + world.hostTrace + client.trace
            runs.append(all.map { String(describing: $0) })
        }
        #expect(runs[0] == runs[1])
        #expect(runs[0].count > 100)
    }

    @Test("broken frames of one client leave the others of its object alone")
    func neighbours() throws {
        let world = Setting().world()
        let good = try world.join("a")
        let bad = world.connectBare()
        world.write(ByteBuffer(string: EdgeBench.upgrade("/objects/a/websocket")), from: bad)
        world.run(for: .milliseconds(100))
        world.write(ByteBuffer(bytes: [0x81, 0x01, 0x61]), from: bad)
        world.run(for: .milliseconds(100))
        #expect(bad.isClosed)
        world.exchange(good, 1)
        #expect(good.messages.count == 4)
    }
}
