/// The reference objects.
public enum ObjectRegistry {
    /// All of them; `--class` chooses by `kind`.
    public static let all: [any HibernatingObject.Type] = [PingPong.self]

    /// The object of that kind, or nothing.
    ///
    /// - Parameter kind: as given by the operator.
    /// - Returns: its type.
    public static func object(ofKind kind: String) -> (any HibernatingObject.Type)? {
        self.all.first { $0.kind == kind }
    }
}
