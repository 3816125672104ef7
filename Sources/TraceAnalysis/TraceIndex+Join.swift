import FramePath
import FrameTrace

extension TraceIndex {
    /// Joins the client's points, and the handlers' runs, to the messages they belong to.
    ///
    /// By session, direction and frame number first. What is left over had its edge record lost, and is
    /// matched by payload hash, oldest first, to a message that lacks exactly that sighting.
    mutating func join() {
        for index in self.clientFrames.indices {
            let frame = self.clientFrames[index]
            guard let id = frame.row.messageID, let sequence = frame.row.seq else { continue }
            let key = LegKey(session: id.session, direction: id.direction, sequence: sequence)
            guard let lineage = self.byLeg[key] else { continue }
            self.place(index, in: lineage)
        }
        self.joinByHash()
        self.addUnmatchedSends()
        for index in self.lineages.indices where self.lineages[index].id.direction == .toObject {
            let id = self.lineages[index].id
            let key = CauseKey(session: id.session, ordinal: id.ordinal)
            guard id.born == .path, !id.isControl, id.copy == 0 else { continue }
            if let run = self.runs[key] {
                self.lineages[index].slots[Lineage.handledSlot] = run.sighting
                self.lineages[index].wake = run.wake
            } else if self.replies.contains(key) {
                let dispatched = self.lineages[index].slots[4]
                self.lineages[index].slots[Lineage.handledSlot] =
                    dispatched ?? self.lineages[index].last?.sighting
            } else if [.hibernated, .waking].contains(self.lineages[index].phase) {
                // Borne before the wake it brings about.
                self.lineages[index].wake += 1
            }
        }
    }

    /// Deliveries at a client that no edge record explains.
    var unexplainedDeliveries: [ClientFrame] {
        self.clientFrames.filter { !$0.isJoined && $0.row.dir == .toClient }
    }

    private mutating func place(_ frame: Int, in lineage: Int) {
        self.clientFrames[frame].isJoined = true
        let direction = self.lineages[lineage].id.direction
        let slot = direction == .toObject ? 0 : 4
        if var known = self.lineages[lineage].slots[slot] {
            known.arrivals += 1
            self.lineages[lineage].slots[slot] = known
        } else {
            self.lineages[lineage].slots[slot] = self.clientFrames[frame].sighting
        }
    }

    private struct HashKey: Hashable {
        var session: SessionID
        var direction: Direction
        var hash: UInt64
    }

    private mutating func joinByHash() {
        guard self.clientFrames.contains(where: { !$0.isJoined }) else { return }
        var open: [HashKey: [Int]] = [:]
        for (index, lineage) in self.lineages.enumerated().reversed() where lineage.isJudged {
            let slot = lineage.id.direction == .toObject ? 0 : 4
            let number = lineage.id.direction == .toObject ? 1 : 3
            guard lineage.slots[slot] == nil, lineage.slots[number]?.sequence == nil,
                let hash = lineage.last?.sighting.hash
            else { continue }
            let id = lineage.id
            let key = HashKey(session: id.session, direction: id.direction, hash: hash)
            open[key, default: []].append(index)
        }
        for index in self.clientFrames.indices where !self.clientFrames[index].isJoined {
            let frame = self.clientFrames[index]
            guard let id = frame.row.messageID else { continue }
            let key = HashKey(
                session: id.session,
                direction: id.direction,
                hash: frame.sighting.hash
            )
            guard let lineage = open[key]?.popLast() else { continue }
            self.place(index, in: lineage)
        }
    }

    /// A client's frame that no edge record knows is a message of its own, seen once.
    private mutating func addUnmatchedSends() {
        for frame in self.clientFrames where !frame.isJoined && frame.row.dir == .toObject {
            guard var id = frame.row.messageID else { continue }
            // The client counts for itself: a copy number no duplicate reaches keeps the two apart.
            id.copy = .max
            guard self.byID[id] == nil else { continue }
            self.byID[id] = self.lineages.count
            var lineage = Lineage(
                id: id,
                object: frame.row.obj ?? "",
                phase: frame.row.phase ?? .active,
                wake: frame.row.wake ?? 0,
                handler: .unknown,
                type: frame.row.type,
                cause: nil
            )
            lineage.slots[0] = frame.sighting
            self.lineages.append(lineage)
        }
    }
}
