internal import FramePath

extension ProbeReport {
    /// The report as one JSON object.
    ///
    /// Shape: `{"schema":"torpor.probe/1","target",…,"rows":[{"row","p50Ns","p99Ns","cells":[…]}]}`;
    /// latencies in nanoseconds.
    ///
    /// - Returns: UTF-8, without a line feed.
    public func json() -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("schema")
        writer.string("torpor.probe/1")
        writer.key("target")
        writer.string(self.target)
        writer.key("sessions")
        writer.int(self.sessions)
        writer.key("state")
        writer.string(self.state.rawValue)
        writer.key("exitCode")
        writer.int(self.exitCode)
        writer.key("rows")
        writer.beginArray()
        for row in self.rows {
            self.write(row, &writer)
        }
        writer.endArray()
        writer.key("notes")
        writer.beginArray()
        for note in self.notes {
            writer.string(note)
        }
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }

    private func write(_ row: Row, _ writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("row")
        writer.string(row.row)
        if let p50 = row.p50, let p99 = row.p99 {
            writer.key("p50Ns")
            writer.int(p50.nanoseconds)
            writer.key("p99Ns")
            writer.int(p99.nanoseconds)
        }
        writer.key("cells")
        writer.beginArray()
        for (column, cell) in zip(self.columns, row.cells) {
            Self.write(column, cell, &writer)
        }
        writer.endArray()
        writer.endObject()
    }

    private static func write(_ column: String, _ cell: ProbeCell, _ writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("column")
        writer.string(column)
        writer.key("state")
        writer.string(cell.state.rawValue)
        writer.key("k")
        writer.int(cell.k)
        writer.key("n")
        writer.int(cell.n)
        writer.key("missing")
        writer.int(cell.missing)
        writer.key("late")
        writer.int(cell.late)
        writer.key("wrong")
        writer.int(cell.wrong)
        writer.key("reordered")
        writer.int(cell.reordered)
        writer.key("duplicate")
        writer.int(cell.duplicate)
        writer.key("unknown")
        writer.int(cell.unknown)
        if let why = cell.why {
            writer.key("why")
            writer.string(why)
        }
        writer.endObject()
    }
}
