internal import FramePath

extension ProbeSeries {
    /// What the signs mean.
    public static let legend =
        "✓ works  ✗ broken  ≈ flaky  ? could not tell  – not tried  "
        + "(exchanges that passed / judged, 95 % interval of the chance to pass)"

    /// The table for a terminal.
    ///
    /// - Parameter colour: whether to colour the signs.
    /// - Returns: lines ending in a line feed.
    public func text(colour: Bool = false) -> String {
        let title = "probe of \(self.target), \(self.reports.count) runs: \(self.verdict.rawValue)"
        var table = TextTable()
        table.add(["exchange"] + self.columns)
        let cells = self.rows.map { row in self.columns.map { self.cell(row, $0) } }
        for (row, cells) in zip(self.rows, cells) { table.add([row] + cells.map(\.text)) }
        var lines = [colour ? Paint.bold(title) : title]
        lines += table.lines { line, column, text in
            guard colour else { return text }
            if line == 0 { return Paint.bold(text) }
            guard column >= 1 else { return text }
            return Paint.verdict(cells[line - 1][column - 1].verdict, text)
        }
        lines.append(Self.legend)
        lines += self.notes.map { "note: \($0)" }
        lines += self.reasons.prefix(8)
        return lines.joined(separator: "\n") + "\n"
    }

    /// The series as one JSON object.
    ///
    /// Shape: `{"schema":"torpor.probe-series/1","target","runs","verdict","exitCode","rows":[{"row",
    /// "cells":[{"column","verdict","k","n","low","high","unknown","why"}]}],"notes"}`.
    ///
    /// - Returns: UTF-8, without a line feed.
    public func json() -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("schema")
        writer.string("torpor.probe-series/1")
        writer.key("target")
        writer.string(self.target)
        writer.key("runs")
        writer.int(self.reports.count)
        writer.key("verdict")
        writer.string(self.verdict.rawValue)
        writer.key("exitCode")
        writer.int(self.exitCode)
        writer.key("rows")
        writer.beginArray()
        for row in self.rows {
            writer.beginObject()
            writer.key("row")
            writer.string(row)
            writer.key("cells")
            writer.beginArray()
            for column in self.columns { self.cell(row, column).write(column, to: &writer) }
            writer.endArray()
            writer.endObject()
        }
        writer.endArray()
        writer.key("notes")
        writer.beginArray()
        for note in self.notes { writer.string(note) }
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }

    /// The first reason of each row that does not work.
    private var reasons: [String] {
        self.rows.compactMap { row in
            for column in self.columns {
                let cell = self.cell(row, column)
                guard cell.verdict != .works, let why = cell.why else { continue }
                return "\(cell.verdict.sign) \(row), \(column): \(why)"
            }
            return nil
        }
    }
}

extension ProbeSeries.Cell {
    /// Sign, k/n and interval: `≈ 7/9 [45–94 %]`.
    var text: String {
        guard let interval else { return self.verdict.sign }
        let low = Int((interval.low * 100).rounded())
        let high = Int((interval.high * 100).rounded())
        return "\(self.verdict.sign) \(self.passes)/\(self.trials) [\(low)–\(high) %]"
    }

    func write(_ column: String, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("column")
        writer.string(column)
        writer.key("verdict")
        writer.string(self.verdict.rawValue)
        writer.key("k")
        writer.int(self.passes)
        writer.key("n")
        writer.int(self.trials)
        if let interval {
            writer.key("low")
            writer.double(interval.low)
            writer.key("high")
            writer.double(interval.high)
        }
        writer.key("unknown")
        writer.int(self.unknown)
        if let why {
            writer.key("why")
            writer.string(why)
        }
        writer.endObject()
    }
}
