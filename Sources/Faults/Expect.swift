public import FramePath

/// What the analysis should find in a run under a profile.
public struct Expect: Sendable, Equatable {
    /// What happened to messages, or that nothing did.
    public enum Kind: String, CaseIterable, Sendable {
        /// Nothing is broken.
        case none
        /// They are not seen any further.
        case missing
        /// They are seen with other bytes.
        case mutated
        /// They are seen more often.
        case duplicate
        /// They are seen in another order.
        case reordered
        /// They are seen too late.
        case late
        /// The object never sent them.
        case neverSent = "never-sent"
        /// A backend never answered them.
        case neverAnswered = "never-answered"
        /// A backend refused to be dialled again after a sleep.
        case redialRefused = "redial-refused"
        /// A queue was full, or a wake took too long, and sessions were given up.
        case limitReached = "limit-reached"
    }

    /// Two neighbours on the path.
    public struct Between: Sendable, Equatable {
        /// The last point that is as it should be.
        public var last: Point
        /// The first point that is not.
        public var first: Point
        /// Makes a place.
        public init(last: Point, first: Point) {
            self.last = last
            self.first = first
        }
    }

    /// What.
    public var kind: Kind
    /// Where.
    public var between: Between?
    /// In messages of which handler.
    public var handler: Handler?
    /// In messages of which phase.
    public var phase: Phase?

    /// Makes an expectation.
    public init(
        kind: Kind,
        between: Between? = nil,
        handler: Handler? = nil,
        phase: Phase? = nil
    ) {
        self.kind = kind
        self.between = between
        self.handler = handler
        self.phase = phase
    }

    /// Whether nothing should be found.
    public var isNone: Bool { self.kind == .none }
}
