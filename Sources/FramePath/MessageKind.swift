/// What a frame carries, as rules, traces and the link name it.
///
/// Source: RFC 6455 §5.2; `continuation` appears only on frames, never on messages.
public enum MessageKind: String, CaseIterable, Hashable, Sendable {
    /// A later fragment.
    case continuation
    /// UTF-8 text.
    case text
    /// Bytes.
    case binary
    /// A Close frame.
    case close
    /// A Ping.
    case ping
    /// A Pong.
    case pong

    /// Whether it is a control frame (RFC 6455 §5.5), counted in a sequence of its own.
    public var isControl: Bool {
        switch self {
        case .continuation, .text, .binary: false
        case .close, .ping, .pong: true
        }
    }
}
