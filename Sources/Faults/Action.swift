public import FramePath

/// What a rule does to a message when it fires.
///
/// Source: what each does to a lane is in `Effects` and `Lane`.
public enum Action: Sendable, Equatable {
    /// The message is gone.
    case drop
    /// It waits, `time` plus or minus up to `jitter`, and later ones wait behind it.
    case delay(time: Tick.Span, jitter: Tick.Span)
    /// It is gathered with later ones and they leave in another order.
    case reorder(window: Int, holdMax: Tick.Span)
    /// More of it follow, each `after` later than the one before.
    case duplicate(copies: Int, after: Tick.Span)
    /// It and everything after it stand still, for a while or until the session ends.
    case stall(Tick.Span?)
    /// The object's write of this session never ends.
    case jam
    /// The message is gone and the client is sent this Close.
    case close(code: UInt16, reason: String)
    /// The message is gone and the client's connection is reset.
    case reset
    /// The message and the object's instance are gone.
    case evict(keepsSockets: Bool)

    /// The word in files and traces.
    public var word: String {
        switch self {
        case .drop: "drop"
        case .delay: "delay"
        case .reorder: "reorder"
        case .duplicate: "duplicate"
        case .stall: "stall"
        case .jam: "jam"
        case .close: "close"
        case .reset: "reset"
        case .evict: "evict"
        }
    }

    /// Whether nothing after it is applied to the message.
    public var isEnding: Bool {
        switch self {
        case .drop, .close, .reset, .evict: true
        case .delay, .reorder, .duplicate, .stall, .jam: false
        }
    }

    /// Each kind of action has draws of its own, so that adding one moves no other.
    var drawIndex: UInt64 {
        switch self {
        case .delay: 1
        case .reorder: 2
        case .drop, .duplicate, .stall, .jam, .close, .reset, .evict: 0
        }
    }
}
