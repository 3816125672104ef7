internal import ArgumentParser
internal import Foundation
internal import TorporServer

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

            Exit codes of every command: 64 what was asked cannot be done (a flag, a file, an
            address), 69 the system refused (a port in use, a folder that cannot be written).
            """,
        version: version,
        subcommands: [
            UpCommand.self, EdgeCommand.self, ObjectCommand.self, ClientCommand.self,
            ProbeCommand.self, StudyCommand.self, RunCommand.self, CheckCommand.self,
            FaultsCommand.self, TraceCommand.self, StatusCommand.self, CertsCommand.self,
            BenchCommand.self, BenchWorker.self,
        ]
    )

    /// Parses, runs, and turns failures into one line and an exit code of their own, so that the codes
    /// 0, 1 and 2 of a command stay what its help says.
    static func main() async {
        do {
            var command = try Self.parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch let failure as CommandFailure {
            Self.fail(failure.description, code: 64)
        } catch let failure as TLSFailure {
            Self.fail(failure.description, code: 64)
        } catch let failure as ServerFailure {
            Self.fail(failure.description, code: 69)
        } catch let failure as TraceFailure {
            Self.fail(failure.description, code: 69)
        } catch {
            Self.exit(withError: error)
        }
    }

    private static func fail(_ words: String, code: Int32) {
        Terminal.note("torpor: \(words)")
        Foundation.exit(code)
    }

    /// The tool's version, as it stands in the run row of every trace.
    static let version = "0.1.0"
}
