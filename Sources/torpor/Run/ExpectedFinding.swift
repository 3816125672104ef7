internal import Faults
internal import FramePath
internal import TraceAnalysis

/// A profile's `expect` held against what was found.
enum ExpectedFinding {
    /// What should be found.
    static func words(_ expect: Expect) -> String {
        guard !expect.isNone else { return "nothing broken" }
        var words = expect.kind.rawValue
        if let between = expect.between {
            words += " between \(between.last.rawValue) and \(between.first.rawValue)"
        }
        if let handler = expect.handler { words += ", handler \(handler.rawValue)" }
        if let phase = expect.phase { words += ", phase \(phase.rawValue)" }
        return words
    }

    /// Whether it was found.
    ///
    /// Of a run that cannot be judged, only "nothing broken" holds: nothing speaks against it.
    static func isMet(_ expect: Expect, by report: AnalysisReport) -> Bool {
        guard !expect.isNone else { return report.status != .broken }
        return report.findings.contains { Self.matches(expect, $0) }
    }

    static func matches(_ expect: Expect, _ finding: Finding) -> Bool {
        guard finding.status == .broken, finding.kind?.rawValue == expect.kind.rawValue else {
            return false
        }
        if let between = expect.between {
            guard finding.between?.from == between.last, finding.between?.to == between.first else {
                return false
            }
        }
        if let handler = expect.handler, finding.handler != handler { return false }
        if let phase = expect.phase, !finding.phases.contains(phase) { return false }
        return true
    }
}
