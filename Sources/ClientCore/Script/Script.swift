/// What a probe does, in the user's own protocol.
///
/// Shape: lanes run at once, each copy of one on connections of its own; its steps run in order.
public struct Script: Sendable, Equatable {
    /// Its name.
    public var name: String
    /// What it is for, in a sentence.
    public var about: String
    /// What runs at once.
    public var lanes: [ScriptLane]

    /// Makes a script.
    ///
    /// - Parameters:
    ///   - name: its name.
    ///   - about: what it is for.
    ///   - lanes: what runs at once.
    public init(name: String, about: String = "", lanes: [ScriptLane]) {
        self.name = name
        self.about = about
        self.lanes = lanes
    }

    /// The rows of the table, in the order in which the script first judges them.
    public var rows: [String] {
        var rows: [String] = []
        for lane in self.lanes {
            for step in lane.steps where step.isJudged && !rows.contains(step.row) {
                rows.append(step.row)
            }
        }
        return rows
    }

    /// The columns of the table: those of a life in the order of life, then the script's own.
    public var columns: [String] {
        var columns: [String] = []
        for lane in self.lanes {
            for step in lane.steps where step.isJudged && !columns.contains(step.column) {
                columns.append(step.column)
            }
        }
        let ranks = columns.map { ScriptColumn.rank($0) ?? .max }
        return columns.indices.sorted { (ranks[$0], $0) < (ranks[$1], $1) }.map { columns[$0] }
    }

    /// The columns of one row, in the order of `columns`.
    ///
    /// - Parameter row: the row.
    /// - Returns: those that some step judges.
    func columns(of row: String) -> Set<String> {
        var columns: Set<String> = []
        for lane in self.lanes {
            for step in lane.steps where step.isJudged && step.row == row {
                columns.insert(step.column)
            }
        }
        return columns
    }
}
