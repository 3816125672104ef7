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
        var report = Self.report(Judge(index), notes)
        report.run = newest
        return report
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

    private static func report(_ judge: Judge, _ before: [String]) -> AnalysisReport {
        let loss = RecordLoss(judge)
        let notes = before + Self.notes(judge)
        if let report = ClientOnly.report(judge.index, notes: notes) { return report }
        func made(_ findings: [Finding]) -> AnalysisReport {
            AnalysisReport(findings: findings, judged: judge.judged, notes: notes)
        }
        let candidates = Self.candidates(judge, loss)
        if let primary = Self.primary(candidates.real) {
            let findings = Self.findings(primary, candidates.real, judge)
            return made(findings)
        }
        if judge.index.lineages.isEmpty {
            return made([Finding(status: .unknown, text: "unknown: no message was recorded")])
        }
        if let reason = Self.doubt(judge, candidates.explained) {
            return made([Finding(status: .unknown, text: "unknown: " + reason)])
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
