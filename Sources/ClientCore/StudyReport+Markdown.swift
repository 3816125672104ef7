extension StudyReport {
    /// The whole of `report.md`: summary, environment, table, findings, steps to see each again.
    ///
    /// - Returns: Markdown ending in a line feed.
    public func markdown() -> String {
        var lines = ["# What was delivered, and where it broke", ""]
        lines += self.summary
        lines += self.environmentPart
        lines += self.tablePart
        for (place, target) in self.targets.enumerated() {
            lines += self.section(place + 1, target)
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private var summary: [String] {
        var lines = ["## Executive summary", ""]
        for target in self.targets {
            let signs = self.rows.flatMap { row in
                self.columns.map { target.sign(row, $0) }
            }
            var counts: [String] = []
            for (sign, words) in Self.counted {
                let count = signs.count { $0 == sign }
                if count > 0 || counts.isEmpty { counts.append("\(count) \(words)") }
            }
            let first = target.finding.split(separator: "\n").first.map(String.init) ?? ""
            let words = counts.joined(separator: ", ")
            lines.append("* **\(target.name)**: \(words). \(first)")
        }
        return lines + [""]
    }

    private static let counted = [
        (ProbeState.works.sign, "cells work"), (ProbeState.broken.sign, "broken"),
        (ProbeState.degraded.sign, "degraded"), (ProbeSeries.Verdict.flaky.sign, "flaky"),
        (ProbeState.unknown.sign, "could not be told"),
    ]

    private var environmentPart: [String] {
        ["## Environment", "", "| what | value |", "| --- | --- |"]
            + self.environment.map { "| \(Self.cell($0.name)) | \(Self.cell($0.value)) |" } + [""]
    }

    private var tablePart: [String] {
        let names = self.targets.map { Self.cell($0.name) }
        var lines = ["## Works and broken, side by side", ""]
        lines.append("| exchange | " + names.joined(separator: " | ") + " |")
        lines.append("| --- |" + String(repeating: " --- |", count: names.count))
        for row in self.rows {
            let signs = self.targets.map { self.signs(row, $0) }
            lines.append("| \(Self.cell(row)) | " + signs.joined(separator: " | ") + " |")
        }
        return lines + ["", "\(self.cellLegend). \(self.legend).", ""]
    }

    private func section(_ number: Int, _ target: StudyTarget) -> [String] {
        var lines = ["## \(number). \(target.name)", "", target.about, "", "### Finding", ""]
        lines += Self.fenced("text", target.finding)
        lines += ["### Steps to see it again", ""]
        lines += self.steps(target)
        lines += ["### Expected", ""]
        let expected =
            target.expected.isEmpty
            ? "Every exchange is answered in time, in order and once, before and after every sleep."
            : target.expected
        lines += [expected, "", "### Observed", ""]
        lines += Self.fenced("text", target.table)
        if !target.ruledOut.isEmpty {
            lines += ["### Ruled out", ""]
            lines += target.ruledOut.map { "* \($0)" } + [""]
        }
        return lines
    }

    private func steps(_ target: StudyTarget) -> [String] {
        if let url = target.url { return self.steps(target, at: url) }
        var up = ["torpor", "up", "--hibernate-after", self.hibernateAfter]
        if let file = target.profileFile { up += ["--faults", Self.quoted(file)] }
        up += target.flags.map(Self.quoted) + ["--trace", Self.quoted(target.traceFolder)]
        let probe = self.probe("ws://127.0.0.1:8080", target)
        let analyze = ["torpor", "trace", "analyze", Self.quoted(target.traceFolder)]
        return [
            "1. Start edge and object server, and leave them running:", "",
            "   ```sh", "   \(up.joined(separator: " "))", "   ```",
            "2. In a second terminal, run the scripted exchanges:", "",
            "   ```sh", "   \(probe.joined(separator: " "))", "   ```",
            "3. Stop the first command with Ctrl-C, so that its trace is complete.",
            "4. Ask where it broke:", "",
            "   ```sh", "   \(analyze.joined(separator: " "))", "   ```", "",
        ]
    }

    /// Of a service that runs elsewhere.
    private func steps(_ target: StudyTarget, at url: String) -> [String] {
        let probe = self.probe(Self.quoted(url), target)
        let analyze = ["torpor", "trace", "analyze", Self.quoted(target.traceFolder)]
        return [
            "1. Run the scripted exchanges:", "",
            "   ```sh", "   \(probe.joined(separator: " "))", "   ```",
            "2. Ask what the client's trace tells:", "",
            "   ```sh", "   \(analyze.joined(separator: " "))", "   ```", "",
        ]
    }

    private func probe(_ url: String, _ target: StudyTarget) -> [String] {
        var words = ["torpor", "probe", url]
        if let script { words += ["--script", Self.quoted(script)] }
        if target.url != nil { words += self.handshake.map(Self.quoted) }
        if let first = target.reports.first { words += ["--sessions", "\(first.sessions)"] }
        if target.reports.count > 1 { words += ["--repeat", "\(target.reports.count)"] }
        return words + [
            "--hibernate-after", self.hibernateAfter, "--trace", Self.quoted(target.traceFolder),
        ]
    }

    private static func fenced(_ language: String, _ text: String) -> [String] {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let body = lines.last == "" ? Array(lines.dropLast()) : lines
        return ["```\(language)"] + body + ["```", ""]
    }

    private static func cell(_ text: String) -> String {
        text.split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|")
    }

    /// A word for a shell: quoted when it holds anything but plain characters.
    private static func quoted(_ word: String) -> String {
        let plain = word.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "."),
                UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: ":"), UInt8(ascii: "="):
                true
            default: false
            }
        }
        if plain, !word.isEmpty { return word }
        let parts = word.split(separator: "'", omittingEmptySubsequences: false)
        return "'" + parts.joined(separator: "'\\''") + "'"
    }
}
