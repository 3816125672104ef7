internal import Faults
internal import FramePath
internal import TraceAnalysis

/// A profile's `expect` held against what was found.
enum ExpectedFinding {
    /// What should be found.
    static func words(_ expect: Expect) -> String {
        expect.isNone ? "nothing broken" : expect.description
    }

    /// Whether it was found.
    ///
    /// Of a run that cannot be judged, only "nothing broken" holds: nothing speaks against it.
    static func isMet(_ expect: Expect, by report: AnalysisReport) -> Bool {
        guard !expect.isNone else { return report.status != .broken }
        return report.findings.contains { $0.matches(expect) }
    }
}
