import FramePath
import FrameTrace

/// What a client's trace alone tells: which exchanges failed, never at which point.
///
/// Shape: used where a client noted what it expected and no file of an edge or an object server is in
/// the run, as of a service that is not ours. Every point between the client's two is a candidate.
struct ClientOnly {
    private struct Exchange {
        var row: String
        var column: String
        var outcome: String
        var why: String?

        /// What went wrong; `nil` where the answer was another one than the client wanted.
        var kind: FaultKind? {
            switch self.outcome {
            case "missing": .missing
            case "late": .late
            case "reordered": .reordered
            case "duplicate": .duplicate
            default: nil
            }
        }
    }

    /// Columns as they may stand in a finding; more are counted.
    private static let namesShown = 6

    private let exchanges: [Exchange]
    private let judged: [Exchange]

    /// The report of a run of clients only; `nil` when somebody else traced too, or no client expected.
    static func report(_ index: TraceIndex, notes: [String]) -> AnalysisReport? {
        guard !index.expectations.isEmpty, index.files.allSatisfy({ $0.kind == .client }) else {
            return nil
        }
        let told = ClientOnly(index)
        return AnalysisReport(findings: told.findings, judged: told.judged.count, notes: notes)
    }

    private init(_ index: TraceIndex) {
        self.exchanges = index.expectations.map { row in
            Exchange(
                row: row.row ?? "?",
                column: row.col ?? "?",
                outcome: row.outcome ?? "unknown",
                why: row.why
            )
        }
        self.judged = self.exchanges.filter { $0.outcome != "unknown" }
    }

    private var findings: [Finding] {
        guard !self.judged.isEmpty else {
            let why = self.exchanges.lazy.compactMap(\.why).first.map { ": \($0)" } ?? ""
            let text = "unknown: none of \(self.exchanges.count) exchanges could be tried\(why)"
            return [Finding(status: .unknown, text: text)]
        }
        let kinds: [FaultKind?] = [.missing, nil, .late, .reordered, .duplicate]
        let broken = kinds.compactMap { kind in
            self.finding(kind, self.judged.filter { $0.outcome != "ok" && $0.kind == kind })
        }
        if !broken.isEmpty { return broken }
        var text = "nothing broken: \(self.judged.count) exchanges came out as expected"
        let untold = self.exchanges.count - self.judged.count
        if untold > 0 { text += ", \(untold) could not be told" }
        text += "; only the client is observed"
        return [Finding(status: .none, text: text)]
    }

    private func finding(_ kind: FaultKind?, _ fails: [Exchange]) -> Finding? {
        guard !fails.isEmpty else { return nil }
        let rows = Self.names(fails.map(\.row))
        let columns = Self.names(fails.map(\.column))
        let asked = self.judged.filter { rows.contains($0.row) }
        let inside = asked.filter { columns.contains($0.column) }
        let elsewhere = asked.count - inside.count
        var finding = Finding(status: .broken, text: "")
        finding.between = (.clientTx, .clientRx)
        finding.kind = kind
        finding.k = fails.count
        finding.n = inside.count
        let isOfWake = columns.allSatisfy { $0 == "later" || $0.contains("wake") }
        if isOfWake, elsewhere > 0, columns != ["later"] { finding.isAfterWake = true }
        let quoted = columns.map { "'\($0)'" }
        let when = elsewhere > 0 ? "in \(Self.list(quoted)) only" : "in every column"
        let why = kind == nil ? fails.lazy.compactMap(\.why).first.map { ", \($0)" } ?? "" : ""
        let candidates = Self.candidates.map(\.rawValue).joined(separator: ", ")
        let head = "\(Self.word(kind)) client.tx → … → client.rx: \(fails.count)/\(inside.count)"
        let place = "; only the client is observed, so any point between may be the place"
        finding.text =
            "\(head) exchanges (\(Self.list(rows))), \(when)\(why)\(place): \(candidates)"
        let fine = Self.names(
            self.judged.filter { one in
                one.outcome == "ok" && columns.contains(one.column) && !rows.contains(one.row)
            }.map(\.row)
        )
        if !fine.isEmpty { finding.text += "; what came through there: \(Self.list(fine))" }
        let short = "; only the client is observed"
        finding.lines = [
            "\(head) exchanges (\(Self.list(rows))), \(when)\(short)",
            "\(head) exchanges, \(when)\(short)", head + short,
        ]
        var traits = ["client only", Self.word(kind)]
        if finding.k * 10 >= finding.n * 9 {
            traits += rows.sorted() + [finding.isAfterWake == true ? "after wake" : ""]
        }
        finding.fingerprint = Fingerprint.of(traits)
        return finding
    }

    /// Every point between a client's two, in the order of the way there and back.
    private static let candidates: [Point] = {
        var points: [Point] = []
        for direction in [Direction.toObject, .toClient] {
            points += Point.path(direction).filter { $0.takesRules && !points.contains($0) }
        }
        return points
    }()

    private static func word(_ kind: FaultKind?) -> String {
        switch kind {
        case .missing?: "no answer"
        case .late?: "late"
        case .reordered?: "out of order"
        case .duplicate?: "answered twice"
        default: "another answer"
        }
    }

    /// Each name once, in the order of first sight.
    private static func names(_ all: [String]) -> [String] {
        var seen: Set<String> = []
        return all.filter { seen.insert($0).inserted }
    }

    private static func list(_ names: [String]) -> String {
        let shown = names.prefix(Self.namesShown).joined(separator: ", ")
        let more = names.count - Self.namesShown
        return more > 0 ? "\(shown) and \(more) more" : shown
    }
}
