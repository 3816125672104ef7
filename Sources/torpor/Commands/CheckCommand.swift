internal import ArgumentParser
internal import FaultFiles
internal import TraceAnalysis

struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Hold a stored run against expectations.",
        discussion: """
            torpor check run/ --expect expectations.yaml

            version: 1
            expect:
              - no_loss: {}
                match: {direction: to-client, type: [echo, pong]}
              - no_reorder: {across: wake}
              - woke_within: 500ms
              - hibernates_within: 12s
              - close_code: 1000
              - finding: none

            Exit codes: 0 all hold, 1 one does not, 2 the records do not say.
            """
    )

    @Argument(help: "The folder given to --trace, or one run in it.")
    var folder: String

    @Option(help: ArgumentHelp("What must hold, a YAML file.", valueName: "file"))
    var expect: String

    @Flag(help: "Print JSON.")
    var json = false

    @Option(help: ArgumentHelp("Write a JUnit report into this file.", valueName: "file"))
    var junit: String?

    func run() throws {
        let text = try ProfileFiles.text(of: self.expect)
        switch RequirementReader.read(text: text, file: self.expect) {
        case .failure(let errors): throw CommandFailure(errors.rendered)
        case .success(let requirements):
            let sources = try RunDirectory.load(TraceFolder.current(self.folder))
            let report = Checker.check(sources, requirements)
            if let file = self.junit {
                try OutputFile.write(
                    report.junit(name: "torpor check \(self.expect)").xml,
                    to: file
                )
            }
            Terminal.line(self.json ? report.json : report.text)
            if report.exitCode != 0 { throw ExitCode(report.exitCode) }
        }
    }
}
