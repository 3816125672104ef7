/// A remark of a GitHub workflow job, as the runner reads it off a step's output.
///
/// Source: "Workflow commands for GitHub Actions" of GitHub's documentation.
public struct GitHubAnnotation: Sendable {
    /// How grave it is.
    public enum Level: String, Sendable {
        /// The job should fail.
        case error
        /// Somebody should look.
        case warning
        /// For the record.
        case notice
    }

    /// How grave.
    public var level: Level
    /// The headline.
    public var title: String
    /// What is to be said; may have several lines.
    public var message: String
    /// `file:line` in the repository; a path outside of it is not told.
    public var source: String?

    /// Makes one.
    public init(level: Level, title: String, message: String, source: String? = nil) {
        self.level = level
        self.title = title
        self.message = message
        self.source = source
    }

    /// The workflow command, one line.
    public var command: String {
        var properties: [String] = []
        if let source, !source.hasPrefix("/"), !source.hasPrefix("."),
            let colon = source.lastIndex(of: ":")
        {
            properties.append("file=" + Self.property(String(source[..<colon])))
            properties.append(
                "line=" + Self.property(String(source[source.index(after: colon)...]))
            )
        }
        properties.append("title=" + Self.property(self.title))
        return "::\(self.level.rawValue) \(properties.joined(separator: ","))::"
            + Self.data(self.message)
    }

    /// A line as code in Markdown: nothing in it is read as markup.
    ///
    /// - Parameter text: one line.
    /// - Returns: the line in backticks.
    public static func code(_ text: String) -> String {
        "`" + text.replacing("`", with: "'").replacing("\n", with: " ") + "`"
    }

    private static func data(_ text: String) -> String {
        text.replacing("%", with: "%25").replacing("\r", with: "%0D").replacing("\n", with: "%0A")
    }

    private static func property(_ text: String) -> String {
        Self.data(text).replacing(":", with: "%3A").replacing(",", with: "%2C")
    }
}
