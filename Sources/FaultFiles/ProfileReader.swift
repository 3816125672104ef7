public import Faults
import FramePath
package import Yams

/// Reads profiles: YAML text in, rules or all errors out.
public enum ProfileReader {
    /// The longest profile, bytes of UTF-8.
    public static let lengthMax = 1_048_576
    /// The most rules in one profile.
    public static let rulesMax = 1_000

    /// What a file comes to, with the warnings that `read` leaves out.
    public struct Inspection: Sendable {
        /// The profile; `nil` when there are errors.
        public var profile: Profile?
        /// Errors and warnings, in file order.
        public var findings: ProfileErrors
    }

    /// Reads a profile.
    ///
    /// - Parameters:
    ///   - text: the file's text.
    ///   - file: its name, for messages and for the rules' `source`.
    /// - Returns: the profile, or all that is wrong with it.
    public static func read(text: String, file: String) -> Result<Profile, ProfileErrors> {
        let inspection = Self.inspect(text: text, file: file)
        if let profile = inspection.profile { return .success(profile) }
        return .failure(ProfileErrors(errors: inspection.findings.errors.filter { !$0.isWarning }))
    }

    /// Reads a profile and warns of what is allowed and probably not meant.
    ///
    /// - Parameters:
    ///   - text: the file's text.
    ///   - file: its name, for messages and for the rules' `source`.
    /// - Returns: the profile if there is no error, and all findings.
    public static func inspect(text: String, file: String) -> Inspection {
        let report = Report(file: file, text: text)
        var profile: Profile?
        if text.utf8.count > Self.lengthMax {
            report.add(
                "E009",
                line: 1,
                column: 1,
                "the file is longer than \(Self.lengthMax) bytes"
            )
        } else if let root = Document.root(of: text, report: report) {
            profile = Self.profile(from: root, report: report)
        }
        return Inspection(
            profile: report.hasErrors ? nil : profile,
            findings: ProfileErrors(errors: report.ordered)
        )
    }

    private static func profile(from root: Node, report: Report) -> Profile? {
        let keys = ["version", "name", "about", "source", "seed", "rules", "expect"]
        guard let fields = Fields(root, "profile", keys: keys, report: report) else { return nil }
        if let version = fields.required("version"),
            let text = report.text(version, "version"), text != "1"
        {
            report.add("E006", at: version, "version \"\(text)\" is not known", expected: "1")
        }
        let name = fields.required("name").flatMap { Self.name($0, "name", report: report) }
        var profile = Profile(name: name ?? "", file: report.file)
        profile.about = fields["about"].flatMap { report.text($0, "about") } ?? ""
        profile.source = fields["source"].flatMap { report.text($0, "source") } ?? ""
        profile.seed = fields["seed"].flatMap { report.whole($0, "seed", in: 0...UInt64.max) }
        profile.expect = fields["expect"].flatMap { ExpectReader.expect(from: $0, report: report) }
        if let rules = fields.required("rules") {
            profile.rules = Self.rules(from: rules, profile: profile.name, report: report)
        }
        return profile
    }

    private static func rules(from node: Node, profile: String, report: Report) -> [Rule] {
        guard case .sequence(let list) = node else {
            report.add("E004", at: node, "rules must be a list", expected: "- id: …")
            return []
        }
        guard list.count <= Self.rulesMax else {
            report.add("E009", at: node, "more than \(Self.rulesMax) rules")
            return []
        }
        var rules: [PlacedRule] = []
        var lines: [String: Int] = [:]
        for member in list {
            let reader = RuleReader(profile: profile, report: report)
            guard let placed = reader.rule(from: member) else { continue }
            if let line = lines[placed.rule.id] {
                report.add(
                    "E010",
                    at: placed.id,
                    "rule \"\(placed.rule.id)\" was given before, on line \(line)",
                    help: "an id is part of the key of a rule's draws: give each its own"
                )
            }
            lines[placed.rule.id] = placed.line
            rules.append(placed)
        }
        ProfileWarnings.check(rules, report: report)
        return rules.map(\.rule)
    }

    /// A name that can stand in a path, a trace and a command line.
    package static func name(_ node: Node, _ what: String, report: Report) -> String? {
        guard let text = report.text(node, what) else { return nil }
        let isPlain = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"),
                UInt8(ascii: "."):
                true
            default: false
            }
        }
        guard isPlain, !text.isEmpty, text.utf8.count <= 64 else {
            report.add(
                "E004",
                at: node,
                "\(what) \"\(text)\" is not a name",
                expected: "1…64 letters, digits, `-`, `_` or `.`"
            )
            return nil
        }
        return text
    }
}
