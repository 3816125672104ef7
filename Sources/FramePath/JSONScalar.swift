/// A JSON value that is not an object or an array.
public enum JSONScalar: Equatable, Hashable, Sendable {
    /// A text, unescaped.
    case string(String)
    /// A number, as it was written.
    case number(String)
    /// True or false.
    case bool(Bool)
    /// Null.
    case null
}
