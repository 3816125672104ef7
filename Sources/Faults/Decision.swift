/// One rule's decision on one message, for the trace.
public struct Decision: Equatable, Sendable {
    /// The rule's id.
    public var rule: String
    /// Where the rule is written, `file:line`.
    public var source: String
    /// The profile's name.
    public var profile: String
    /// The profile's version, raised by each reload.
    public var version: UInt32
    /// Whether it fired; `false` means matched and spared.
    public var fired: Bool
    /// How many matching messages this rule saw in its scope, this one included.
    public var nth: UInt64
    /// The fire draw, when the trigger draws.
    public var draw: UInt64?
    /// The actions' words joined by `+`: `delay+drop`.
    public var action: String
    /// The delay that was drawn, nanoseconds, when there is one.
    public var delayNanoseconds: UInt64?

    /// Makes a decision.
    public init(
        rule: String,
        source: String,
        profile: String,
        version: UInt32,
        fired: Bool,
        nth: UInt64,
        draw: UInt64?,
        action: String,
        delayNanoseconds: UInt64? = nil
    ) {
        self.rule = rule
        self.source = source
        self.profile = profile
        self.version = version
        self.fired = fired
        self.nth = nth
        self.draw = draw
        self.action = action
        self.delayNanoseconds = delayNanoseconds
    }
}
