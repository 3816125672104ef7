/// How much of a payload stands in the trace.
public enum PayloadPolicy: String, CaseIterable, Sendable {
    /// Only its length and hash.
    case hash
    /// Also its first 256 bytes.
    case head
    /// All of it.
    case full

    /// Bytes kept by `head`.
    public static let headBytes = 256

    /// How many bytes of a payload of that length are written.
    func kept(of length: Int) -> Int {
        switch self {
        case .hash: 0
        case .head: min(length, Self.headBytes)
        case .full: length
        }
    }
}
