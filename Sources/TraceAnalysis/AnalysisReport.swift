import Foundation
import FramePath

/// The findings of one run, the primary one first; never empty.
public struct AnalysisReport: Sendable {
    /// The findings.
    public var findings: [Finding]
    /// Messages whose way could be judged.
    public var judged: Int
    /// What a reader should know about the records themselves.
    public var notes: [String]
    /// The run's id, when a file told it.
    public var run: String?

    /// The primary finding's status.
    public var status: Finding.Status {
        self.findings.first?.status ?? .unknown
    }

    /// 0 nothing broken, 1 a finding, 2 unknown.
    public var exitCode: Int32 {
        switch self.status {
        case .none: 0
        case .broken: 1
        case .unknown: 2
        }
    }

    /// The primary finding's sentence, the further ones and the notes, a line each.
    public var text: String {
        var lines = self.findings.prefix(1).map(\.text)
        lines += self.findings.dropFirst().map { "also: " + $0.text }
        lines += self.notes.map { "note: " + $0 }
        return lines.joined(separator: "\n")
    }

    /// The same as JSON, keys sorted.
    public var json: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(ReportJSON(self)) else { return "{}" }
        return String(decoding: data, as: UTF8.self)
    }
}

/// The report's JSON form; an identity is written as traces write it.
private struct ReportJSON: Encodable {
    struct FindingJSON: Encodable {
        var status: String
        var between: [String]?
        var kind: String?
        var direction: String?
        var handler: String?
        var phases: [String]
        var types: [String]
        var k: Int
        var n: Int
        var wakes: [UInt32]
        var afterWake: Bool?
        var rule: String?
        var source: String?
        var tier: String
        var fingerprint: String?
        var text: String
        var witnesses: [WitnessJSON]
    }

    struct WitnessJSON: Encodable {
        var session: String
        var direction: String
        var epoch: UInt32
        var ordinal: UInt32
        var lastSeen: String
        var file: String
        var n: UInt64
    }

    var run: String?
    var status: String
    var oneLine: String
    var judged: Int
    var findings: [FindingJSON]
    var notes: [String]

    init(_ report: AnalysisReport) {
        self.run = report.run
        self.status = report.status.rawValue
        self.oneLine = report.oneLine
        self.judged = report.judged
        self.notes = report.notes
        self.findings = report.findings.map { finding in
            FindingJSON(
                status: finding.status.rawValue,
                between: finding.between.map { [$0.from.rawValue, $0.to.rawValue] },
                kind: finding.kind?.rawValue,
                direction: finding.direction?.rawValue,
                handler: finding.handler?.rawValue,
                phases: finding.phases.map(\.rawValue),
                types: finding.types,
                k: finding.k,
                n: finding.n,
                wakes: finding.wakes,
                afterWake: finding.isAfterWake,
                rule: finding.rule,
                source: finding.source,
                tier: finding.tier.rawValue,
                fingerprint: finding.fingerprint,
                text: finding.text,
                witnesses: finding.witnesses.map { witness in
                    WitnessJSON(
                        session: witness.id.session.description,
                        direction: witness.id.direction.rawValue,
                        epoch: witness.id.epoch,
                        ordinal: witness.id.ordinal,
                        lastSeen: witness.lastSeen.rawValue,
                        file: witness.file,
                        n: witness.number
                    )
                }
            )
        }
    }
}
