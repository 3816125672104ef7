import FramePath

/// Which slots a message of a session must be seen at, in order.
///
/// Shape: from the outermost observed points inwards. A client's point belongs to it only when a client's
/// file claims the session; else a to-client message ends where it got a frame number at `edge.tx`, that
/// is, where it was really handed to the socket. A message to any backend ends likewise where the edge
/// handed it over: slot 3 is then the backend's end.
struct PathContract {
    private let toObject: [Int]
    private let toClient: [Int]
    private let countsSequences: Bool
    private let endsAtBackend: Bool
    /// Points that were declared and yet saw next to nothing of what passed them.
    let dark: [Point]

    init(_ index: TraceIndex) {
        var seen: [Direction: [Int]] = [
            .toObject: Array(repeating: 0, count: Lineage.slotCount),
            .toClient: Array(repeating: 0, count: Lineage.slotCount),
        ]
        var later: [Direction: [Int]] = seen
        var countsSequences = false
        var endsAtBackend = false
        for lineage in index.lineages where lineage.isJudged {
            guard let last = lineage.last?.slot else { continue }
            let direction = lineage.id.direction
            for slot in 0...last {
                later[direction]?[slot] += 1
                if lineage.slots[slot] != nil { seen[direction]?[slot] += 1 }
            }
            if direction == .toClient, lineage.slots[3]?.sequence != nil { countsSequences = true }
            if direction == .toObject, index.isBackend, lineage.slots[2]?.sequence != nil {
                endsAtBackend = true
            }
        }
        var dark: [Point] = []
        func active(_ direction: Direction) -> [Int] {
            Point.path(direction).enumerated().compactMap { slot, point in
                guard point.takesRules, index.declared.contains(point) else { return nil }
                let passed = later[direction]?[slot] ?? 0
                let noticed = seen[direction]?[slot] ?? 0
                if passed >= 10, noticed * 10 < passed {
                    dark.append(point)
                    return nil
                }
                return slot
            }
        }
        var inward = active(.toObject)
        if !index.runs.isEmpty, inward.contains(4) { inward.append(Lineage.handledSlot) }
        if endsAtBackend { inward.append(3) }
        self.endsAtBackend = endsAtBackend
        self.toObject = inward
        self.toClient = active(.toClient)
        self.dark = dark
        self.countsSequences = countsSequences
    }

    /// The slots of a message's path.
    func slots(_ direction: Direction, isClientObserved: Bool) -> [Int] {
        switch direction {
        case .toObject: isClientObserved ? [0] + self.toObject : self.toObject
        case .toClient:
            isClientObserved || self.countsSequences ? self.toClient + [4] : self.toClient
        }
    }

    /// Whether a message was seen at a slot of its path.
    func isSeen(_ lineage: Lineage, at slot: Int, isClientObserved: Bool) -> Bool {
        if slot == 4, lineage.id.direction == .toClient, !isClientObserved {
            return lineage.slots[3]?.sequence != nil
        }
        if slot == 3, self.endsAtBackend, lineage.id.direction == .toObject {
            return lineage.slots[2]?.sequence != nil
        }
        return lineage.slots[slot] != nil
    }
}
