/// One target of a study: what was probed, its table and its finding.
public struct StudyTarget: Sendable {
    /// Its name, the column's head: `silent-handlers`.
    public var name: String
    /// What it is, in a sentence.
    public var about: String
    /// Its table.
    public var report: ProbeReport
    /// What the analysis of its trace says.
    public var finding: String
    /// What should have been seen, in a sentence; empty when the finding says it all.
    public var expected: String
    /// What the records rule out, a sentence each.
    public var ruledOut: [String]
    /// The profile's file, `nil` without faults.
    public var profileFile: String?
    /// More flags of `torpor up`, such as `--mode forgetful`.
    public var flags: [String]
    /// The folder of its trace.
    public var traceFolder: String

    /// Makes a target.
    ///
    /// - Parameters:
    ///   - name: the column's head.
    ///   - about: what it is.
    ///   - report: its table.
    ///   - finding: what the analysis says.
    ///   - expected: what should have been seen.
    ///   - ruledOut: what the records rule out.
    ///   - profileFile: the profile's file.
    ///   - flags: more flags of `torpor up`.
    ///   - traceFolder: the folder of its trace.
    public init(
        name: String,
        about: String,
        report: ProbeReport,
        finding: String,
        expected: String = "",
        ruledOut: [String] = [],
        profileFile: String? = nil,
        flags: [String] = [],
        traceFolder: String
    ) {
        self.name = name
        self.about = about
        self.report = report
        self.finding = finding
        self.expected = expected
        self.ruledOut = ruledOut
        self.profileFile = profileFile
        self.flags = flags
        self.traceFolder = traceFolder
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
    var columns: [String] { Self.union(self.targets.map(\.report.columns)) }

    /// The rows of the targets' tables.
    var rows: [String] { Self.union(self.targets.map { $0.report.rows.map(\.row) }) }

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
        lines.append(ProbeReport.legend)
        for target in self.targets {
            lines.append("")
            lines.append(colour ? Paint.bold(target.name) : target.name)
            lines.append("  \(target.about)")
            lines += target.finding.split(separator: "\n", omittingEmptySubsequences: false)
                .map { "  \($0)" }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// The signs of a row of a target, one a column.
    func signs(_ row: String, _ target: StudyTarget) -> String {
        self.columns.map { target.report.cell(row, $0).state.sign }.joined()
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
            let report = columns[column - 1].report
            let states = self.columns.map { report.cell(rows[line - 1], $0).state }
            let signs = states.map { Paint.state($0, $0.sign) }.joined()
            return signs + text.dropFirst(states.count)
        }
    }
}
