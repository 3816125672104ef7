import FramePath

extension FindingText {
    /// The cluster in fewer and fewer words; places and cause stand in each.
    static func lines(
        _ finding: Finding,
        _ cluster: Cluster,
        _ predicate: Predicate,
        delays: [Int64],
        _ judge: Judge
    ) -> [String] {
        guard let between = finding.between, let direction = finding.direction else { return [] }
        var head: String
        if cluster.isNeverSent {
            head = "object never sent: \(finding.k)/\(finding.n) messages"
        } else if cluster.key.kind == .neverAnswered {
            head = "the backend never answered" + Self.asked(finding, predicate)
            head += " (edge.tx → edge.rx): \(finding.k)/\(finding.n)"
        } else {
            head =
                "\(Self.word(cluster.key.kind)) \(between.from.rawValue) → \(between.to.rawValue)"
            head += ": \(finding.k)/\(finding.n) \(direction.rawValue)"
            if let control = cluster.key.control { head += " " + Self.noun(control) }
        }
        let sender = finding.handler.map { " by \($0.rawValue)" } ?? ""
        var when =
            cluster.key.kind == .neverAnswered
            ? "" : Self.when(finding, predicate, isShort: false)
        if cluster.key.kind == .late, let median = delays.sorted().dropFirst(delays.count / 2).first
        {
            when += ", \(median / 1_000_000) ms"
        }
        let cause = "; " + Self.shortCause(finding, judge.index)
        let full = [6, 3, 1, 0].map { most in
            head + sender + Self.types(finding.types, most: most) + when + cause
        }
        return full + [head + cause, head]
    }

    /// The rule with its profile's file; an absolute path would tell of this machine.
    static func shortCause(_ finding: Finding, _ index: TraceIndex) -> String {
        if index.isBlind { return "blind" }
        guard let rule = finding.rule, let source = finding.source else { return "no rule" }
        let file = source.hasPrefix("/") ? source.split(separator: "/").last.map(String.init) : nil
        return "rule \(rule) \(file ?? source)"
    }
}
