internal import NIOCore

/// Every bound of the control interface, with its default.
public struct ControlLimits: Sendable {
    /// Connections at a time; more wait to be accepted.
    public var connectionsMax = 128
    /// Without a request for so long a connection is closed, seconds.
    public var idleSeconds = 30
    /// Bytes of a body.
    public var bodyBytesMax = 2 << 20
    /// Bytes of a request's header lines.
    public var headerBytesMax = 16 << 10
    /// Profiles in one `PUT /profile`.
    public var profilesMax = 64
    /// Items of a list in one answer, when nothing is asked for and at most.
    public var pageDefault = 100
    /// See `pageDefault`.
    public var pageMax = 1_000
    /// `POST /wait`s at a time.
    public var waitsMax = 64
    /// Events one `POST /wait` may ask for.
    public var waitEventsMax = 1_000
    /// The longest `POST /wait`, milliseconds.
    public var waitMillisecondsMax = 300_000
    /// Its time-out when none is given, milliseconds.
    public var waitMillisecondsDefault = 10_000
    /// Past events that a `POST /wait` may look back to.
    public var eventsKept = 8_192
    /// Events that did not match and are told by a `POST /wait` that timed out.
    public var othersTold = 20
    /// How long messages are still recorded after the last `POST /wait` for them, seconds.
    public var messagesAfterWaitSeconds = 60

    /// The defaults.
    public init() {}

    var idleTime: TimeAmount { .seconds(Int64(self.idleSeconds)) }
}
