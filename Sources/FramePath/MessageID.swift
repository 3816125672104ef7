/// The identity of a message, given at birth, before any fault, and carried to its end.
public struct MessageID: Hashable, Sendable {
    /// Who gave the identity.
    public enum Birth: String, CaseIterable, Hashable, Sendable {
        /// A client's frame at `edge.rx`, or an object's at `object.send`.
        case path
        /// The edge's own: pong, close, injected.
        case edge
    }

    /// The session it belongs to.
    public var session: SessionID
    /// Its way.
    public var direction: Direction
    /// Who bore it; each has a count of its own.
    public var born: Birth
    /// 0 to-object; the wake ordinal of the instance to-client.
    public var epoch: UInt32
    /// Counted from 0 in (session, direction, born, epoch); control frames count apart.
    public var ordinal: UInt32
    /// 0 for the original, 1… for duplicates that a rule made.
    public var copy: UInt16
    /// Whether `ordinal` is of the control sequence.
    public var isControl: Bool

    /// Makes an identity.
    public init(
        session: SessionID,
        direction: Direction,
        born: Birth = .path,
        epoch: UInt32 = 0,
        ordinal: UInt32,
        copy: UInt16 = 0,
        isControl: Bool = false
    ) {
        self.session = session
        self.direction = direction
        self.born = born
        self.epoch = epoch
        self.ordinal = ordinal
        self.copy = copy
        self.isControl = isControl
    }
}
