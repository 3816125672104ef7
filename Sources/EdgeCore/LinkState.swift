/// What the link to the object server can carry.
public enum LinkState: Equatable, Sendable {
    /// There is none; it is dialled again and again.
    case down(reason: String)
    /// `hello` was sent: nothing is attached until it is acknowledged.
    case greeting
    /// The object server has the profiles.
    case up
    /// The object server could not read the profiles.
    case refused(reason: String)

    /// The word in reports.
    public var word: String {
        switch self {
        case .down: "down"
        case .greeting: "greeting"
        case .up: "up"
        case .refused: "refused"
        }
    }

    /// Why it carries nothing, when it does not.
    public var reason: String? {
        switch self {
        case .down(let reason), .refused(let reason): reason
        case .greeting, .up: nil
        }
    }
}
