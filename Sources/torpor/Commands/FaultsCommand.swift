internal import ArgumentParser
internal import FaultFiles
internal import Faults
internal import FramePath

struct FaultsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "faults",
        abstract: "Check fault profiles, or list them and the actions they can use.",
        subcommands: [Validate.self, List.self]
    )

    struct Validate: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check profiles; all errors of all files as file:line:column.",
            discussion: """
                torpor faults validate faults/ my-profile.yaml

                Exit codes: 0 valid, 1 invalid.
                """
        )

        @Argument(help: "Profile files or folders of them.")
        var paths: [String] = ["faults"]

        @Flag(help: "Print one JSON object a line for each error.")
        var json = false

        func run() throws {
            var checked = 0
            var failed = 0
            for path in self.paths {
                let files = ProfileFiles.all(under: path)
                guard !files.isEmpty else {
                    throw CommandFailure(
                        "no profile at \(path): name a .yaml file or a folder of them"
                    )
                }
                for file in files {
                    checked += 1
                    let text: String
                    do {
                        text = try ProfileFiles.text(of: file)
                    } catch {
                        failed += 1
                        Terminal.line("\(file):1:1: error: \(error)")
                        continue
                    }
                    let found = ProfileReader.inspect(text: text, file: file).findings.errors
                    if found.contains(where: { !$0.isWarning }) { failed += 1 }
                    for error in found {
                        Terminal.line(
                            self.json ? ProfileErrors(errors: [error]).json : error.rendered
                        )
                    }
                }
            }
            if !self.json { Terminal.line("\(checked) profiles checked, \(failed) invalid") }
            if failed > 0 { throw ExitCode(1) }
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the profiles under a folder and the actions a rule can take."
        )

        @Argument(help: "The folder.")
        var folder = "faults"

        @Flag(help: "Print JSON.")
        var json = false

        func run() throws {
            var writer = JSONWriter()
            var lines: [String] = ["Profiles under \(self.folder):"]
            writer.beginObject()
            writer.key("profiles")
            writer.beginArray()
            for file in ProfileFiles.all(under: self.folder) {
                guard
                    case .success(let profile) = ProfileReader.read(
                        text: try ProfileFiles.text(of: file),
                        file: file
                    )
                else {
                    Terminal.note("\(file) is invalid: torpor faults validate \(file)")
                    continue
                }
                lines.append("  \(profile.name)  (\(file))\n      \(profile.about)")
                writer.beginObject()
                writer.key("name")
                writer.string(profile.name)
                writer.key("file")
                writer.string(file)
                writer.key("about")
                writer.string(profile.about)
                writer.endObject()
            }
            writer.endArray()
            lines.append("Actions:")
            writer.key("actions")
            writer.beginArray()
            for action in FaultCatalog.actions {
                lines.append("  \(action.word)  \(action.summary)\n      \(action.example)")
                writer.beginObject()
                writer.key("word")
                writer.string(action.word)
                writer.key("summary")
                writer.string(action.summary)
                writer.key("example")
                writer.string(action.example)
                writer.endObject()
            }
            writer.endArray()
            writer.endObject()
            if self.json { Terminal.line(writer.bytes) } else { lines.forEach(Terminal.line) }
        }
    }
}
