internal import ArgumentParser

@main
struct Torpor: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "torpor",
        abstract: "An edge-proxy emulator with fault injection for hibernating WebSocket objects.",
        discussion: """
            See the original bug next to the healthy service:
              torpor study silent-handlers

            Stand between a client and an object server:
              torpor up --listen 127.0.0.1:8080 --faults faults/drop-after-wake.yaml --trace run/
              torpor probe ws://127.0.0.1:8080/ --trace run/
              torpor trace analyze run/
            """,
        version: version,
        subcommands: [
            UpCommand.self, EdgeCommand.self, ObjectCommand.self, ClientCommand.self,
            ProbeCommand.self, StudyCommand.self, FaultsCommand.self, TraceCommand.self,
        ]
    )

    /// The tool's version, as it stands in the run row of every trace.
    static let version = "0.1.0"
}
