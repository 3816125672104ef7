internal import ClientCore
internal import Faults
internal import FramePath
internal import ObjectCore
internal import TraceAnalysis

/// Whether a subject showed what it is there to show.
enum StudyExpectation {
    /// What the finding should be, in words.
    static func words(of subject: StudySubject) -> String {
        if subject.mode == .forgetful {
            return "the object never sends after a wake, and no rule did it"
        }
        guard let expect = subject.profile?.expect, let between = expect.between else {
            return "every cell works and nothing is found"
        }
        return
            "\(expect.kind.rawValue) between \(between.last.rawValue) and \(between.first.rawValue)"
    }

    /// What differs from that; `nil` when nothing does.
    static func surprise(
        of subject: StudySubject,
        probes: [ProbeReport],
        analysis: AnalysisReport,
        blind: AnalysisReport
    ) -> String? {
        let isHealthy = subject.mode != .forgetful && subject.profile?.expect?.between == nil
        let states = probes.map(\.state)
        if isHealthy, states.contains(.broken) { return "wanted: every cell works" }
        // Of a service that never sleeps no wake is awaited, so nothing may stay untold.
        if subject.mode == .resident, states.contains(.unknown) {
            return "wanted: every cell works"
        }
        for (label, report) in [("", analysis), ("blind, ", blind)] {
            let first = report.findings.first
            if subject.mode == .forgetful {
                guard report.status == .broken, first?.rule == nil, first?.isAfterWake == true
                else {
                    return label + "wanted: " + Self.words(of: subject)
                }
            } else if let expect = subject.profile?.expect, expect.between != nil {
                guard first?.matches(expect) == true else {
                    return label + "wanted: " + Self.words(of: subject)
                }
            } else if report.status != .none {
                return label + "wanted: nothing broken"
            }
        }
        return nil
    }

    /// What the records rule out.
    static func ruledOut(_ result: Study.Result) -> [String] {
        guard let finding = result.analysis.findings.first, let between = finding.between,
            let direction = finding.direction
        else { return [] }
        let path = Point.path(direction)
        guard let place = path.firstIndex(of: between.from) else { return [] }
        var ruledOut: [String] = []
        if place > 0 {
            ruledOut.append(
                "everything before \(between.from.rawValue): the messages were seen at "
                    + path[0...place].map(\.rawValue).joined(separator: ", ")
            )
        }
        if direction == .toClient, result.analysis.findings.count == 1 {
            ruledOut.append(
                "the way to the object: nothing was lost between edge.rx and object.dispatch"
            )
        }
        if result.blind.findings.first?.between?.from == between.from {
            ruledOut.append(
                "knowing the answer: with every fault record thrown away the place is the same"
            )
        }
        return ruledOut
    }
}
