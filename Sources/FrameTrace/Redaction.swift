/// Takes secrets out of what is written.
///
/// Shape: applied before a path or a header reaches a trace event, so no trace ever held them.
public enum Redaction {
    /// What stands in place of a secret.
    public static let mark = "***"

    /// The lowercased names of headers whose values never are written.
    public static let secretHeaders: Set<String> = [
        "authorization", "cookie", "set-cookie", "proxy-authorization",
    ]

    /// A request target with every query value replaced.
    ///
    /// A part without `=` may itself be a token, so it is replaced whole.
    ///
    /// - Parameter path: a request target, with or without a query.
    /// - Returns: the same path with `name=***` for each part of the query.
    public static func path(_ path: String) -> String {
        guard let question = path.firstIndex(of: "?") else { return path }
        let query = path[path.index(after: question)...]
        let parts = query.split(separator: "&", omittingEmptySubsequences: false).map { part in
            guard let equals = part.firstIndex(of: "=") else {
                return part.isEmpty ? "" : Self.mark
            }
            return part[...equals] + Self.mark
        }
        return path[...question] + parts.joined(separator: "&")
    }

    /// Headers with the values of the secret ones replaced.
    ///
    /// - Parameter headers: names as sent, values as sent.
    /// - Returns: the same names in the same order.
    public static func headers(
        _ headers: [(name: String, value: String)]
    ) -> [(name: String, value: String)] {
        headers.map { header in
            Self.secretHeaders.contains(header.name.lowercased())
                ? (name: header.name, value: Self.mark) : header
        }
    }
}
