public import FramePath
public import FrameTrace
public import ObjectLink

/// What an operator sees of the process that holds the sessions, in numbers.
///
/// Shape: made when asked for and by nobody else; it walks all sessions and objects.
public struct ControlSummary: Sendable {
    /// The link to the object server; `nil` where there is none by design.
    public var link: LinkState?
    /// How often the link was lost.
    public var linkLosses: UInt64 = 0
    /// The profiles in force.
    public var profiles: [LinkMessage.ProfileText] = []
    /// Their version, raised by each reload.
    public var profileVersion: UInt32 = 0
    /// The seed of every draw.
    public var seed: UInt64 = 0
    /// Client connections.
    public var connections = 0
    /// Sessions, by the word of their stage.
    public var sessions: [(stage: String, count: Int)] = []
    /// Objects, by their phase.
    public var objects: [(phase: Phase, count: Int)] = []
    /// Messages queued for objects that are not awake.
    public var queuedMessages = 0
    /// Their payload bytes.
    public var queuedBytes = 0
    /// Messages that rules or an operator hold in lanes.
    public var heldMessages = 0
    /// What became of messages at the points of this process.
    public var counts = PointCounts()
    /// How often each bound was reached.
    public var limits = EdgeLimitCounts()
    /// Events the recorder could not keep.
    public var recorderLost: UInt64 = 0

    /// Makes an empty one.
    public init() {}
}

/// One object, for an operator.
public struct ObjectStatus: Sendable, Equatable {
    /// Its name, the path's bytes.
    public var name: String
    /// Its phase, as a frame would be stamped.
    public var phase: Phase
    /// The highest wake ordinal seen; `nil` when it never lived.
    public var wake: UInt32?
    /// How many sessions are held for it.
    public var sessions: Int
    /// Messages queued for it.
    public var queuedMessages: Int
    /// Their payload bytes.
    public var queuedBytes: Int

    /// Makes one.
    public init(
        name: String,
        phase: Phase,
        wake: UInt32?,
        sessions: Int,
        queuedMessages: Int,
        queuedBytes: Int
    ) {
        self.name = name
        self.phase = phase
        self.wake = wake
        self.sessions = sessions
        self.queuedMessages = queuedMessages
        self.queuedBytes = queuedBytes
    }
}

/// One session, for an operator.
public struct SessionStatus: Sendable, Equatable {
    /// The session.
    public var id: SessionID
    /// Its object.
    public var object: String
    /// `opening`, `open`, `closing` or `closed`.
    public var stage: String
    /// The session key.
    public var key: String
    /// How often that key connected.
    public var attempt: UInt32
    /// The client's address, when it is known and there.
    public var peer: String?
    /// Frames that came from the client.
    public var framesReceived: UInt64
    /// Frames handed to its socket.
    public var framesSent: UInt64
    /// Messages held in its lanes.
    public var heldMessages: Int
    /// An operator stalled it.
    public var isStalled: Bool

    /// Makes one.
    public init(
        id: SessionID,
        object: String,
        stage: String,
        key: String,
        attempt: UInt32,
        peer: String?,
        framesReceived: UInt64,
        framesSent: UInt64,
        heldMessages: Int,
        isStalled: Bool
    ) {
        self.id = id
        self.object = object
        self.stage = stage
        self.key = key
        self.attempt = attempt
        self.peer = peer
        self.framesReceived = framesReceived
        self.framesSent = framesSent
        self.heldMessages = heldMessages
        self.isStalled = isStalled
    }
}

/// A part of a list, and where the next part begins.
///
/// Shape: what lives through the whole of a walk is listed exactly once.
public struct ControlPage<Item: Sendable>: Sendable {
    /// At most as many as were asked for.
    public var items: [Item] = []
    /// To be given as `after` for the next part; `nil` at the end.
    public var next: Int?

    /// Makes an empty one.
    public init() {}
}
