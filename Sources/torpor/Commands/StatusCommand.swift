internal import ArgumentParser
internal import Foundation
internal import TorporServer

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Say what a running edge is doing.",
        discussion: """
            torpor status --control http://127.0.0.1:8079

            Exit codes: 0 when it answers, 69 when nobody does, 1 when it refuses.
            """
    )

    @Option(help: "The control interface, http://HOST:PORT.")
    var control = ControlOptions.standard

    @Option(help: "Its secret; else TORPOR_CONTROL_TOKEN.")
    var controlToken: String?

    @Option(help: "How many objects and sessions are listed, each.")
    var limit = 20

    @Flag(help: "One JSON object instead of text.")
    var json = false

    func validate() throws {
        guard (1...1_000).contains(self.limit) else {
            throw ValidationError("--limit is from 1 to 1000")
        }
    }

    func run() async throws {
        var options = ControlOptions()
        options.controlToken = self.controlToken
        let client = ControlClient(address: self.control, token: options.token)
        let paths = [
            "version", "healthz", "profile", "objects?limit=\(self.limit)",
            "sessions?limit=\(self.limit)",
        ]
        var bodies: [[UInt8]] = []
        for path in paths {
            let (status, body) = try await client.get("/" + path)
            guard status == 200 else {
                let failure = try? JSONDecoder().decode(Refusal.self, from: Data(body))
                Terminal.note(
                    "torpor: \(failure.map { "\($0.error); \($0.next)" } ?? "status \(status)")"
                )
                throw ExitCode(1)
            }
            bodies.append(body)
        }
        if self.json {
            let keys = ["version", "health", "profile", "objects", "sessions"]
            let members = zip(keys, bodies).map { key, body in
                let text = String(decoding: body, as: UTF8.self)
                return "\"\(key)\":" + text.trimmingCharacters(in: .newlines)
            }
            Terminal.line("{" + members.joined(separator: ",") + "}")
            return
        }
        for line in try Self.lines(bodies) { Terminal.line(line) }
    }

    // MARK: text

    private struct Refusal: Decodable {
        var error: String
        var next: String
    }

    private struct Version: Decodable {
        var version: String
        var edge: String
    }

    private struct Health: Decodable {
        var link: String?
        var reason: String?
    }

    private struct Profiles: Decodable {
        struct File: Decodable { var file: String }
        var version: Int
        var seed: String
        var profiles: [File]
    }

    private struct Objects: Decodable {
        struct Item: Decodable {
            var object: String
            var phase: String
            var wake: Int?
            var sessions: Int
            var queuedMessages: Int
        }
        var items: [Item]
        var next: Int?
    }

    private struct Sessions: Decodable {
        struct Item: Decodable {
            var session: String
            var object: String
            var stage: String
            var peer: String?
            var framesReceived: Int
            var framesSent: Int
            var held: Int
            var stalled: Bool
        }
        var items: [Item]
        var next: Int?
    }

    private static func lines(_ bodies: [[UInt8]]) throws -> [String] {
        let decoder = JSONDecoder()
        let version = try decoder.decode(Version.self, from: Data(bodies[0]))
        let health = try decoder.decode(Health.self, from: Data(bodies[1]))
        let profile = try decoder.decode(Profiles.self, from: Data(bodies[2]))
        let objects = try decoder.decode(Objects.self, from: Data(bodies[3]))
        let sessions = try decoder.decode(Sessions.self, from: Data(bodies[4]))
        let files = profile.profiles.map(\.file).joined(separator: ", ")
        let reason = health.reason.map { " (\($0))" } ?? ""
        var lines = [
            "edge      \(version.version) on \(version.edge)",
            "link      \(health.link ?? "none: a backend")\(reason)",
            "profile   version \(profile.version): \(files.isEmpty ? "no faults" : files), "
                + "seed \(profile.seed)",
            "objects   \(Self.count(objects.items.count, objects.next))",
        ]
        for item in objects.items {
            let wake = item.wake.map { "wake \($0)" } ?? "never woken"
            let queued = item.queuedMessages > 0 ? ", \(item.queuedMessages) queued" : ""
            lines.append(
                "  \(item.object)  \(item.phase), \(wake), \(item.sessions) sessions\(queued)"
            )
        }
        lines.append("sessions  \(Self.count(sessions.items.count, sessions.next))")
        for item in sessions.items {
            let peer = item.peer.map { " from \($0)" } ?? ""
            let held = item.held > 0 ? ", \(item.held) held" : ""
            let stalled = item.stalled ? ", stalled" : ""
            lines.append(
                "  \(item.session)  \(item.object), \(item.stage)\(peer), "
                    + "\(item.framesReceived) frames in, \(item.framesSent) out\(held)\(stalled)"
            )
        }
        return lines
    }

    private static func count(_ count: Int, _ next: Int?) -> String {
        next == nil ? "\(count)" : "the first \(count); --limit shows more"
    }
}
