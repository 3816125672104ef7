/// One suite of results in JUnit's XML, as CI services read it.
///
/// Source: the schema of Ant's JUnit task as Jenkins and GitLab document it.
public struct JUnitSuite: Sendable {
    /// How a case came out.
    public enum Outcome: Sendable, Equatable {
        /// As it should.
        case passed
        /// Not as it should; a line and more.
        case failed(String, details: String)
        /// It could not be tried.
        case error(String)
        /// Nothing to hold it against.
        case skipped(String)
    }

    /// One case.
    public struct Case: Sendable {
        /// What was tried.
        public var name: String
        /// How long it took.
        public var seconds: Double
        /// How it came out.
        public var outcome: Outcome

        /// Makes a case.
        public init(name: String, seconds: Double, outcome: Outcome) {
            self.name = name
            self.seconds = seconds
            self.outcome = outcome
        }
    }

    /// The suite's name.
    public var name: String
    /// Its cases.
    public var cases: [Case]

    /// Makes a suite.
    public init(name: String, cases: [Case]) {
        self.name = name
        self.cases = cases
    }

    /// The document, with a line end.
    public var xml: String {
        func count(_ isCounted: (Outcome) -> Bool) -> Int {
            self.cases.count { isCounted($0.outcome) }
        }
        let failures = count { if case .failed = $0 { true } else { false } }
        let errors = count { if case .error = $0 { true } else { false } }
        let skipped = count { if case .skipped = $0 { true } else { false } }
        let seconds = Self.seconds(self.cases.reduce(0) { $0 + $1.seconds })
        let counts =
            "tests=\"\(self.cases.count)\" failures=\"\(failures)\" errors=\"\(errors)\""
            + " skipped=\"\(skipped)\" time=\"\(seconds)\""
        var lines = [
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
            "<testsuites \(counts)>",
            "  <testsuite name=\"\(Self.escaped(self.name))\" \(counts)>",
        ]
        for one in self.cases { lines.append(self.element(one)) }
        lines += ["  </testsuite>", "</testsuites>", ""]
        return lines.joined(separator: "\n")
    }

    private func element(_ one: Case) -> String {
        let head =
            "    <testcase classname=\"\(Self.escaped(self.name))\" name=\"\(Self.escaped(one.name))\""
            + " time=\"\(Self.seconds(one.seconds))\""
        let body: String
        switch one.outcome {
        case .passed: return head + "/>"
        case .failed(let message, let details):
            body =
                "<failure message=\"\(Self.escaped(message))\">\(Self.escaped(details))</failure>"
        case .error(let message): body = "<error message=\"\(Self.escaped(message))\"/>"
        case .skipped(let message): body = "<skipped message=\"\(Self.escaped(message))\"/>"
        }
        return head + ">\n      \(body)\n    </testcase>"
    }

    private static func seconds(_ seconds: Double) -> String {
        let milliseconds = Int((seconds * 1_000).rounded())
        let rest = String(milliseconds % 1_000)
        return "\(milliseconds / 1_000)." + String(repeating: "0", count: 3 - rest.count) + rest
    }

    /// Text fit for an attribute and for an element; XML 1.0 §2.2 has no other control characters.
    static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "\n": escaped += "&#10;"
            case "\r": escaped += "&#13;"
            case "\t": escaped += "&#9;"
            case "\u{0}"..<" ", "\u{FFFE}", "\u{FFFF}": escaped += "?"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
