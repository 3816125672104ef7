import FramePath

/// The short name of a break, the same wherever and whenever it happens again.
///
/// Shape: eight hexadecimal digits of the XXH64 of what makes a break this one and no other. Counts,
/// times, sessions, wake ordinals, files and the order of records are no part of it. A break that a rule
/// made is that rule's; one without a rule is told by what its messages have in common, and only by what
/// held for nearly all of them: what a few lost messages share is chance.
enum Fingerprint {
    /// Types beyond this many look like names, not like types, and would differ in every run.
    static let typesMax = 16

    /// Names a break by its parts, in their order.
    static func of(_ parts: [String]) -> String {
        let digest = XXH64.hash(parts.joined(separator: "\n"))
        let digits = String(digest >> 32, radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }

    /// Names the break of one cluster.
    static func of(
        _ finding: Finding,
        _ predicate: Predicate,
        _ rule: FiredRule?,
        control: MessageKind?,
        isBlind: Bool
    ) -> String {
        var parts = [
            finding.kind?.rawValue ?? "",
            finding.between?.from.rawValue ?? "",
            finding.between?.to.rawValue ?? "",
            finding.direction?.rawValue ?? "",
        ]
        if let control { parts.append(control.rawValue) }
        if let rule {
            parts += ["rule", rule.profile, rule.rule]
        } else {
            parts.append(isBlind ? "blind" : "no rule")
            if finding.k * 10 >= finding.n * 9 { parts += Self.traits(finding, predicate) }
        }
        return Self.of(parts)
    }

    private static func traits(_ finding: Finding, _ predicate: Predicate) -> [String] {
        var traits = ["handler " + (finding.handler?.rawValue ?? "any")]
        if let isAfterWake = predicate.isAfterWake {
            traits.append(isAfterWake ? "after wake" : "before any wake")
        }
        if let phases = predicate.phases {
            let spans = Set(phases.map(Self.span))
            traits.append("phase " + spans.sorted().joined(separator: ","))
        }
        if finding.types.count <= Self.typesMax {
            traits.append("type " + finding.types.joined(separator: ","))
        }
        return traits
    }

    /// Phases that follow each other by the clock alone are one: which of them a message meets is chance.
    private static func span(_ phase: Phase) -> String {
        switch phase {
        case .active, .idle: "awake"
        case .hibernating, .hibernated, .waking: "asleep"
        case .fresh, .woken, .evicted, .closing: phase.rawValue
        }
    }
}
