public import Faults
import FramePath

/// Holds a stored run against what must be true of it.
public enum Checker {
    /// Checks every requirement.
    ///
    /// - Parameters:
    ///   - sources: the files of one directory; of several runs the newest is taken.
    ///   - requirements: what must hold.
    /// - Returns: a result for each, in their order.
    public static func check(
        _ sources: [TraceSource],
        _ requirements: [Requirement]
    ) -> CheckReport {
        let run = Analyzer.load(sources, isBlind: false)
        let check = RunCheck(
            judge: run.judge,
            analysis: Analyzer.report(run.judge, run.notes),
            timeline: RunTimeline(run.sources)
        )
        return CheckReport(
            results: requirements.map(check.result),
            notes: check.analysis.notes,
            run: run.name
        )
    }

    /// Checks whole files.
    ///
    /// - Parameters:
    ///   - files: each file's name and bytes.
    ///   - requirements: what must hold.
    /// - Returns: a result for each, in their order.
    public static func check(
        _ files: [(name: String, bytes: [UInt8])],
        _ requirements: [Requirement]
    ) -> CheckReport {
        Self.check(
            files.map { file in TraceSource(name: file.name) { file.bytes } },
            requirements
        )
    }
}

/// One run, ready to be asked.
struct RunCheck {
    let judge: Judge
    let analysis: AnalysisReport
    let timeline: RunTimeline

    struct Answer {
        var outcome: CheckReport.Outcome
        var text: String
        var witness: CheckReport.Witness?

        init(
            _ outcome: CheckReport.Outcome,
            _ text: String,
            _ witness: CheckReport.Witness? = nil
        ) {
            self.outcome = outcome
            self.text = text
            self.witness = witness
        }
    }

    func result(_ requirement: Requirement) -> CheckReport.Result {
        let answer =
            switch requirement.kind {
            case .noLoss: self.noLoss(requirement.scope)
            case .noReorder(let acrossWakeOnly):
                acrossWakeOnly
                    ? self.noReorderAcrossWake(requirement.scope)
                    : self.noReorder(requirement.scope)
            case .wokeWithin(let span): self.woke(within: span, requirement.scope)
            case .hibernatesWithin(let span): self.hibernates(within: span, requirement.scope)
            case .closeCode(let codes): self.closed(with: codes, requirement.scope)
            case .finding(let expect): self.finds(expect, requirement.scope)
            }
        return CheckReport.Result(
            requirement: requirement,
            outcome: answer.outcome,
            text: answer.text,
            witness: answer.witness
        )
    }
}

extension Requirement.Scope {
    func holds(_ lineage: Lineage) -> Bool {
        (self.direction.map { $0 == lineage.id.direction } ?? true)
            && (self.types.isEmpty || self.types.contains(lineage.type ?? ""))
            && (self.handlers.isEmpty || self.handlers.contains(lineage.handler))
            && self.holds(object: lineage.object)
    }

    func holds(object: String) -> Bool { self.object?.matches(object) ?? true }
}
