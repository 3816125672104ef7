public import FramePath

/// One thing that may go wrong: where, to what, when, and how.
public struct Rule: Sendable, Equatable {
    /// Its name, part of the key of its draws.
    public var id: String
    /// Where it is written, `file:line`.
    public var source: String
    /// The profile's name.
    public var profile: String
    /// Where it stands.
    public var at: Point
    /// What it is about.
    public var match: Matcher
    /// When it fires.
    public var fire: Trigger
    /// Among which messages it counts.
    public var per: Scope
    /// The most times it fires in its scope.
    public var limit: UInt64?
    /// What it does, in order.
    public var actions: [Action]

    /// Makes a rule.
    public init(
        id: String,
        source: String = "",
        profile: String = "",
        at point: Point,
        match: Matcher = Matcher(),
        fire: Trigger,
        per scope: Scope = .session,
        limit: UInt64? = nil,
        actions: [Action]
    ) {
        self.id = id
        self.source = source
        self.profile = profile
        self.at = point
        self.match = match
        self.fire = fire
        self.per = scope
        self.limit = limit
        self.actions = actions
    }

    /// Whether its decisions hang on the order in which messages of different sessions arrive, so
    /// that two runs may differ.
    public var followsArrival: Bool {
        self.per != .session && (self.fire.counts || self.limit != nil)
    }
}
