import FramePath

/// A cluster in words.
struct FindingText {
    private static let typesShown = 6

    /// Makes the finding of one cluster.
    static func finding(_ cluster: Cluster, _ population: [Int], _ judge: Judge) -> Finding {
        let index = judge.index
        let predicate = Predicate.best(cluster.fails, population, index)
        let inside = population.filter { predicate.holds(index.lineages[$0]) }
        let fails = cluster.fails.filter { predicate.holds(index.lineages[$0]) }
        let cause = Cause(cluster, population, index)
        let delays = zip(cluster.fails, cluster.delays)
            .filter { predicate.holds(index.lineages[$0.0]) }
            .map(\.1)
        let failing = fails.map { index.lineages[$0] }

        var finding = Finding(status: .broken, text: "")
        let direction = cluster.key.direction
        finding.between = cluster.between
        finding.kind = cluster.key.kind
        finding.direction = direction
        let handlers = Set(failing.map(\.handler))
        if cluster.isNeverSent {
            finding.handler = .webSocketMessage
        } else if handlers.count == 1, direction == .toClient {
            // Behind `--backend` nobody knows what made it send.
            finding.handler = handlers.first == .unknown ? nil : handlers.first
        }
        let phases = Set(failing.map(\.phase))
        finding.phases = Phase.allCases.filter(phases.contains)
        finding.types = Set(failing.compactMap(\.type)).sorted()
        finding.wakes = Set(failing.map(\.wake)).sorted()
        finding.k = Set(fails).count
        finding.n = max(inside.count, finding.k)
        finding.isAfterWake = predicate.isAfterWake
        finding.rule = cause.rule?.rule
        finding.source = cause.rule?.source
        finding.tier = cause.isAttributed ? .attributed : .observed
        finding.witnesses = Self.witnesses(fails, judge)
        let sole = Set(inside.map { index.lineages[$0].handler }).count == 1
        finding.text = Self.text(
            finding,
            cluster,
            predicate,
            isSoleHandler: sole,
            passedElsewhere: population.count - inside.count,
            delays: delays,
            judge
        )
        finding.lines = Self.lines(finding, cluster, predicate, delays: delays, judge)
        finding.fingerprint = Fingerprint.of(
            finding,
            predicate,
            cause.rule,
            control: cluster.key.control,
            isBlind: index.isBlind
        )
        return finding
    }

    private static func witnesses(_ fails: [Int], _ judge: Judge) -> [Finding.Witness] {
        fails.prefix(3).compactMap { place in
            let lineage = judge.index.lineages[place]
            guard let last = lineage.last else { return nil }
            return Finding.Witness(
                id: lineage.id,
                lastSeen: Lineage.point(last.slot, lineage.id.direction),
                file: judge.index.files[last.sighting.file].name,
                number: last.sighting.number
            )
        }
    }

    private static func text(
        _ finding: Finding,
        _ cluster: Cluster,
        _ predicate: Predicate,
        isSoleHandler: Bool,
        passedElsewhere: Int,
        delays: [Int64],
        _ judge: Judge
    ) -> String {
        guard let between = finding.between, let direction = finding.direction else { return "" }
        var text: String
        if cluster.isNeverSent {
            text = "object never sent" + Self.when(finding, predicate, isShort: true)
            text += ": \(finding.k)/\(finding.n) messages handled by webSocketMessage"
            text += Self.types(finding.types) + " made no send"
            if passedElsewhere > 0 { text += ", \(passedElsewhere) others were answered" }
        } else if cluster.key.kind == .neverAnswered {
            text = "the backend never answered" + Self.asked(finding, predicate)
            text += ": \(finding.k)/\(finding.n) messages" + Self.types(finding.types)
            text += " handed to it at edge.tx had no answer at edge.rx"
            if passedElsewhere > 0 { text += ", \(passedElsewhere) others were answered" }
            text += "; inside the backend (its phases are inferred)"
        } else {
            let word = Self.word(cluster.key.kind)
            text = "\(word) \(between.from.rawValue) → \(between.to.rawValue)"
            if cluster.key.to == Lineage.handledSlot { text += " (no handler ran)" }
            text += ": \(finding.k)/\(finding.n) \(direction.rawValue) "
            text += Self.noun(cluster.key.control)
            if let handler = finding.handler, predicate.handlers != nil || isSoleHandler {
                text += " sent by \(handler.rawValue)"
            }
            text += Self.types(finding.types)
            text += Self.when(finding, predicate, isShort: false)
            if cluster.key.kind == .late { text += Self.spans(delays) }
        }
        text += "; " + Self.cause(finding, judge.index)
        text += judge.unobserved(Set(cluster.fails.map { judge.index.lineages[$0].id.session }))
        return text
    }

    static func word(_ kind: FaultKind) -> String {
        switch kind {
        case .missing, .neverSent, .neverAnswered: "lost"
        case .redialRefused: "refused"
        case .limitReached: "given up"
        case .mutated: "changed"
        case .duplicate: "duplicated"
        case .reordered: "out of order"
        case .late: "late"
        }
    }

    /// What a cluster's frames are called.
    static func noun(_ control: MessageKind?) -> String {
        switch control {
        case .close: "Close frames"
        case .ping: "Pings"
        case .pong: "Pongs"
        case .text, .binary, .continuation, nil: "messages"
        }
    }

    static func types(_ types: [String], most: Int = Self.typesShown) -> String {
        guard !types.isEmpty, most > 0 else { return "" }
        let shown = types.prefix(most).joined(separator: ", ")
        return types.count > most ? " (\(shown) and \(types.count - most) more)" : " (\(shown))"
    }

    static func when(
        _ finding: Finding,
        _ predicate: Predicate,
        isShort: Bool
    ) -> String {
        var words: [String] = []
        if let isAfterWake = predicate.isAfterWake {
            words.append(isAfterWake ? "after wake" : "before any wake")
        }
        if predicate.phases != nil {
            let phases = finding.phases.map(\.rawValue).joined(separator: ", ")
            words.append("in phase \(phases)")
        }
        if words.isEmpty, finding.k < Predicate.failsMin, !finding.phases.isEmpty {
            // Too few to say when it happens; when it did happen can be said.
            let phases = finding.phases.map(\.rawValue).joined(separator: ", ")
            words.append("seen in phase \(phases)")
        }
        if words.isEmpty { words.append("in every phase") }
        return (isShort ? " " : ", ") + words.joined(separator: " ")
    }

    /// Which messages a backend left unanswered; what arrived while it slept is what woke it.
    static func asked(_ finding: Finding, _ predicate: Predicate) -> String {
        let isWaking = predicate.phases?.isSubset(of: [.hibernated, .waking]) ?? false
        return isWaking ? " what woke it" : Self.when(finding, predicate, isShort: true)
    }

    private static func spans(_ delays: [Int64]) -> String {
        let sorted = delays.sorted()
        guard let longest = sorted.last else { return "" }
        let median = sorted[sorted.count / 2]
        return ", by \(median / 1_000_000) ms in the median, \(longest / 1_000_000) ms at most"
    }

    static func cause(_ finding: Finding, _ index: TraceIndex) -> String {
        if index.isBlind { return "rule records set aside (blind)" }
        guard let rule = finding.rule, let source = finding.source else { return "no rule" }
        let hedge = finding.tier == .attributed ? "" : " (on part of them)"
        return "rule \(rule) (\(source))\(hedge)"
    }
}
