public import FramePath

/// How a probe runs.
public struct ProbeConfiguration: Sendable {
    /// What it does.
    public var script: Script
    /// Copies of each lane, at once.
    public var sessions: Int
    /// Part of the object names, so that two probes do not meet.
    public var tag: String
    /// The object's own idle span before it sleeps.
    public var hibernateAfter: Tick.Span
    /// How long a lane is left alone so that its object sleeps, when sleep is not observed.
    public var idle: Tick.Span
    /// Whether the driver tells sleeps and wakes it reads in the edge's trace.
    public var observesHibernation: Bool
    /// The path and query of the URL that is probed; anything but `/` replaces the script's own.
    public var path = "/"
    /// The shortest time an answer is given.
    public var answerMin: Tick.Span = .milliseconds(500)
    /// The longest time an answer is given, however slow earlier ones were: short enough that a missing
    /// first answer leaves the object awake for the next column, where the idle span allows that.
    public var answerMax: Tick.Span
    /// How long a lane waits at its end for late answers.
    public var grace: Tick.Span = .seconds(3)
    /// The longest a connection may take.
    public var connectMax: Tick.Span = .seconds(10)
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
    ///   - script: what it does.
    ///   - tag: part of the object names.
    ///   - sessions: copies of each lane, at least 1 and at most 100.
    ///   - hibernateAfter: the object's idle span; a lane waits 20 % and 300 ms more for sleep
    ///     and at most 60 % of it, or 500 ms, for an answer.
    ///   - observesHibernation: whether the driver tells sleeps and wakes.
    ///   - isTracing: whether expectations are recorded.
    ///   - wallZeroMilliseconds: the wall clock at Tick 0.
    public init(
        target: String,
        script: Script,
        tag: String,
        sessions: Int = 3,
        hibernateAfter: Tick.Span = .seconds(10),
        observesHibernation: Bool = false,
        isTracing: Bool = false,
        wallZeroMilliseconds: UInt64 = 0
    ) {
        self.target = target
        self.script = script
        self.tag = tag
        self.sessions = min(max(sessions, 1), 100)
        self.hibernateAfter = hibernateAfter
        let fifth = Tick.Span(nanoseconds: hibernateAfter.nanoseconds / 5)
        self.idle = hibernateAfter + fifth + .milliseconds(300)
        let most = Tick.Span(nanoseconds: hibernateAfter.nanoseconds / 5 * 3)
        self.answerMax = max(self.answerMin, most)
        self.observesHibernation = observesHibernation
        self.isTracing = isTracing
        self.wallZeroMilliseconds = wallZeroMilliseconds
    }
}
