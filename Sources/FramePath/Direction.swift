/// The way a frame travels.
public enum Direction: String, CaseIterable, Hashable, Sendable {
    /// From the client to the object.
    case toObject = "to-object"
    /// From the object to the client.
    case toClient = "to-client"
}
