public import Faults
import Foundation

/// Requirements held against one stored run.
public struct CheckReport: Sendable {
    /// How one came out.
    public enum Outcome: String, Sendable {
        /// It holds.
        case ok
        /// It does not.
        case failed
        /// The records do not say.
        case unknown
    }

    /// A record that shows it.
    public struct Witness: Sendable, Equatable {
        /// The trace file.
        public var file: String
        /// The record's `n` there.
        public var number: UInt64
    }

    /// One requirement.
    public struct Result: Sendable {
        /// What must hold.
        public var requirement: Requirement
        /// Whether it does.
        public var outcome: Outcome
        /// One sentence.
        public var text: String
        /// The record it is about.
        public var witness: Witness?
    }

    /// In the order of the file.
    public var results: [Result]
    /// What a reader should know about the records themselves.
    public var notes: [String]
    /// The run's id, when a file told it.
    public var run: String?

    /// `failed` when any is, else `unknown` when any is.
    public var outcome: Outcome {
        if self.results.contains(where: { $0.outcome == .failed }) { return .failed }
        return self.results.contains { $0.outcome == .unknown } ? .unknown : .ok
    }

    /// 0 all hold, 1 one does not, 2 the records do not say.
    public var exitCode: Int32 {
        switch self.outcome {
        case .ok: 0
        case .failed: 1
        case .unknown: 2
        }
    }

    /// A line each, the failing record under it, then the notes.
    public var text: String {
        var lines: [String] = []
        for result in self.results {
            let word = result.outcome == .failed ? "FAILED" : result.outcome.rawValue
            let pad = String(repeating: " ", count: 8 - word.count)
            lines.append("\(word)\(pad)\(result.requirement): \(result.text)")
            if let witness = result.witness {
                lines.append("        \(witness.file), record \(witness.number)")
            }
        }
        lines += self.notes.map { "note: " + $0 }
        return lines.joined(separator: "\n")
    }

    /// The same as JSON, keys sorted.
    public var json: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(CheckJSON(self)) else { return "{}" }
        return String(decoding: data, as: UTF8.self)
    }

    /// A testcase for each; what could not be told is an error, not a failure.
    ///
    /// - Parameter name: of the suite.
    /// - Returns: the suite.
    public func junit(name: String) -> JUnitSuite {
        JUnitSuite(
            name: name,
            cases: self.results.map { result in
                let place = result.witness.map { "\($0.file), record \($0.number)" } ?? ""
                let outcome: JUnitSuite.Outcome =
                    switch result.outcome {
                    case .ok: .passed
                    case .failed: .failed(result.text, details: place)
                    case .unknown: .error(result.text)
                    }
                return JUnitSuite.Case(
                    name: "\(result.requirement) [\(result.requirement.source)]",
                    seconds: 0,
                    outcome: outcome
                )
            }
        )
    }
}

/// The report's JSON form.
private struct CheckJSON: Encodable {
    struct ResultJSON: Encodable {
        var expect: String
        var source: String
        var outcome: String
        var text: String
        var witness: WitnessJSON?
    }

    struct WitnessJSON: Encodable {
        var file: String
        var n: UInt64
    }

    var run: String?
    var outcome: String
    var results: [ResultJSON]
    var notes: [String]

    init(_ report: CheckReport) {
        self.run = report.run
        self.outcome = report.outcome.rawValue
        self.notes = report.notes
        self.results = report.results.map { result in
            ResultJSON(
                expect: result.requirement.description,
                source: result.requirement.source,
                outcome: result.outcome.rawValue,
                text: result.text,
                witness: result.witness.map { WitnessJSON(file: $0.file, n: $0.number) }
            )
        }
    }
}
