public import ClientCore
public import FaultFiles
import Yams

/// Reads scripts: YAML text in, steps or all errors out.
public enum ScriptReader {
    private static let keys = [
        "version", "name", "about", "source", "path", "headers", "cookies", "subprotocols",
        "greeting", "sessions", "row", "steps", "lanes",
    ]

    /// Reads a script.
    ///
    /// - Parameters:
    ///   - text: the file's text.
    ///   - file: its name, for messages.
    ///   - environment: the value of a variable; `nil` when it is not set.
    /// - Returns: the script, or all that is wrong with it.
    public static func read(
        text: String,
        file: String,
        environment: @escaping (String) -> String?
    ) -> Result<Script, ProfileErrors> {
        let report = Report(file: file, text: text)
        var script: Script?
        if text.utf8.count > ScriptLimits.lengthMax {
            let message = "the file is longer than \(ScriptLimits.lengthMax) bytes"
            report.add("E009", line: 1, column: 1, message)
        } else if let root = Document.root(of: text, report: report) {
            script = Self.script(
                from: root,
                texts: TextReader(report: report, environment: environment),
                report: report
            )
        }
        if let script, !report.hasErrors { return .success(script) }
        return .failure(ProfileErrors(errors: report.ordered))
    }

    private static func script(from root: Node, texts: TextReader, report: Report) -> Script? {
        guard let fields = Fields(root, "script", keys: Self.keys, report: report) else {
            return nil
        }
        if let version = fields.required("version"),
            let text = report.text(version, "version"), text != "1"
        {
            report.add("E006", at: version, "version \"\(text)\" is not known", expected: "1")
        }
        let name = fields.required("name").flatMap {
            ProfileReader.name($0, "name", report: report)
        }
        _ = fields["source"].flatMap { report.text($0, "source") }
        var sessions = SessionReader(texts: texts)
        let shared = sessions.sessions(of: fields)
        let lanes = LaneReader(texts: texts, sessions: sessions, shared: shared)
            .lanes(of: fields, at: root)
        return Script(
            name: name ?? "",
            about: fields["about"].flatMap { report.text($0, "about") } ?? "",
            lanes: lanes
        )
    }
}
