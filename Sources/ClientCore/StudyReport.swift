/// One target of a study: what was probed, its table and its finding.
public struct StudyTarget: Sendable {
    /// Its name, the column's head: `silent-handlers`.
    public var name: String
    /// What it is, in a sentence.
    public var about: String
    /// Its table, one a run; empty where it could not be probed at all.
    public var reports: [ProbeReport]
    /// What the analysis of its trace says.
    public var finding: String
    /// What should have been seen, in a sentence; empty when the finding says it all.
    public var expected: String
    /// What the records rule out, a sentence each.
    public var ruledOut: [String]
    /// The profile's file, `nil` without faults.
    public var profileFile: String?
    /// More flags of `torpor up`, such as `--mode forgetful`.
    public var flags: [String] = []
    /// Where it is, when it runs outside the study.
    public var url: String?
    /// The folder of its trace.
    public var traceFolder: String

    /// Makes a target.
    ///
    /// - Parameters:
    ///   - name: the column's head.
    ///   - about: what it is.
    ///   - reports: its table, one a run.
    ///   - finding: what the analysis says.
    ///   - expected: what should have been seen.
    ///   - ruledOut: what the records rule out.
    ///   - traceFolder: the folder of its trace.
    public init(
        name: String,
        about: String,
        reports: [ProbeReport],
        finding: String,
        expected: String = "",
        ruledOut: [String] = [],
        traceFolder: String
    ) {
        self.name = name
        self.about = about
        self.reports = reports
        self.finding = finding
        self.expected = expected
        self.ruledOut = ruledOut
        self.traceFolder = traceFolder
    }

    /// The sign of a cell: of one run its state, of several their verdict.
    func sign(_ row: String, _ column: String) -> String {
        guard let first = self.reports.first else { return ProbeState.unknown.sign }
        guard self.reports.count > 1 else { return first.cell(row, column).state.sign }
        return ProbeSeries(reports: self.reports).cell(row, column).verdict.sign
    }

    /// The whole table in words.
    var table: String {
        guard let first = self.reports.first else { return "it could not be probed\n" }
        return self.reports.count > 1
            ? ProbeSeries(reports: self.reports).text() : first.text(width: 100)
    }
}

/// Several targets side by side.
///
/// Shape: a pure formatter; text for a terminal, Markdown for `report.md`.
public struct StudyReport: Sendable {
    /// The targets, in the order of their columns.
    public var targets: [StudyTarget]
    /// Names and values of where it ran.
    public var environment: [(name: String, value: String)]
    /// The idle span before a sleep, as a flag's value: `1s`.
    public var hibernateAfter: String
    /// More flags of `torpor probe` for a target's handshake, without secrets.
    public var handshake: [String] = []
    /// The script's file, as a flag's value; `nil` for the built-in one.
    public var script: String?

    /// Makes a report.
    ///
    /// - Parameters:
    ///   - targets: in the order of their columns.
    ///   - environment: where it ran.
    ///   - hibernateAfter: as a flag's value.
    public init(
        targets: [StudyTarget],
        environment: [(name: String, value: String)],
        hibernateAfter: String
    ) {
        self.targets = targets
        self.environment = environment
        self.hibernateAfter = hibernateAfter
    }

    /// The columns of the targets' tables: a sign of a cell each.
    var columns: [String] { Self.union(self.targets.map { $0.reports.first?.columns ?? [] }) }

    /// The rows of the targets' tables.
    var rows: [String] { Self.union(self.targets.map { $0.reports.first?.rows.map(\.row) ?? [] }) }

    /// What the signs of a cell stand for.
    var cellLegend: String { "each cell: " + self.columns.joined(separator: " · ") }

    /// The table side by side, then each target's finding.
    ///
    /// - Parameters:
    ///   - width: columns of the terminal; more targets than fit go into a further table.
    ///   - colour: whether to colour the signs.
    /// - Returns: lines ending in a line feed.
    public func text(width: Int = 100, colour: Bool = false) -> String {
        var lines: [String] = []
        for part in self.parts(width: width) {
            lines += self.table(part, colour: colour)
            lines.append("")
        }
        lines.append(self.cellLegend)
        lines.append(self.legend)
        for target in self.targets {
            lines.append("")
            lines.append(colour ? Paint.bold(target.name) : target.name)
            lines.append("  \(target.about)")
            lines += target.finding.split(separator: "\n", omittingEmptySubsequences: false)
                .map { "  \($0)" }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// What the signs mean.
    var legend: String {
        let isSeries = self.targets.contains { $0.reports.count > 1 }
        return isSeries ? ProbeSeries.legend : ProbeReport.legend
    }

    /// The signs of a row of a target, one a column.
    func signs(_ row: String, _ target: StudyTarget) -> String {
        self.columns.map { target.sign(row, $0) }.joined()
    }

    /// Every name of the lists once, in the order of first sight.
    private static func union(_ lists: [[String]]) -> [String] {
        var names: [String] = []
        for list in lists { names += list.filter { !names.contains($0) } }
        return names
    }

    private func parts(width: Int) -> [ArraySlice<StudyTarget>] {
        let first = self.rows.map(\.count).max() ?? 0
        var parts: [ArraySlice<StudyTarget>] = []
        var start = 0
        var used = first
        for (place, target) in self.targets.enumerated() {
            let needed = max(target.name.count, self.columns.count) + 2
            if used + needed > width, place > start {
                parts.append(self.targets[start..<place])
                start = place
                used = first
            }
            used += needed
        }
        parts.append(self.targets[start...])
        return parts
    }

    private func table(_ targets: ArraySlice<StudyTarget>, colour: Bool) -> [String] {
        var table = TextTable()
        table.add(["exchange"] + targets.map(\.name))
        let rows = self.rows
        for row in rows {
            table.add([row] + targets.map { self.signs(row, $0) })
        }
        let columns = Array(targets)
        return table.lines { line, column, text in
            guard colour else { return text }
            if line == 0 { return Paint.bold(text) }
            guard column > 0 else { return text }
            let signs = self.columns.map { columns[column - 1].sign(rows[line - 1], $0) }
            return signs.map(Paint.sign).joined() + text.dropFirst(signs.count)
        }
    }
}
