internal import Faults
internal import Foundation
internal import TraceAnalysis

/// What came of one run, and how it is told.
struct RunOutcome {
    let profile: String
    let expect: Expect?
    let command: [String]
    let end: ChildProcess.End
    let seconds: Double
    let report: AnalysisReport

    /// Whether the profile's expectation holds; `nil` when it has none.
    var isExpected: Bool? { self.expect.map { ExpectedFinding.isMet($0, by: self.report) } }

    /// The command's code; 1 when it is 0 and the expectation fails.
    var exitCode: Int32 {
        self.end.code == 0 && self.isExpected == false ? 1 : self.end.code
    }

    /// Whether somebody will want to read the trace.
    var isBroken: Bool {
        self.exitCode != 0 || self.isExpected == nil && self.report.status == .broken
    }

    /// What stands at the end of standard error, a line each.
    var lines: [String] {
        var lines = [self.report.oneLine]
        if let expected = self.expectedWords { lines.append(expected) }
        if let ended = self.endWords { lines.append(ended) }
        return lines
    }

    private var expectedWords: String? {
        guard let expect, let isExpected else { return nil }
        // Of an unknown run nothing speaks against the expectation, and nothing for it.
        guard !isExpected || self.report.status != .unknown else { return nil }
        return isExpected
            ? "as \(self.profile) expects: \(ExpectedFinding.words(expect))"
            : "NOT AS EXPECTED: \(self.profile) expects \(ExpectedFinding.words(expect))"
    }

    private var endWords: String? {
        switch self.end {
        case .exited(0): nil
        case .exited(let code): "the command ended with code \(code)"
        case .killed(let signal): "the command was ended by signal \(signal)"
        case .notStarted(_, let why): "cannot run \(self.command[0]): \(why)"
        }
    }

    /// A testcase for the command and one for the expectation.
    var junit: JUnitSuite {
        let commandOutcome: JUnitSuite.Outcome =
            switch self.end {
            case .exited(0): .passed
            case .notStarted: .error(self.endWords ?? "")
            case .exited, .killed: .failed(self.endWords ?? "", details: self.report.oneLine)
            }
        let expected: JUnitSuite.Outcome =
            switch self.isExpected {
            case true?: .passed
            case false?:
                .failed(
                    self.report.oneLine,
                    details: (self.expectedWords ?? "") + "\n" + self.report.text
                )
            case nil: .skipped("\(self.profile) expects nothing; \(self.report.oneLine)")
            }
        return JUnitSuite(
            name: "torpor run \(self.profile)",
            cases: [
                .init(
                    name: self.command.joined(separator: " "),
                    seconds: self.seconds,
                    outcome: commandOutcome
                ),
                .init(name: "expectation of \(self.profile)", seconds: 0, outcome: expected),
            ]
        )
    }

    /// Workflow commands for a GitHub job, a line each.
    var annotations: [GitHubAnnotation] {
        let finding = self.report.findings.first
        var annotations = [
            GitHubAnnotation(
                level: self.isExpected == false
                    ? .error
                    : self.isExpected == nil && finding?.status == .broken
                        ? .warning : .notice,
                title: "torpor run \(self.profile)",
                message: [self.report.oneLine, self.isExpected == false ? self.expectedWords : nil]
                    .compactMap(\.self).joined(separator: "\n"),
                source: finding?.source
            )
        ]
        if let ended = self.endWords {
            annotations.append(
                GitHubAnnotation(
                    level: .error,
                    title: "torpor run \(self.profile)",
                    message: "\(ended): \(self.command.joined(separator: " "))"
                )
            )
        }
        return annotations
    }

    /// Markdown for a GitHub job's summary.
    var summary: String {
        var lines = ["### torpor run \(self.profile)", ""]
        lines += self.lines.map { "- " + GitHubAnnotation.code($0) }
        return lines.joined(separator: "\n") + "\n"
    }
}
