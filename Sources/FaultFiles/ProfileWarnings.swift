import Faults
import FramePath
import Yams

/// Warns of rules that are allowed and probably not meant.
enum ProfileWarnings {
    static func check(_ rules: [PlacedRule], report: Report) {
        for (number, placed) in rules.enumerated() {
            Self.warnOfArrivalOrder(placed, report: report)
            let shadow = rules[..<number].first { Self.always(ends: $0.rule, before: placed.rule) }
            if let shadow {
                let word = shadow.rule.actions.first(where: \.isEnding)?.word ?? "ends"
                report.add(
                    "W004",
                    at: placed.id,
                    "rule \"\(placed.rule.id)\" has no effect: rule \"\(shadow.rule.id)\" "
                        + "(line \(shadow.line)) does `\(word)` to every message it matches"
                )
            }
        }
    }

    private static func warnOfArrivalOrder(_ placed: PlacedRule, report: Report) {
        guard placed.rule.followsArrival else { return }
        report.add(
            "W007",
            at: placed.fire,
            "`per: \(placed.rule.per.rawValue)` counts in order of arrival: "
                + "two runs with one seed may differ",
            help: "leave `per` out to count in each session"
        )
    }

    /// Whether `first` ends the way of each message that `second` matches.
    private static func always(ends first: Rule, before second: Rule) -> Bool {
        first.at == second.at && first.fire == .always && first.limit == nil
            && first.actions.contains(where: \.isEnding)
            && Self.covers(first.match, second.match)
    }

    /// Whether `wide` matches all that `narrow` does; `false` when it cannot be told.
    private static func covers(_ wide: Matcher, _ narrow: Matcher) -> Bool {
        func isIn<Word: Equatable>(_ narrow: [Word], _ wide: [Word]) -> Bool {
            wide.isEmpty || (!narrow.isEmpty && narrow.allSatisfy { wide.contains($0) })
        }
        func isSame<Part: Equatable>(_ narrow: Part?, _ wide: Part?) -> Bool {
            wide == nil || wide == narrow
        }
        return isSame(narrow.direction, wide.direction) && isIn(narrow.phases, wide.phases)
            && isIn(narrow.handlers, wide.handlers) && isIn(narrow.opcodes, wide.opcodes)
            && wide.fields.allSatisfy { narrow.fields.contains($0) }
            && isSame(narrow.wake, wide.wake) && isSame(narrow.sessionKey, wide.sessionKey)
            && isSame(narrow.attempt, wide.attempt) && isSame(narrow.object, wide.object)
            && isSame(narrow.size, wide.size)
    }
}
