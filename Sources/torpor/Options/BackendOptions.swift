public import ArgumentParser
public import EdgeCore
internal import Faults
internal import FramePath
internal import TorporServer
internal import WebSocketWire

/// Any WebSocket server behind the edge, the same flags wherever an edge is started.
struct BackendOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Any WebSocket server behind the edge; repeat it with [HOST][/PREFIX]=URL for several.",
            valueName: "url"
        ),
        transform: Self.route
    )
    var backend: [BackendRoute] = []

    @Option(help: "Idle time before a session's backend leg sleeps, or never.")
    var hibernateAfter = IdleArgument(span: .seconds(10))

    @Option(help: "Pings: answer them at the edge, or forward them to the other end.")
    var ping: RelayConfiguration.PingPolicy = .answer

    @Option(
        help: ArgumentHelp(
            "What a backend says first when dialled again: pass, swallow:N or swallow-until:TYPE.",
            valueName: "what"
        )
    )
    var onRedial = RedialArgument(redial: .pass)

    @Flag(help: "Show the backend the client's own Host header instead of the backend's name.")
    var keepHost = false

    private static func route(_ text: String) throws -> BackendRoute {
        do {
            return try BackendRoute(text)
        } catch {
            throw ValidationError(error.reason)
        }
    }

    func apply(to configuration: inout EdgeServerConfiguration, trust: TLSTrust) throws {
        configuration.backends = self.backend
        if self.backend.contains(where: \.backend.isSecure) {
            configuration.backendTLS = try TLSContext.client(trust: trust, alpn: ["http/1.1"])
        }
        configuration.hibernateAfter = self.hibernateAfter.span
        configuration.pings = self.ping
        configuration.onRedial = self.onRedial.redial
        configuration.keepsHost = self.keepHost
    }

    /// Tells of rules that can never fire: no message of a backend passes an object's points.
    func warn(about profiles: LoadedProfiles) {
        guard !self.backend.isEmpty else { return }
        for rule in profiles.profiles.flatMap(\.rules) {
            switch rule.at {
            case .edgeRx, .edgeTx: continue
            case .clientTx, .clientRx, .objectRx, .objectDispatch, .objectSend, .objectTx:
                Terminal.note(
                    "rule \(rule.id) stands at \(rule.at.rawValue), which no message of --backend "
                        + "passes: use edge.rx or edge.tx"
                )
            }
        }
    }
}

/// `5s`, or `never`.
struct IdleArgument: ExpressibleByArgument, CustomStringConvertible {
    /// How long; `nil` for never.
    var span: Tick.Span?

    init(span: Tick.Span?) { self.span = span }

    init?(argument: String) {
        if argument == "never" {
            self.span = nil
        } else if let duration = DurationArgument(argument: argument) {
            self.span = duration.span
        } else {
            return nil
        }
    }

    var description: String { self.span.map { DurationArgument($0).description } ?? "never" }
}

/// `pass`, `swallow:N` or `swallow-until:TYPE`.
struct RedialArgument: ExpressibleByArgument, CustomStringConvertible {
    var redial: RelayConfiguration.Redial

    init(redial: RelayConfiguration.Redial) { self.redial = redial }

    init?(argument: String) {
        let parts = argument.split(separator: ":", maxSplits: 1).map(String.init)
        switch (parts.first, parts.count) {
        case ("pass", 1): self.redial = .pass
        case ("swallow", 2):
            guard let count = Int(parts[1]), (1...64).contains(count) else { return nil }
            self.redial = .swallow(count)
        case ("swallow-until", 2): self.redial = .swallowUntil(parts[1])
        default: return nil
        }
    }

    var description: String {
        switch self.redial {
        case .pass: "pass"
        case .swallow(let count): "swallow:\(count)"
        case .swallowUntil(let type): "swallow-until:\(type)"
        }
    }
}

extension RelayConfiguration.PingPolicy: ExpressibleByArgument {}
