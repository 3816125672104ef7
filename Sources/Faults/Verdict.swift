public import FramePath

/// The engine's answer for one message at one point.
///
/// Shape: closed; the cores switch over it once.
public enum Verdict: Equatable, Sendable {
    /// Goes on untouched.
    case pass
    /// Goes on, or not, as `Effects` says.
    case apply(Effects)
}

/// What the fired actions of one message come to, applied in file order.
///
/// Shape: delays add; the first of drop, close, reset, evict ends the chain.
public struct Effects: Equatable, Sendable {
    /// How a message's way ends here.
    public enum Ending: Equatable, Sendable {
        /// It goes on.
        case none
        /// It is gone.
        case drop
        /// It is gone and the client's socket is closed with this code.
        case close(code: UInt16, reason: String)
        /// It is gone and the client's connection is reset (TCP RST).
        case reset
        /// It is gone and so is the object's instance; `keepsSockets` leaves sessions held.
        case evict(keepsSockets: Bool)
    }

    /// Hold back this long; later messages of the lane wait behind it.
    public var delay: Tick.Span = .zero
    /// Gather this many messages, then let them go in another order.
    public var reorder: Reorder?
    /// One more copy after each of these spans.
    public var copies: [Tick.Span] = []
    /// Hold this and everything after it in the lane; `nil` span: for ever.
    public var stall: Stall?
    /// The lane's one write never ends: nothing of this session leaves any more.
    public var jams: Bool = false
    /// How it ends.
    public var ending: Ending = .none

    /// Nothing.
    public init() {}

    /// A window of messages let go in another order.
    public struct Reorder: Equatable, Sendable {
        /// Messages in a window, at least 2.
        public var window: Int
        /// The longest a message waits for the window to fill.
        public var holdMax: Tick.Span
        /// Seed of the permutation, drawn by the rule.
        public var draw: UInt64
        /// Makes a window.
        public init(window: Int, holdMax: Tick.Span, draw: UInt64) {
            self.window = window
            self.holdMax = holdMax
            self.draw = draw
        }
    }

    /// A lane that stands still.
    public enum Stall: Equatable, Sendable {
        /// For a while.
        case span(Tick.Span)
        /// Until the session ends.
        case forever
    }
}
