import FramePath

/// A limit that was reached, in words.
enum LimitFinding {
    /// The finding, when any was.
    static func make(_ judge: Judge) -> Finding? {
        let hits = judge.index.limits
        guard let first = hits.first else { return nil }
        let same = hits.filter { $0.kind == first.kind }
        var given = Set(same.compactMap(\.session))
        if first.kind == .incoming || first.kind == .wake {
            let objects = Set(same.map(\.object))
            given.formUnion(
                judge.index.unavailableObjects.filter { objects.contains($0.value) }.keys
            )
        }
        var finding = Finding(status: .broken, text: "")
        finding.kind = .limitReached
        finding.k = max(given.count, 1)
        finding.n = max(judge.index.accepted.count, finding.k)
        if let hop = first.kind.hop {
            finding.direction = hop.direction
            finding.between = (
                Lineage.point(hop.from, hop.direction), Lineage.point(hop.to, hop.direction)
            )
        }
        let head = "limit reached: \(first.why)"
        let count = "\(finding.k) of \(finding.n) sessions given up"
        let why = Self.why(first.kind)
        finding.text = "\(head) (\(count)); \(why)"
        finding.lines = [finding.text, "\(head); \(why)", head]
        finding.fingerprint = Fingerprint.of([FaultKind.limitReached.rawValue, first.kind.rawValue])
        return finding
    }

    private static func why(_ kind: LimitHit.Kind) -> String {
        switch kind {
        case .outgoing: "the client reads slower than the object sends, and is closed 1013"
        case .incoming: "clients send while the object is not there, and are closed 1013"
        case .held: "a rule holds back more than the limits allow"
        case .wake: "its clients are closed 1013"
        }
    }
}
