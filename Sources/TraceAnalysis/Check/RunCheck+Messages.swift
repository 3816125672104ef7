import Faults
import FramePath

extension RunCheck {
    /// Every message in scope reached the end of its path.
    func noLoss(_ scope: Requirement.Scope) -> Answer {
        var arrived = 0
        var lost: [Int] = []
        var untold = 0
        let unsure = self.unsure
        for (place, lineage) in self.judge.index.lineages.enumerated()
        where lineage.isJudged && !lineage.isDuplicate && scope.holds(lineage) {
            switch self.judge.outcomes[place] {
            case .delivered: arrived += 1
            case .missing where unsure.contains(place): untold += 1
            case .missing, .refused: lost.append(place)
            case .undecidable: untold += 1
            case .excused: break
            }
        }
        if let first = lost.first {
            let all = lost.count + arrived
            let text = "\(lost.count) of \(all) messages are lost; \(self.sentence(first))"
            return Answer(.failed, text, self.witness(first))
        }
        if untold > 0 {
            return Answer(.unknown, "the records do not say whether \(untold) messages arrived")
        }
        guard arrived > 0 else { return Answer(.unknown, "no such message was recorded") }
        return Answer(.ok, "\(arrived) messages arrived")
    }

    /// Losses that missing records alone may explain.
    private var unsure: Set<Int> {
        let explained = Analyzer.candidates(self.judge, RecordLoss(self.judge)).explained
        return Set(explained.flatMap(\.cluster.fails))
    }

    /// No message in scope came before one that was ahead of it, at any point.
    func noReorder(_ scope: Requirement.Scope) -> Answer {
        let lineages = self.judge.index.lineages
        let fails = self.judge.clusters.values.filter { $0.key.kind == .reordered }
            .sorted { ($0.position, $0.key.to) < ($1.position, $1.key.to) }
            .flatMap { cluster in cluster.fails.map { (cluster, $0) } }
            .filter { scope.holds(lineages[$0.1]) }
        guard let (cluster, first) = fails.first else { return self.inOrder(scope) }
        let hop = "\(cluster.between.from.rawValue) and \(cluster.between.to.rawValue)"
        let count = Set(fails.map(\.1)).count
        return Answer(
            .failed,
            "\(count) messages are out of order; \(self.name(first)) was overtaken between \(hop)",
            self.witness(first)
        )
    }

    /// No message of one life came to its end after one of a later life.
    func noReorderAcrossWake(_ scope: Requirement.Scope) -> Answer {
        struct Lane: Hashable {
            var session: SessionID
            var direction: Direction
        }
        var lanes: [Lane: [(place: Int, end: Lineage.Sighting)]] = [:]
        var order: [Lane] = []
        for (place, lineage) in self.judge.index.lineages.enumerated()
        where lineage.isJudged && !lineage.isDuplicate && scope.holds(lineage) {
            guard let end = self.judge.arrivalAtEnd(lineage) else { continue }
            let lane = Lane(session: lineage.id.session, direction: lineage.id.direction)
            if lanes[lane] == nil { order.append(lane) }
            lanes[lane, default: []].append((place, end))
        }
        var fails: [(place: Int, by: Int)] = []
        for lane in order {
            fails += self.overtaken(lanes[lane] ?? [])
        }
        guard let first = fails.first else { return self.inOrder(scope, hasWakes: true) }
        return Answer(
            .failed,
            "\(fails.count) messages came after one of a later life; \(self.name(first.place)) was "
                + "overtaken by \(self.name(first.by))",
            self.witness(first.place)
        )
    }

    private func overtaken(
        _ members: [(place: Int, end: Lineage.Sighting)]
    ) -> [(place: Int, by: Int)] {
        let lineages = self.judge.index.lineages
        let sorted = members.sorted { ($0.end.file, $0.end.number) < ($1.end.file, $1.end.number) }
        var furthest: Int?
        var fails: [(place: Int, by: Int)] = []
        for (place, _) in sorted {
            let lineage = lineages[place]
            guard let before = furthest else {
                furthest = place
                continue
            }
            let other = lineages[before]
            let isAhead =
                (lineage.id.epoch, lineage.id.ordinal) > (other.id.epoch, other.id.ordinal)
            if isAhead {
                furthest = place
            } else if lineage.wake < other.wake {
                fails.append((place, before))
            }
        }
        return fails
    }

    private func inOrder(_ scope: Requirement.Scope, hasWakes: Bool = false) -> Answer {
        let known = self.judge.index.lineages.filter { $0.isJudged && scope.holds($0) }
        guard !known.isEmpty else { return Answer(.unknown, "no such message was recorded") }
        if hasWakes, !known.contains(where: { $0.wake > 0 }) {
            return Answer(.unknown, "nothing woke in this run")
        }
        return Answer(.ok, "\(known.count) messages are in order")
    }

    private func name(_ place: Int) -> String {
        let lineage = self.judge.index.lineages[place]
        let type = lineage.type.map { "\($0) " } ?? ""
        return "\(type)\(lineage.id.direction.rawValue) message \(lineage.id.ordinal) of life "
            + "\(lineage.wake)"
    }

    private func sentence(_ place: Int) -> String {
        let lineage = self.judge.index.lineages[place]
        guard let last = lineage.last?.slot else { return self.name(place) }
        let point = Lineage.point(last, lineage.id.direction).rawValue
        if case .refused = self.judge.outcomes[place] {
            return "\(self.name(place)) waited at \(point) for a backend that refused to be dialled"
        }
        return "\(self.name(place)) was last seen at \(point)"
    }

    private func witness(_ place: Int) -> CheckReport.Witness? {
        guard let last = self.judge.index.lineages[place].last?.sighting else { return nil }
        return CheckReport.Witness(
            file: self.judge.index.files[last.file].name,
            number: last.number
        )
    }
}
