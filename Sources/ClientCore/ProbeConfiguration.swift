public import FramePath

/// How a probe runs.
public struct ProbeConfiguration: Sendable {
    /// Sessions of each row.
    public var sessions: Int
    /// Part of the object names, so that two probes do not meet.
    public var tag: String
    /// The object's own idle span before it sleeps.
    public var hibernateAfter: Tick.Span
    /// How long a lane is left alone so that its object sleeps, when sleep is not observed.
    public var idle: Tick.Span
    /// Whether the driver tells sleeps and wakes it reads in the edge's trace.
    public var observesHibernation: Bool
    /// The path of every connection instead of an object for each lane; its lanes then share the object.
    public var fixedTarget: String?
    /// The shortest time an answer is given.
    public var answerMin: Tick.Span = .milliseconds(500)
    /// The longest time an answer is given, however slow earlier ones were: short enough that a missing
    /// first answer leaves the object awake for the next column, where the idle span allows that.
    public var answerMax: Tick.Span
    /// How long a lane waits at its end for late answers.
    public var grace: Tick.Span = .seconds(3)
    /// The longest a connection may take.
    public var connectMax: Tick.Span = .seconds(10)
    /// Messages of a burst.
    public var burst: Int = 100
    /// What is probed, for the report.
    public var target: String
    /// Whether the probe records its expectations.
    public var isTracing: Bool
    /// The wall clock at Tick 0, milliseconds since 1970.
    public var wallZeroMilliseconds: UInt64

    /// Makes a configuration.
    ///
    /// - Parameters:
    ///   - target: what is probed, for the report.
    ///   - tag: part of the object names.
    ///   - sessions: sessions of each row, at least 1 and at most 100.
    ///   - hibernateAfter: the object's idle span; a lane waits 20 % and 300 ms more for sleep
    ///     and at most 60 % of it, or 500 ms, for an answer.
    ///   - observesHibernation: whether the driver tells sleeps and wakes.
    ///   - fixedTarget: one path for every connection.
    ///   - isTracing: whether expectations are recorded.
    ///   - wallZeroMilliseconds: the wall clock at Tick 0.
    public init(
        target: String,
        tag: String,
        sessions: Int = 3,
        hibernateAfter: Tick.Span = .seconds(10),
        observesHibernation: Bool = false,
        fixedTarget: String? = nil,
        isTracing: Bool = false,
        wallZeroMilliseconds: UInt64 = 0
    ) {
        self.target = target
        self.tag = tag
        self.sessions = min(max(sessions, 1), 100)
        self.hibernateAfter = hibernateAfter
        let fifth = Tick.Span(nanoseconds: hibernateAfter.nanoseconds / 5)
        self.idle = hibernateAfter + fifth + .milliseconds(300)
        let most = Tick.Span(nanoseconds: hibernateAfter.nanoseconds / 5 * 3)
        self.answerMax = max(self.answerMin, most)
        self.observesHibernation = observesHibernation
        self.fixedTarget = fixedTarget
        self.isTracing = isTracing
        self.wallZeroMilliseconds = wallZeroMilliseconds
    }
}
