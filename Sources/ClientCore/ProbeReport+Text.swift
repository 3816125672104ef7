internal import FramePath

extension ProbeReport {
    /// The table for a terminal.
    ///
    /// - Parameters:
    ///   - width: columns of the terminal; latencies are left out when they do not fit.
    ///   - colour: whether to colour the signs.
    /// - Returns: lines ending in a line feed.
    public func text(width: Int = 100, colour: Bool = false) -> String {
        let copies = self.sessions == 1 ? "once" : "\(self.sessions) at once"
        let title = "probe of \(self.target), each exchange \(copies)"
        var lines = [colour ? Paint.bold(title) : title]
        var body = self.table(withLatency: true, colour: colour)
        let widest = self.table(withLatency: true, colour: false).map(\.count).max() ?? 0
        if widest > width { body = self.table(withLatency: false, colour: colour) }
        lines += body
        lines.append(Self.legend)
        lines += self.notes.map { "note: \($0)" }
        lines += self.reasons.prefix(8)
        return lines.joined(separator: "\n") + "\n"
    }

    /// What the signs mean.
    public static let legend =
        "✓ works  ✗ missing or wrong  ~ late, reordered or twice  ? could not tell  – not tried  (k/n)"

    /// The first reason of each row that is not well.
    var reasons: [String] {
        self.rows.compactMap { row in
            for (place, cell) in row.cells.enumerated() {
                guard cell.state != .works, let why = cell.why else { continue }
                return "\(cell.state.sign) \(row.row), \(self.columns[place]): \(why)"
            }
            return nil
        }
    }

    private func table(withLatency: Bool, colour: Bool) -> [String] {
        var table = TextTable()
        let latency = withLatency ? ["p50", "p99"] : []
        table.add(["exchange"] + self.columns + latency)
        for row in self.rows {
            let times = withLatency ? [Self.time(row.p50), Self.time(row.p99)] : []
            table.add([row.row] + row.cells.map(\.text) + times)
        }
        return table.lines { line, column, text in
            guard colour else { return text }
            if line == 0 { return Paint.bold(text) }
            let cells = self.rows[line - 1].cells
            guard column >= 1, column <= cells.count else { return text }
            return Paint.state(cells[column - 1].state, text)
        }
    }

    /// `1.2 ms`, or a dash.
    static func time(_ span: Tick.Span?) -> String {
        guard let span else { return "–" }
        let tenths = (span.nanoseconds + 50_000) / 100_000
        return tenths >= 100 ? "\(tenths / 10) ms" : "\(tenths / 10).\(tenths % 10) ms"
    }
}

extension ProbeCell {
    /// Sign and k/n: `✓ 3/3`.
    public var text: String {
        switch self.state {
        case .works, .broken, .degraded: "\(self.state.sign) \(self.k)/\(self.n)"
        case .unknown, .notApplicable: self.state.sign
        }
    }
}
