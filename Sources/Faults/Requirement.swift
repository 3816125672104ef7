public import FramePath

/// Something that must hold of a stored run.
public struct Requirement: Sendable, Equatable {
    /// What must hold.
    public enum Kind: Sendable, Equatable {
        /// Every message reaches the end of its path.
        case noLoss
        /// No message overtakes another of its session and direction; or only none of another life.
        case noReorder(acrossWakeOnly: Bool)
        /// Every wake is over in this time.
        case wokeWithin(Tick.Span)
        /// What is idle for so long, and holds sockets, sleeps.
        case hibernatesWithin(Tick.Span)
        /// Every session ends with one of these codes, and at least one ends.
        case closeCode([UInt16])
        /// The analysis finds this.
        case finding(Expect)
    }

    /// Which messages, or which objects, it is about.
    public struct Scope: Sendable, Equatable {
        /// One direction, or both.
        public var direction: Direction?
        /// Types, or all.
        public var types: [String]
        /// Handlers, or all.
        public var handlers: [Handler]
        /// Objects by name, or all.
        public var object: Glob?

        /// Makes a scope; without arguments, everything.
        public init(
            direction: Direction? = nil,
            types: [String] = [],
            handlers: [Handler] = [],
            object: Glob? = nil
        ) {
            self.direction = direction
            self.types = types
            self.handlers = handlers
            self.object = object
        }
    }

    /// What must hold.
    public var kind: Kind
    /// Of what.
    public var scope: Scope
    /// `file:line` of its text.
    public var source: String

    /// Makes a requirement.
    public init(_ kind: Kind, scope: Scope = Scope(), source: String = "") {
        self.kind = kind
        self.scope = scope
        self.source = source
    }
}
