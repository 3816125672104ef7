import ClientCore
import FaultFiles
import Yams

/// Reads the lanes of a script; a script with steps and no lanes is one lane.
struct LaneReader {
    let texts: TextReader
    let sessions: SessionReader
    /// The script's own sessions, which every lane has that names none.
    let shared: [ScriptSession]

    private var report: Report { self.texts.report }

    func lanes(of fields: Fields, at root: Node) -> [ScriptLane] {
        var budget = Budget()
        let row = fields["row"].flatMap(self.texts.label)
        switch (fields["steps"], fields["lanes"]) {
        case (let steps?, nil):
            let lane = self.lane(steps, row: row, sessions: self.shared, &budget)
            return lane.map { [$0] } ?? []
        case (nil, let lanes?):
            if let key = fields.key("row") {
                self.report.add(
                    "E042",
                    at: key,
                    "`row` stands beside `steps`: give each lane its own"
                )
            }
            guard case .sequence(let list) = lanes, !list.isEmpty else {
                self.report.add("E004", at: lanes, "lanes must be a list", expected: "- steps: …")
                return []
            }
            guard list.count <= ScriptLimits.lanesMax else {
                self.report.add("E009", at: lanes, "more than \(ScriptLimits.lanesMax) lanes")
                return []
            }
            return list.compactMap { self.lane($0, &budget) }
        case (nil, nil):
            self.report.add("E003", at: root, "script has neither `steps` nor `lanes`")
        case (.some, .some):
            let key = fields.key("lanes") ?? root
            self.report.add(
                "E042",
                at: key,
                "a script has `steps` or `lanes`, not both",
                help: "make the steps a lane: `- steps: [ … ]`"
            )
        }
        return []
    }

    private func lane(_ node: Node, _ budget: inout Budget) -> ScriptLane? {
        let keys = ["row", "sessions", "steps"]
        guard let fields = Fields(node, "lane", keys: keys, report: self.report),
            let steps = fields.required("steps")
        else { return nil }
        return self.lane(
            steps,
            row: fields["row"].flatMap(self.texts.label),
            sessions: fields["sessions"].map { self.sessions.named($0) } ?? self.shared,
            &budget
        )
    }

    private func lane(
        _ node: Node,
        row: String?,
        sessions: [ScriptSession],
        _ budget: inout Budget
    ) -> ScriptLane? {
        guard case .sequence(let list) = node, !list.isEmpty else {
            self.report.add("E004", at: node, "steps must be a list", expected: "- send: …")
            return nil
        }
        let reader = StepReader(texts: self.texts, sessions: sessions.map(\.name), row: row ?? "")
        var steps: [ScriptStep] = []
        for member in list {
            let step = reader.step(from: member)
            if budget.isSpent(by: step) {
                self.report.add(
                    "E009",
                    at: member,
                    "more than \(ScriptLimits.stepsMax) steps or "
                        + "\(ScriptLimits.expectationsMax) expectations in all"
                )
                return nil
            }
            if let step { steps.append(step) }
        }
        guard !sessions.isEmpty else { return nil }
        return ScriptLane(sessions: sessions, steps: steps)
    }

    /// What all lanes together may hold.
    private struct Budget {
        private var steps = ScriptLimits.stepsMax
        private var expectations = ScriptLimits.expectationsMax

        /// Takes a step away; whether it was one too many.
        mutating func isSpent(by step: ScriptStep?) -> Bool {
            self.steps -= 1
            let each = step?.expects.reduce(0) { $0 + $1.count } ?? 0
            self.expectations -= each * (step?.times ?? 1)
            return self.steps < 0 || self.expectations < 0
        }
    }
}
