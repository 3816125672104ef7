import EdgeCore
import FaultFiles
import Faults
import FramePath
import FrameTrace
import ObjectLink
import Simulation
import Testing

@Suite("Profiles that come into force while sessions are held")
struct ReloadTests {
    /// A profile of one rule.
    private static func text(
        _ id: String,
        at point: String,
        fire: String,
        do action: String = "drop: {}"
    ) -> String {
        """
        version: 1
        name: p
        rules:
          - id: \(id)
            at: \(point)
            match: {direction: to-client, opcode: [text]}
            fire: {\(fire)}
            do: [{\(action)}]

        """
    }

    private static func command(_ texts: String...) throws -> ControlCommand {
        let texts = texts.map { LinkMessage.ProfileText(file: "p.yaml", text: $0) }
        let profiles = try texts.map {
            try ProfileReader.read(text: $0.text, file: $0.file).get()
        }
        return .reload(profiles: profiles, texts: texts, seed: 42)
    }

    private static func world(_ text: String?) throws -> World {
        var setting = Setting()
        if let text {
            let profile = try ProfileReader.read(text: text, file: "p.yaml").get()
            setting.profiles = [LinkMessage.ProfileText(file: "p.yaml", text: text)]
            setting.engine = FaultEngine(profiles: [profile], seed: 42, version: 1)
        }
        return setting.readingWorld()
    }

    private static func versions(_ trace: [Recorded]) -> [UInt32] {
        trace.compactMap {
            if case .fault(let decided) = $0.event { decided.decision.version } else { nil }
        }
    }

    private static func marks(_ trace: [Recorded]) -> [String] {
        trace.compactMap { if case .mark(let words) = $0.event { words } else { nil } }
    }

    @Test(
        "a new profile is in force at both ends, each decision names its version",
        arguments: [
            "edge.tx", "object.tx",
        ]
    )
    func reload(point: String) throws {
        let world = try Self.world(nil)
        let client = try world.join("a")
        world.exchange(client, 1)
        world.ask(try Self.command(Self.text("r", at: point, fire: "always: true")))
        #expect(world.answers.isEmpty)
        world.run(for: .milliseconds(10))
        #expect(
            world.answers.map(\.result) == [
                .done("version 2 is in force at the edge and at the object server")
            ]
        )
        world.exchange(client, 2)
        #expect(client.messages.count == 4)
        let trace = point == "edge.tx" ? world.edgeTrace : world.hostTrace
        #expect(Self.versions(trace) == [2, 2, 2])
        #expect(Self.marks(world.edgeTrace).contains("profile version 2: p"))
        #expect(Self.marks(world.hostTrace) == ["profile version 2"])
        #expect(world.summary.profileVersion == 2 && client.isOpen)
    }

    @Test("an unchanged rule goes on counting at both ends", arguments: ["edge.tx", "object.tx"])
    func stateIsKept(point: String) throws {
        let rule = Self.text("r", at: point, fire: "nth: 6")
        let world = try Self.world(rule)
        let client = try world.join("a")
        world.exchange(client, 1)
        // A comment above the rule moves it and changes nothing of it.
        world.ask(try Self.command("# moved\n" + rule))
        world.run(for: .milliseconds(10))
        world.exchange(client, 2)
        #expect(client.types.suffix(2) == ["echo", "heartbeat_ack"])
        #expect(client.messages.count == 6)
    }

    @Test("without a link a reload is in force at the edge and the next hello carries it")
    func withoutLink() throws {
        let world = try Self.world(nil)
        let client = try world.join("a")
        world.killObjects(reason: "killed")
        world.run(for: .milliseconds(10))
        world.ask(try Self.command(Self.text("r", at: "object.tx", fire: "always: true")))
        #expect(world.answers.count == 1)
        world.startLink()
        world.run(for: .seconds(1))
        world.exchange(client, 1)
        #expect(client.types == ["welcome"])
        #expect(Self.versions(world.hostTrace) == [2, 2, 2])
    }

    @Test("a link that is lost on the way does not lose the reload")
    func lostOnTheWay() throws {
        let world = try Self.world(nil)
        let client = try world.join("a")
        world.ask(try Self.command(Self.text("r", at: "object.tx", fire: "always: true")))
        world.killObjects(reason: "killed")
        world.run(for: .seconds(1))
        #expect(world.answers.count == 1 && world.summary.profileVersion == 2)
        world.startLink()
        world.run(for: .seconds(1))
        world.exchange(client, 1)
        #expect(client.types == ["welcome"])
    }

    @Test("what the object server refuses is in force nowhere, and sessions go on")
    func refused() throws {
        let rule = Self.text("r", at: "edge.tx", fire: "nth: 2")
        let world = try Self.world(rule)
        let client = try world.join("a")
        let bad = LinkMessage.ProfileText(file: "bad.yaml", text: "version: 1\n")
        world.ask(.reload(profiles: [], texts: [bad], seed: 42))
        world.run(for: .milliseconds(10))
        guard case .conflict(let reason)? = world.answers.last?.result else {
            Issue.record("\(world.answers)")
            return
        }
        #expect(reason.contains("bad.yaml"))
        #expect(world.summary.profileVersion == 1 && world.summary.link == .up)
        world.exchange(client, 1)
        #expect(client.types == ["welcome", "pong", "heartbeat_ack"])
    }

    @Test("a reload that nobody acknowledges is answered after five seconds and not in force")
    func unanswered() throws {
        let bench = EdgeBench()
        bench.feed(
            .command(
                ControlID(number: 1),
                try Self.command(Self.text("r", at: "edge.tx", fire: "always: true"))
            )
        )
        bench.feed(
            .command(
                ControlID(number: 2),
                try Self.command(Self.text("q", at: "edge.tx", fire: "always: true"))
            )
        )
        #expect(bench.answers == [.conflict("another reload is under way: try again")])
        bench.advance(.seconds(6))
        #expect(bench.answers.count == 2)
        #expect(bench.edge.summary().profileVersion == 1)
        // Its acknowledgement comes too late to mean anything.
        bench.feed(.control(.helloAck(version: 2)))
        #expect(bench.edge.summary().profileVersion == 1)
    }

    @Test("an edge whose profile was refused is freed by a good one")
    func afterRefusal() throws {
        let bench = EdgeBench(startsLink: false)
        bench.feed(.linkUp)
        bench.feed(.control(.helloRefused(reason: "p.yaml:1:1")))
        bench.feed(
            .command(
                ControlID(number: 1),
                try Self.command(Self.text("r", at: "edge.tx", fire: "always: true"))
            )
        )
        bench.feed(.control(.helloAck(version: 2)))
        #expect(bench.edge.summary().link == .up)
        #expect(bench.links == [.greeting, .refused(reason: "p.yaml:1:1"), .up])
    }

    @Test(
        "panic ends every rule at once and lets go what they hold, at both ends",
        arguments: [
            ("edge.tx", "stall: {}"), ("edge.rx", "delay: {time: 600s}"), ("object.tx", "jam: {}"),
            ("object.send", "stall: {}"),
        ]
    )
    func panic(point: String, action: String) throws {
        let rule = Self.text("r", at: point, fire: "always: true", do: action)
        let world = try Self.world(rule)
        let client = try world.join("a")
        world.exchange(client, 1)
        #expect(client.messages.isEmpty)
        world.ask(.panic)
        world.run(for: .milliseconds(10))
        #expect(
            world.answers.map(\.result) == [
                .done("no rule is in force at the edge and at the object server")
            ]
        )
        world.run(for: .milliseconds(10))
        #expect(client.types == ["welcome", "echo", "pong", "heartbeat_ack"])
        world.exchange(client, 2)
        #expect(client.messages.count == 7)
        #expect(world.summary.heldMessages == 0)
    }

    @Test("panic does not wait for a reload that is under way")
    func panicDuringReload() throws {
        let world = try Self.world(nil)
        let client = try world.join("a")
        world.ask(
            try Self.command(Self.text("r", at: "object.tx", fire: "always: true")),
            number: 1
        )
        world.ask(.panic, number: 2)
        world.run(for: .milliseconds(10))
        #expect(world.answers.map(\.id.number) == [1, 2])
        #expect(world.summary.profileVersion == 3)
        world.exchange(client, 1)
        #expect(client.messages.count == 4)
    }
}
