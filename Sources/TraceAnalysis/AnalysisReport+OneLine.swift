extension AnalysisReport {
    /// The longest line fit for a chat or a pull request, in characters.
    public static let oneLineMax = 200

    /// The primary finding in one line, with its fingerprint when something broke.
    ///
    /// Shape: at most `oneLineMax` characters, no control character, no name of a run, file or folder of
    /// this machine; a rule is named with its profile's `file:line`.
    public var oneLine: String {
        guard let finding = self.findings.first else { return "unknown: nothing was analysed" }
        var tail = ""
        if self.findings.count > 1 { tail += " (+\(self.findings.count - 1) more)" }
        if let fingerprint = finding.fingerprint { tail += " [torpor:\(fingerprint)]" }
        let room = Self.oneLineMax - tail.count
        let forms = finding.lines.isEmpty ? [finding.text] : finding.lines
        let plain = forms.map(Self.plain)
        let line = plain.first { $0.count <= room } ?? plain.last ?? ""
        return (line.count <= room ? line : String(line.prefix(room - 1)) + "…") + tail
    }

    /// Types and reasons come from peers: what could break a line or paint a terminal is shown as `?`.
    private static func plain(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { scalar in
                    switch scalar.properties.generalCategory {
                    case .control, .format, .lineSeparator, .paragraphSeparator: "?"
                    default: scalar
                    }
                }
            )
        )
    }
}
