public import FramePath

/// The analysis' answer: where delivery broke, for which messages, by what.
public struct Finding: Sendable {
    /// How it came out.
    public enum Status: String, Sendable {
        /// Every message reached the end of its path.
        case none
        /// Delivery broke.
        case broken
        /// The records do not say.
        case unknown
    }

    /// How sure the cause is.
    public enum Tier: String, Sendable {
        /// The place is seen; the cause is not, or only on part of the messages.
        case observed
        /// One rule fired on every failing message and on none that passed.
        case attributed
    }

    /// A failing message and where it was last seen.
    public struct Witness: Sendable {
        /// The message.
        public var id: MessageID
        /// Its last point.
        public var lastSeen: Point
        /// The file of that record.
        public var file: String
        /// The record's number there.
        public var number: UInt64
    }

    /// How it came out.
    public var status: Status
    /// The last point that saw them and the first that did not; for other kinds the hop.
    public var between: (from: Point, to: Point)?
    /// What happened to them.
    public var kind: FaultKind?
    /// Their direction.
    public var direction: Direction?
    /// What sent them, when it was one handler.
    public var handler: Handler?
    /// Phases at birth of the failing messages, in the order of life.
    public var phases: [Phase] = []
    /// Types of the failing messages, sorted.
    public var types: [String] = []
    /// Failing messages.
    public var k = 0
    /// Messages the finding is about, failing or not.
    public var n = 0
    /// Wake ordinals of the failing messages, sorted.
    public var wakes: [UInt32] = []
    /// Only after a wake (`true`), only before any (`false`), or either.
    public var isAfterWake: Bool?
    /// Id of the rule that did it.
    public var rule: String?
    /// `file:line` of that rule.
    public var source: String?
    /// One sentence.
    public var text: String
    /// Shorter sentences for one line, the fullest first; empty when `text` serves.
    var lines: [String] = []
    /// The same for equal breaks of different runs, eight hexadecimal digits; `nil` when nothing broke.
    public var fingerprint: String?
    /// At most three failing messages.
    public var witnesses: [Witness] = []
    /// How sure the cause is.
    public var tier: Tier = .observed

    init(status: Status, text: String) {
        self.status = status
        self.text = text
    }
}
