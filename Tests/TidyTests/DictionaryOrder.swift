import Foundation

/// Loops over dictionaries and sets: their order differs from run to run.
enum DictionaryOrder {
    /// The lines of `code` that loop over one of `names` without sorting, counted from 1.
    static func lines(in code: String, names: Set<String>) -> [Int] {
        var found: [Int] = []
        let lines = code.split(separator: "\n", omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() {
            guard
                let match = line.firstMatch(of: loop), names.contains(String(match.2)),
                !line.contains(".sorted"), !line.contains("ordered")
            else { continue }
            found.append(index + 1)
        }
        return found
    }

    /// The stored properties of `code` that are declared as a dictionary or a set.
    static func names(in code: String) -> Set<String> {
        Set(code.matches(of: declaration).map { String($0.1) })
    }

    private static var loop: Regex<(Substring, Substring?, Substring)> {
        /\bfor\s[^{]*?\bin\s+(self\.)?(\w+)(?:\.(?:keys|values|enumerated\(\)))?\s*(?:where\b.*)?\{/
    }

    private static var declaration: Regex<(Substring, Substring)> {
        /\b(?:var|let)\s+(\w+)\s*:\s*(?:\[[^\[\]=]+\s*:\s|Dictionary<|Set<)/
    }
}
