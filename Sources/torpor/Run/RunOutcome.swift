internal import ClientCore
internal import Faults
internal import Foundation
internal import TraceAnalysis

/// What came of one run, and how it is told.
struct RunOutcome {
    let profile: String
    let expect: Expect?
    let script: RunScript.Played?
    let command: [String]
    /// How the command ended; `nil` without one.
    let end: ChildProcess.End?
    let seconds: Double
    let report: AnalysisReport

    /// Whether the profile's expectation holds; `nil` when it has none.
    var isExpected: Bool? { self.expect.map { ExpectedFinding.isMet($0, by: self.report) } }

    /// The command's code, the script's without one; 1 when it is 0 and the expectation fails.
    var exitCode: Int32 {
        let code = self.end?.code ?? self.script?.report.exitCode ?? 0
        return code == 0 && self.isExpected == false ? 1 : code
    }

    /// Whether somebody will want to read the trace.
    var isBroken: Bool {
        self.exitCode != 0 || self.isExpected == nil && self.report.status == .broken
    }

    /// What stands at the end of standard error, a line each.
    var lines: [String] {
        var lines = [self.report.oneLine]
        if let expected = self.expectedWords { lines.append(expected) }
        if let words = self.script?.words { lines.append(words) }
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
        case .exited(0), nil: nil
        case .exited(let code): "the command ended with code \(code)"
        case .killed(let signal): "the command was ended by signal \(signal)"
        case .notStarted(_, let why): "cannot run \(self.command[0]): \(why)"
        }
    }

    /// A testcase for the script and the command, as far as there are such, and one for the
    /// expectation.
    var junit: JUnitSuite {
        var cases: [JUnitSuite.Case] = []
        if let script {
            let outcome: JUnitSuite.Outcome =
                script.words.map { .failed($0, details: script.report.text()) } ?? .passed
            cases.append(.init(name: script.file, seconds: script.seconds, outcome: outcome))
        }
        if let end {
            let outcome: JUnitSuite.Outcome =
                switch end {
                case .exited(0): .passed
                case .notStarted: .error(self.endWords ?? "")
                case .exited, .killed: .failed(self.endWords ?? "", details: self.report.oneLine)
                }
            cases.append(
                .init(
                    name: self.command.joined(separator: " "),
                    seconds: self.seconds,
                    outcome: outcome
                )
            )
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
        cases.append(
            .init(name: "expectation of \(self.profile)", seconds: 0, outcome: expected)
        )
        return JUnitSuite(name: "torpor run \(self.profile)", cases: cases)
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
        let ended = self.endWords.map { "\($0): \(self.command.joined(separator: " "))" }
        for message in [self.script?.words, ended].compactMap(\.self) {
            annotations.append(
                GitHubAnnotation(
                    level: .error,
                    title: "torpor run \(self.profile)",
                    message: message
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
