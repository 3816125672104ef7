/// Finds the word that was probably meant.
enum NearestWord {
    /// The closest of `words`, when at most a third of it, and at least one letter, differs.
    static func of(_ word: String, among words: [String]) -> String? {
        var best: (word: String, distance: Int)?
        for candidate in words {
            let distance = Self.distance(word.lowercased(), candidate.lowercased())
            guard distance <= max(1, candidate.count / 3) else { continue }
            if distance < best?.distance ?? .max { best = (candidate, distance) }
        }
        return best?.word
    }

    /// Letters to insert, remove, change or swap with a neighbour.
    private static func distance(_ left: String, _ right: String) -> Int {
        let from = Array(left.unicodeScalars.prefix(64))
        let to = Array(right.unicodeScalars.prefix(64))
        var older: [Int] = []
        var previous = Array(0...to.count)
        for (row, letter) in from.enumerated() {
            var current = [row + 1]
            for (column, other) in to.enumerated() {
                var cost = min(
                    previous[column] + (letter == other ? 0 : 1),
                    previous[column + 1] + 1,
                    current[column] + 1
                )
                if row > 0, column > 0, letter == to[column - 1], other == from[row - 1] {
                    cost = min(cost, older[column - 1] + 1)
                }
                current.append(cost)
            }
            older = previous
            previous = current
        }
        return previous[to.count]
    }
}
