internal import ArgumentParser
internal import NIOPosix
internal import ObjectCore
internal import TorporServer

struct UpCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "up",
        abstract: "Run edge and object server in one process.",
        discussion: """
            torpor up --listen 127.0.0.1:8080 --hibernate-after 2s --faults silent-handlers --trace run/

            Open http://127.0.0.1:8080/ in a browser, or use `torpor client` and `torpor probe`.
            Exit codes: 0 after SIGTERM or SIGINT, 69 when it cannot start.
            """
    )

    @OptionGroup(title: "Edge") var edge: EdgeOptions
    @OptionGroup(title: "Object") var object: ObjectOptions
    @OptionGroup(title: "Faults") var faults: FaultOptions
    @OptionGroup(title: "Trace") var trace: TraceArguments
    @OptionGroup(title: "Control") var control: ControlOptions

    func run() async throws {
        let signals = Signals.requests()
        let profiles = try self.faults.read()
        let clock = RunClock()
        let trace = try self.trace.open()
        var objects = ObjectServerConfiguration(
            objects: try self.object.configuration(isTracing: trace != nil, clock: clock)
        )
        objects.trace = trace
        objects.clock = clock
        let edge = try self.edge.configuration(profiles, trace: trace, clock: clock)
        let up = try await Up.start(
            edge: edge,
            objects: objects,
            group: .singletonMultiThreadedEventLoopGroup
        )
        let operated = try await Operated.start(
            up.edge,
            options: self.control,
            profiles: profiles,
            clock: clock
        )
        Serving.banner(
            "edge",
            address: up.address,
            profiles: profiles,
            trace: trace,
            isSecure: edge.listenTLS != nil,
            more: [
                "objects in this process: \(self.object.kind), \(self.object.mode.rawValue), "
                    + "sleep after \(DurationArgument(objects.objects.hibernateAfter))",
                operated.banner,
            ]
        )
        await Serving.untilSignal(signals) {
            await operated.stop()
            await up.stop()
        }
    }
}
