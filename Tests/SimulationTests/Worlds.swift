import EdgeCore
import FaultFiles
import Faults
import FramePath
import FrameTrace
import NIOCore
import ObjectCore
import ObjectLink
import Simulation
import WebSocketWire

/// A world with the reference object, set up in one line.
struct Setting {
    var profiles: [LinkMessage.ProfileText] = []
    var engine = FaultEngine()
    var seed: UInt64 = 42
    var mode = ObjectMode.hibernating
    var hibernateAfter = Tick.Span.seconds(10)
    var startsLink = true
    var entropy: UInt64 = 7

    /// A world whose object server really reads the profiles it is sent.
    func readingWorld() -> World {
        self.world { texts, seed, version in
            Result {
                let profiles = try texts.map {
                    try ProfileReader.read(text: $0.text, file: $0.file).get()
                }
                return FaultEngine(profiles: profiles, seed: seed, version: version)
            }
        }
    }

    func world() -> World {
        let engine = self.engine
        return self.world { _, _, _ in .success(engine) }
    }

    private func world(_ readProfiles: @escaping World.ProfilesReader) -> World {
        let engine = self.engine
        return World(
            edge: EdgeConfiguration(
                edgeID: 0xed6e,
                run: "sim",
                seed: self.seed,
                profiles: self.profiles
            ),
            engine: engine,
            objects: ObjectConfiguration(mode: self.mode, hibernateAfter: self.hibernateAfter),
            entropy: self.entropy,
            startsLink: self.startsLink,
            readProfiles: readProfiles
        )
    }
}

extension World {
    /// Connects to an object and lets the welcome arrive.
    func join(_ name: String) throws -> SimulatedClient {
        let client = self.connect(try WebSocketURL("ws://edge/objects/\(name)/websocket"))
        self.run(for: .milliseconds(100))
        return client
    }

    func say(_ client: SimulatedClient, type: String, _ message: String = "") {
        let text = #"{"type":"\#(type)","message":"\#(message)","timestamp":"t"}"#
        self.send(.text, ByteBuffer(string: text), from: client)
    }

    var objects: [ObjectStatus] { self.objects(after: 0, limit: .max).items }
    var sessions: [SessionStatus] { self.sessions(after: 0, limit: .max).items }

    /// Sends one message of each type and lets the answers arrive.
    func exchange(_ client: SimulatedClient, _ number: Int) {
        for type in ["message", "ping", "heartbeat"] { self.say(client, type: type, "\(number)") }
        self.run(for: .milliseconds(100))
    }

    func lives(_ what: TraceEvent.LifeStep.What, at edge: Bool = false) -> Int {
        (edge ? self.edgeTrace : self.hostTrace).count {
            if case .life(let step) = $0.event { step.what == what } else { false }
        }
    }

    /// Messages of a direction at a point, as identity and type.
    func seen(_ point: Point, _ direction: Direction) -> [Message] {
        let trace = point.isOfEdge ? self.edgeTrace : self.hostTrace
        return trace.compactMap {
            guard case .frame(let seen) = $0.event, seen.point == point, !seen.isRelease,
                seen.message.id.direction == direction
            else { return nil }
            return seen.message
        }
    }
}

extension Point {
    var isOfEdge: Bool { self == .edgeRx || self == .edgeTx }
}

extension SimulatedClient {
    var types: [String] {
        self.messages.map { String($0.text.split(separator: "\"").dropFirst(3).first ?? "") }
    }
}
