public import FramePath
public import FrameTrace
public import ObjectLink

/// Everything the edge is told before its first event.
public struct EdgeConfiguration: Sendable {
    /// What happens to held sessions when the object server is lost.
    public enum ObjectLoss: String, CaseIterable, Sendable {
        /// They are held for ever.
        case hold
        /// They are closed with 1012.
        case drop
    }

    /// Who answers a client's Close.
    public enum CloseReply: String, CaseIterable, Sendable {
        /// The edge, at once, with the same code.
        case runtime
        /// The object by closing too; the edge after the close time-out.
        case application
    }

    /// 64 random bits of this process; the front of every session id.
    public var edgeID: UInt64
    /// The run's name.
    public var run: String
    /// The limits.
    public var limits: EdgeLimits
    /// Whether events are recorded.
    public var isTracing: Bool
    /// How much of payloads is recorded.
    public var tracedPayload = PayloadPolicy.full
    /// The seed of every fault decision.
    public var seed: UInt64
    /// The profiles as text, for the object server.
    public var profiles: [LinkMessage.ProfileText]
    /// The profiles' version, raised by each reload.
    public var profileVersion: UInt32
    /// What happens to held sessions when the object server is lost.
    public var onObjectLoss: ObjectLoss
    /// Who answers a client's Close.
    public var replyToClose: CloseReply
    /// Where a message's type stands.
    public var typePointer: JSONPointer?

    /// Makes a configuration.
    public init(
        edgeID: UInt64,
        run: String,
        limits: EdgeLimits = EdgeLimits(),
        isTracing: Bool = true,
        seed: UInt64 = 0,
        profiles: [LinkMessage.ProfileText] = [],
        profileVersion: UInt32 = 1,
        onObjectLoss: ObjectLoss = .hold,
        replyToClose: CloseReply = .runtime,
        typePointer: JSONPointer? = JSONPointer("/type")
    ) {
        self.edgeID = edgeID
        self.run = run
        self.limits = limits
        self.isTracing = isTracing
        self.seed = seed
        self.profiles = profiles
        self.profileVersion = profileVersion
        self.onObjectLoss = onObjectLoss
        self.replyToClose = replyToClose
        self.typePointer = typePointer
    }
}

/// Every bound of the edge, with its default.
///
/// Units: in the names; spans are `Tick.Span`.
public struct EdgeLimits: Sendable {
    /// From a connection, or the first byte of a later request, to the end of its head and body.
    public var handshakeTimeout = Tick.Span.seconds(10)
    /// An idle connection between two plain requests.
    public var keepAliveTimeout = Tick.Span.seconds(60)
    /// From the first need of an object to its first sign of life.
    public var wakeTimeout = Tick.Span.seconds(30)
    /// Between two tries to open an object's stream.
    public var wakeRetry = Tick.Span.milliseconds(250)
    /// From a Close frame to its answer.
    public var closeTimeout = Tick.Span.seconds(5)
    /// From shutdown to giving up on clients that do not answer.
    public var shutdownTimeout = Tick.Span.seconds(3)
    /// Without a frame for so long an awake object counts as idle.
    public var idleAfter = Tick.Span.seconds(1)
    /// Frames of one client that are read before the others have their turn.
    public var framesPerTurnMax = 256
    /// Messages queued for one object.
    public var queueMessagesMax = 1000
    /// Messages that rules may hold in one lane of a session; then the client is reset.
    public var laneMessagesMax = 16_384
    /// Payload bytes queued for one object.
    public var queueBytesMax = 4 << 20
    /// Payload bytes of one message.
    public var messageBytesMax = 32 << 20
    /// Body bytes of a plain request.
    public var bodyBytesMax = 1 << 20
    /// Bytes a client may send before its request is answered.
    public var earlyBytesMax = 64 << 10
    /// Payload bytes an object may send to a client that reads nothing.
    public var creditBytes: UInt32 = 256 << 10
    /// Bytes a client must take before credit is granted again.
    public var creditStepBytes: UInt32 = 64 << 10
    /// Sockets of one object.
    public var sessionsPerObjectMax = 32_768
    /// Client connections.
    public var legsMax = 100_000
    /// Objects without sessions that are remembered, for their wake and session ordinals.
    public var objectsMax = 100_000
    /// Session keys whose attempts are counted.
    public var keysMax = 100_000
    /// Bytes of a payload in which its type is looked for.
    public var typeScanBytesMax = 4096
    /// Bytes of a type; a longer one counts as none.
    public var typeBytesMax = 64
    /// Commands of operators whose outcome is awaited at a time.
    public var commandsMax = 64
    /// From an operator's wish that an object sleeps to its sleep.
    public var sleepTimeout = Tick.Span.seconds(10)
    /// From a reload to the object server's acknowledgement.
    public var reloadTimeout = Tick.Span.seconds(5)
    /// Tries to dial a backend that is to wake.
    public var redialTriesMax = 3
    /// Messages that may be kept back while a backend's greeting is awaited.
    public var greetingsMax: UInt32 = 64
    /// Frames on their way to one socket that are remembered, to name those unsent.
    public var unsentFramesMax = 4096

    /// The defaults.
    public init() {}
}
