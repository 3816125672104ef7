internal import DequeModule
public import FramePath
public import FrameTrace
public import WebSocketWire

internal import struct NIOCore.ByteBuffer

/// One WebSocket client: handshake, frames, Close, and what it saw for the trace.
///
/// Shape: events and a time go in, actions come out.
/// ```
/// waiting ─connected▶ handshaking ─101▶ open ─close▶ closing ─Close▶ ended
///                          └─ anything else ▶ ended
/// ```
/// Errors: a peer that breaks the protocol is closed with the code RFC 6455 names and `.ended` says why.
public struct Client: ~Copyable {
    /// The most messages held until the handshake is done.
    public static let heldMax = 1_024
    /// The longest an answer to the handshake may take.
    public static let handshakeMax = Tick.Span.seconds(10)
    /// The longest an answer to our Close may take.
    public static let closeMax = Tick.Span.seconds(5)

    let url: WebSocketURL
    let subprotocols: [String]
    let headers: [HTTPHeader]
    let entropy: UInt64
    let asksTorporHeaders: Bool
    /// The object's name for the trace.
    let object: String

    var state = State.waiting
    var actions: Deque<ClientAction> = []
    var held: [(kind: MessageKind, payload: ByteBuffer)] = []
    var response = ResponseDecoder()
    var decoder: FrameDecoder
    var assembler: MessageAssembler
    var recorder: Recorder
    var session: SessionID
    var key = ""
    var deadline: Tick?
    var draws: UInt64 = 0
    var sent = LegCount()
    var received = LegCount()
    var messageStart: UInt64 = 0

    enum State: Equatable {
        case waiting
        case handshaking
        case open
        case closing
        case ended
    }

    /// Makes a client that waits for its socket.
    ///
    /// - Parameters:
    ///   - url: where it goes; the driver dials host and port.
    ///   - subprotocols: offered, most wanted first.
    ///   - headers: more request headers.
    ///   - entropy: 64 random bits for the handshake key and the masks.
    ///   - asksTorporHeaders: send `torpor-client: 1`, so that our edge tells session and run.
    ///   - object: the object's name, for the trace.
    ///   - isTracing: whether it records.
    ///   - messageMax: the largest message taken, bytes.
    public init(
        url: WebSocketURL,
        subprotocols: [String] = [],
        headers: [HTTPHeader] = [],
        entropy: UInt64,
        asksTorporHeaders: Bool = true,
        object: String = "",
        isTracing: Bool = false,
        messageMax: Int = 32 * 1_024 * 1_024
    ) {
        self.url = url
        self.subprotocols = subprotocols
        self.headers = headers
        self.entropy = entropy
        self.asksTorporHeaders = asksTorporHeaders
        self.object = object
        self.decoder = FrameDecoder(payloadMax: messageMax)
        self.assembler = MessageAssembler(role: .client, messageMax: messageMax)
        self.recorder = Recorder(isOn: isTracing)
        // A target that is not ours names no session; the trace still needs one of its own.
        self.session = SessionID(edge: entropy, number: 0)
    }

    /// Takes one event.
    ///
    /// - Parameters:
    ///   - event: what happened.
    ///   - now: when.
    public mutating func receive(_ event: ClientEvent, at now: Tick) {
        switch event {
        case .connected: self.startHandshake(at: now)
        case .bytes(let bytes): self.take(bytes, at: now)
        case .closed: self.socketEnded("the connection was closed without a Close frame", at: now)
        case .failed(let reason): self.socketEnded(reason, at: now)
        case .send(let kind, let payload): self.userSends(kind, payload, at: now)
        case .close(let code, let reason): self.userCloses(code, reason, at: now)
        case .timer: self.deadlinePassed(at: now)
        }
    }

    /// The next thing to do, oldest first.
    public mutating func nextAction() -> ClientAction? {
        self.actions.popFirst()
    }

    /// When `.timer` is due.
    public var nextDeadline: Tick? { self.deadline }

    /// The number of the last frame sent on this leg, counted from 0; `nil` before the first.
    public var lastSentSequence: UInt64? {
        self.sent.frames == 0 ? nil : self.sent.frames - 1
    }

    /// Whether messages go out at once.
    public var isOpen: Bool { self.state == .open }

    /// Moves what was recorded to the end of `list`.
    ///
    /// - Parameter list: the driver's list.
    public mutating func drainTrace(into list: inout [Recorded]) {
        self.recorder.drain(into: &list)
    }
}

/// Counts of one leg and direction, each from 0.
struct LegCount {
    /// All frames: the `seq` of the trace.
    var frames: UInt64 = 0
    /// Data messages.
    var data: UInt32 = 0
    /// Control frames.
    var control: UInt32 = 0
}
