/// Columns of text, padded by characters.
struct TextTable {
    private var rows: [[String]] = []

    /// Adds a row.
    mutating func add(_ cells: [String]) {
        self.rows.append(cells)
    }

    /// The rows as lines; `paint` may add colour to a padded cell, for colour has no width.
    ///
    /// - Parameter paint: takes row, column and the padded text.
    /// - Returns: one line a row, without spaces at its end when unpainted.
    func lines(paint: (Int, Int, String) -> String = { _, _, text in text }) -> [String] {
        let columns = self.rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in
            self.rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
        }
        return self.rows.enumerated().map { row, cells in
            let padded = cells.enumerated().map { column, text in
                let isLast = column == cells.count - 1
                let gap = isLast ? 0 : widths[column] - text.count
                return paint(row, column, text + String(repeating: " ", count: gap))
            }
            return padded.joined(separator: "  ")
        }
    }
}

/// Terminal colours of states.
enum Paint {
    static func state(_ state: ProbeState, _ text: String) -> String {
        let code =
            switch state {
            case .works: "32"
            case .broken: "31"
            case .degraded: "33"
            case .unknown: "35"
            case .notApplicable: "2"
            }
        return "\u{1B}[\(code)m\(text)\u{1B}[0m"
    }

    static func sign(_ sign: String) -> String {
        let state = ProbeState.allCases.first { $0.sign == sign }
        return Self.state(state ?? .degraded, sign)
    }

    static func verdict(_ verdict: ProbeSeries.Verdict, _ text: String) -> String {
        switch verdict {
        case .works: Self.state(.works, text)
        case .broken: Self.state(.broken, text)
        case .flaky: Self.state(.degraded, text)
        case .unknown: Self.state(.unknown, text)
        case .notApplicable: Self.state(.notApplicable, text)
        }
    }

    static func bold(_ text: String) -> String { "\u{1B}[1m\(text)\u{1B}[0m" }
}
