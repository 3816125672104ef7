/// What is known of a frame beside its message.
public struct FrameMarks: Sendable, Equatable {
    /// Place of this frame in a message of several, from 0, where frames are passed on one by one;
    /// `nil` when the event stands for the whole message.
    public var part: UInt16?
    /// What a server that was dialled again says first, once more.
    public var isGreeting: Bool
    /// A greeting that is kept from the client.
    public var isSwallowed: Bool

    /// Makes marks.
    public init(part: UInt16? = nil, isGreeting: Bool = false, isSwallowed: Bool = false) {
        self.part = part
        self.isGreeting = isGreeting
        self.isSwallowed = isSwallowed
    }
}
