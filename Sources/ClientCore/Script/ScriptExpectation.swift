public import FramePath

/// What must come after a step, or must not.
public struct ScriptExpectation: Sendable, Equatable {
    /// What of it.
    public enum What: Sendable, Equatable {
        /// A message.
        case message(ScriptMatch)
        /// The Pong of the last Ping.
        case pong
        /// The end of the connection with one of these codes; empty for any.
        case close([UInt16])
        /// A handshake refused with one of these HTTP statuses; empty for any.
        case refused([Int])
        /// A handshake that agreed on this subprotocol.
        case subprotocol(String)
    }

    /// What.
    public var what: What
    /// How often.
    public var count: Int
    /// How long it is waited for; `nil` for as long as the service's earlier answers suggest.
    public var within: Tick.Span?
    /// It must not come.
    public var isNever: Bool

    /// Makes an expectation.
    ///
    /// - Parameters:
    ///   - what: what must come.
    ///   - count: how often.
    ///   - within: how long it is waited for.
    ///   - isNever: it must not come.
    public init(
        _ what: What,
        count: Int = 1,
        within: Tick.Span? = nil,
        isNever: Bool = false
    ) {
        self.what = what
        self.count = count
        self.within = within
        self.isNever = isNever
    }

    /// Whether what comes tells which exchange it belongs to.
    var isUnique: Bool {
        switch self.what {
        case .message(let match): match.isUnique
        case .pong: true
        case .close, .refused, .subprotocol: false
        }
    }

    /// What is wanted, in a word: the type of a message, `Pong`, `Close 4000`.
    var want: String {
        switch self.what {
        case .message(let match): match.words
        case .pong: "Pong"
        case .close(let codes): "Close" + Self.list(codes)
        case .refused(let statuses): "refused" + Self.list(statuses)
        case .subprotocol(let name): "subprotocol \(name)"
        }
    }

    /// The same in a table.
    var words: String {
        let what =
            switch self.what {
            case .pong: "pong"
            case .close(let codes): "close" + Self.list(codes)
            case .message, .refused, .subprotocol: self.want
            }
        if self.isNever { return "never \(what)" }
        return self.count > 1 ? "\(self.count) × \(what)" : what
    }

    private static func list(_ numbers: [some BinaryInteger]) -> String {
        numbers.isEmpty ? "" : " " + numbers.map { String($0) }.joined(separator: " or ")
    }
}
