import FramePath
import FrameTrace

/// Finds where a run's messages were lost, from its trace files alone.
///
/// Shape: files in, in any order and cut anywhere; a report out. Errors: none; what cannot be told from
/// the records is the answer `unknown` with its reason.
public enum Analyzer {
    /// Messages that must be judged before anything is said.
    public static let messagesMin = 3
    /// Messages that must be late on one hop before that is a finding, where no rule says so.
    static let lateMin = 3
    /// A file that is still written ends amid some messages: up to one in this many judged ones may be open.
    static let judgedPerOpen = 100
    /// Findings told besides the primary one.
    static let furtherMax = 4

    /// Analyses whole files.
    ///
    /// - Parameters:
    ///   - files: each file's name and bytes.
    ///   - isBlind: sets every fault, rule and verdict record aside before looking.
    /// - Returns: the report.
    public static func analyze(
        _ files: [(name: String, bytes: [UInt8])],
        isBlind: Bool = false
    ) -> AnalysisReport {
        let sources = files.map { file in
            TraceSource(name: file.name) { file.bytes }
        }
        return Self.analyze(sources, isBlind: isBlind)
    }

    /// Analyses files that are read one at a time.
    ///
    /// - Parameters:
    ///   - sources: the files of one directory; of several runs the newest is taken.
    ///   - isBlind: sets every fault, rule and verdict record aside before looking.
    /// - Returns: the report.
    public static func analyze(_ sources: [TraceSource], isBlind: Bool = false) -> AnalysisReport {
        let run = Self.load(sources, isBlind: isBlind)
        var report = Self.report(run.judge, run.notes)
        report.run = run.name
        return report
    }

    /// The files of the newest run, read and judged.
    struct Run {
        var judge: Judge
        var notes: [String]
        var name: String?
        var sources: [TraceSource]
    }

    static func load(_ sources: [TraceSource], isBlind: Bool) -> Run {
        var heads = sources.map { (source: $0, head: TraceHead($0)) }
        heads.sort { ($0.head.wall0, $0.source.name) < ($1.head.wall0, $1.source.name) }
        let newest = heads.last { $0.head.run != nil }?.head.run
        let chosen = heads.filter { $0.head.run == nil || $0.head.run == newest }
        var index = TraceIndex(isBlind: isBlind)
        for (source, _) in chosen { Self.read(source, into: &index) }
        index.join()
        var notes: [String] = []
        if chosen.count < heads.count {
            notes.append("\(heads.count - chosen.count) files of other runs were left out")
        }
        return Run(
            judge: Judge(index),
            notes: notes,
            name: newest,
            sources: chosen.map(\.source)
        )
    }

    private static func read(_ source: TraceSource, into index: inout TraceIndex) {
        index.begin(FileFacts(name: source.name))
        var reader = TraceReader()
        source.forEachChunk { chunk in
            reader.append(chunk)
            while let row = reader.next() { index.add(row) }
        }
        if let row = reader.finish() { index.add(row) }
        index.files[index.files.count - 1].report = reader.report
    }

    static func report(_ judge: Judge, _ before: [String]) -> AnalysisReport {
        let loss = RecordLoss(judge)
        let notes = before + Self.notes(judge)
        if let report = ClientOnly.report(judge.index, notes: notes) { return report }
        func made(_ findings: [Finding]) -> AnalysisReport {
            AnalysisReport(findings: findings, judged: judge.judged, notes: notes)
        }
        let candidates = Self.candidates(judge, loss)
        let redial = RedialFinding.make(judge)
        let limit = LimitFinding.make(judge)
        if let primary = Self.primary(candidates.real) {
            var findings = Self.findings(primary, candidates.real, judge)
            if let redial {
                findings.insert(redial, at: redial.k * 2 >= primary.cluster.fails.count ? 0 : 1)
            }
            if let limit { findings.append(limit) }
            return made(findings)
        }
        let rest = [redial, limit].compactMap(\.self)
        if !rest.isEmpty { return made(rest) }
        if judge.index.lineages.isEmpty {
            let text = "unknown: no message was recorded" + Self.rejects(judge.index)
            return made([Finding(status: .unknown, text: text)])
        }
        if let reason = Self.doubt(judge, candidates.explained) {
            var unknown = Finding(status: .unknown, text: "unknown: " + reason)
            unknown.lines = [Self.withoutNames(unknown.text, judge.index.files)]
            return made([unknown])
        }
        var text = "nothing broken: \(judge.judged) messages reached the end of their path"
        if judge.undecidable > 0 { text += ", \(judge.undecidable) were still on their way" }
        text += judge.unobserved(judge.sessions)
        return made([Finding(status: .none, text: text)])
    }

    /// Why the records do not allow to say that nothing broke.
    private static func doubt(_ judge: Judge, _ explained: [Candidate]) -> String? {
        if !explained.isEmpty {
            let count = explained.reduce(0) { $0 + $1.cluster.fails.count }
            return "\(count) messages are not seen at the end of their path, but so many records "
                + "are missing that these may be among them"
        }
        if judge.undecidable * Self.judgedPerOpen > judge.judged {
            let files = judge.undecidableFiles.joined(separator: ", ")
            return "\(judge.undecidable) messages were on their way where \(files) ends "
                + "without its end record"
        }
        if judge.judged < Self.messagesMin {
            return "only \(judge.judged) messages could be judged, \(Self.messagesMin) are needed"
        }
        let missed = Self.missed(judge)
        // Where hops were slow, an answer that arrived may have come after the probe's time was out.
        if missed > 0, judge.slow.isEmpty {
            return "the probe missed \(missed) answers, and no record shows where they were lost"
        }
        return nil
    }

    /// What a run without messages mostly comes from.
    private static func rejects(_ index: TraceIndex) -> String {
        let count = index.rejects.values.reduce(0, +)
        guard count > 0 else { return "" }
        let codes = index.rejects.keys.sorted().map(String.init).joined(separator: ", ")
        return count == 1
            ? "; 1 upgrade was refused: \(codes)" : "; \(count) upgrades were refused: \(codes)"
    }

    /// A sentence with the kind of each file instead of its name, which says process and time.
    private static func withoutNames(_ text: String, _ files: [FileFacts]) -> String {
        files.reduce(text) { $0.replacing($1.name, with: "the \($1.role)'s file") }
    }

    private static func missed(_ judge: Judge) -> Int {
        judge.index.expectations.count { $0.outcome == "missing" }
    }

    private static func notes(_ judge: Judge) -> [String] {
        var notes: [String] = []
        for file in judge.index.files {
            if !file.hasEnd { notes.append("\(file.name) has no end record") }
            if file.holes > 0 { notes.append("\(file.name) lacks \(file.holes) records") }
            if file.gapLost > 0 {
                notes.append("\(file.name): its process lost \(file.gapLost) records")
            }
            if file.report.tornBytes > 0 {
                notes.append("\(file.name): last line torn, \(file.report.tornBytes) bytes dropped")
            }
            let bad = file.report.garbageLines + file.report.longLines
            if bad > 0 { notes.append("\(file.name): \(bad) unreadable lines dropped") }
        }
        for point in judge.contract.dark {
            notes.append("\(point.rawValue) recorded next to nothing and was left out of the path")
        }
        if !judge.slow.isEmpty, Self.missed(judge) > 0 {
            notes.append("the probe gave up on \(Self.missed(judge)) answers")
        }
        for hop in judge.slow {
            let from = Lineage.point(hop.key.from, hop.key.direction).rawValue
            let to = Lineage.point(hop.key.to, hop.key.direction).rawValue
            notes.append(
                "slow: \(hop.late)/\(hop.all) \(hop.key.direction.rawValue) messages waited between "
                    + "\(from) and \(to), as on a busy machine"
            )
        }
        return notes
    }
}
