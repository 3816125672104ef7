public import FramePath

/// One step of a lane.
public struct ScriptStep: Sendable, Equatable {
    /// What it does.
    public enum Action: Sendable, Equatable {
        /// Opens its session.
        case connect
        /// Sends a message.
        case send(ScriptPayload)
        /// Sends a Ping.
        case ping(ScriptText)
        /// Sends a Close.
        case close(code: UInt16, reason: String)
        /// Only expects.
        case listen
        /// Leaves everything alone for a span.
        case idle(Tick.Span)
        /// Leaves everything alone until the lane's objects sleep.
        case sleep
    }

    /// What it does.
    public var action: Action
    /// The place of its session in the lane.
    public var session: Int
    /// How often it is done, at once.
    public var times: Int
    /// What must, or must not, come of each time.
    public var expects: [ScriptExpectation]
    /// Whether what comes of it is a cell of the table; else it is only waited for.
    public var isJudged: Bool
    /// The row of the table; empty until a lane sets it.
    public var row: String
    /// The column of the table; empty until a lane sets it.
    public var column: String
    /// It is the first thing after a sleep: without that sleep it says nothing.
    var isFirstAfterSleep = false
    /// It belongs to a wake under way.
    var isInWake = false

    /// Makes a step.
    ///
    /// - Parameters:
    ///   - action: what it does.
    ///   - session: the place of its session in the lane.
    ///   - times: how often it is done.
    ///   - expects: what must come.
    ///   - isJudged: whether that is a cell of the table.
    ///   - row: the row; empty for the step's own words.
    ///   - column: the column; empty for the one that its place among the idle steps gives.
    public init(
        _ action: Action,
        session: Int = 0,
        times: Int = 1,
        expects: [ScriptExpectation] = [],
        isJudged: Bool = true,
        row: String = "",
        column: String = ""
    ) {
        self.action = action
        self.session = session
        self.times = times
        self.expects = expects
        self.isJudged = isJudged && !expects.isEmpty
        self.row = row
        self.column = column
    }

    /// Whether an answer tells which time it belongs to.
    var isNumbered: Bool { self.times > 1 }

    /// What it does, in words.
    var subject: String {
        switch self.action {
        case .connect: "connect"
        case .send(let payload): payload.words
        case .ping: "protocol ping"
        case .close: "close"
        case .listen, .idle, .sleep: ""
        }
    }
}
