public import FramePath

/// One line of a trace file, flat: a key the line does not have is `nil`.
public struct TraceRow: Sendable {
    /// The kinds of lines.
    public enum Event: String, CaseIterable, Sendable {
        /// Line 1.
        case schema
        /// Line 2.
        case run
        /// A message at a point.
        case frame
        /// A rule's decision.
        case fault
        /// A step of an object's life.
        case life
        /// A step of a socket.
        case sock
        /// A line the object logged.
        case log
        /// What a probe awaited.
        case expect
        /// Records lost.
        case gap
        /// A marker.
        case mark
        /// The last line of a clean file.
        case end
        /// An earlier analysis' answer.
        case verdict
        /// A kind this version does not know; kept.
        case other
    }

    /// Nanoseconds since run start in its process.
    public var t: UInt64 = 0
    /// Order of record in its process.
    public var n: UInt64 = 0
    /// The vantage, `<role>-<pid>`.
    public var p = ""
    /// Which kind of line.
    public var ev = Event.other
    /// A step's word.
    public var what: String?
    /// The session.
    public var session: SessionID?
    /// The object's name.
    public var obj: String?
    /// The direction.
    public var dir: Direction?
    /// Who gave the identity.
    public var born: MessageID.Birth?
    /// Epoch of the ordinal.
    public var epoch: UInt32?
    /// Ordinal.
    public var ord: UInt32?
    /// Copy number.
    public var copy: UInt16?
    /// Of the control sequence.
    public var ctl: Bool?
    /// The point.
    public var at: Point?
    /// Kind of message.
    public var op: MessageKind?
    /// Payload bytes.
    public var len: Int?
    /// Payload hash.
    public var h: UInt64?
    /// Value at the type pointer.
    public var type: String?
    /// Phase at birth.
    public var phase: Phase?
    /// Wake ordinal.
    public var wake: UInt32?
    /// Handler.
    public var handler: Handler?
    /// Instance.
    public var instance: UInt64?
    /// Ordinal of the message that caused this.
    public var cause: UInt32?
    /// Wire frames of the message.
    public var frags: Int?
    /// `client` or `link`.
    public var leg: String?
    /// Frame number on the leg.
    public var seq: UInt64?
    /// Nanoseconds waited.
    public var q: UInt64?
    /// Place of the frame in its message, when its frames are passed on one by one.
    public var part: UInt16?
    /// What a server that was dialled again says first, once more.
    public var greeting = false
    /// A greeting kept from the client.
    public var swallowed = false
    /// Part of a send to many.
    public var broadcast = false
    /// A held message let go, not an arrival.
    public var released = false
    /// Payload text.
    public var d: String?
    /// Payload in base64.
    public var b64: String?
    /// Rule id.
    public var rule: String?
    /// `file:line` of the rule.
    public var src: String?
    /// Profile name.
    public var profile: String?
    /// Profile version.
    public var pv: UInt32?
    /// Action words.
    public var action: String?
    /// Whether it fired.
    public var fired: Bool?
    /// Match counter.
    public var nth: UInt64?
    /// The draw.
    public var draw: UInt64?
    /// Drawn delay.
    public var delayNanoseconds: UInt64?
    /// A step's number.
    public var count: Int?
    /// A step's span.
    public var ns: UInt64?
    /// Plain words.
    public var why: String?
    /// Close code or status.
    public var code: Int?
    /// Close reason.
    public var reason: String?
    /// Redacted path.
    public var path: String?
    /// Session key.
    public var key: String?
    /// Attempt of that key.
    public var attempt: UInt32?
    /// Logged or marked text.
    public var msg: String?
    /// Row of the probe's table.
    public var row: String?
    /// Column of the probe's table.
    public var col: String?
    /// Awaited type.
    public var want: String?
    /// How it came out.
    public var outcome: String?
    /// Records lost.
    public var lost: UInt64?
    /// Run id.
    public var run: String?
    /// Role.
    public var role: String?
    /// Tool version.
    public var tool: String?
    /// Seed.
    public var seed: UInt64?
    /// `mono` or `virtual`.
    public var clock: String?
    /// Wall clock at `t` = 0, nanoseconds since 1970.
    public var wall0: UInt64?
    /// Points the process sees.
    public var points: [Point] = []
    /// Profiles in force.
    public var profiles: [String] = []
    /// Sessions whose client end the process is.
    public var claims: [SessionID] = []
    /// Certificates of peers were not checked.
    public var insecure: Bool?
    /// The servers behind the edge, when it dials any backend.
    public var backend: String?

    /// An empty row.
    public init() {}

    /// The message's identity, when the row has one.
    public var messageID: MessageID? {
        guard let session = self.session, let direction = self.dir, let ordinal = self.ord else {
            return nil
        }
        return MessageID(
            session: session,
            direction: direction,
            born: self.born ?? .path,
            epoch: self.epoch ?? 0,
            ordinal: ordinal,
            copy: self.copy ?? 0,
            isControl: self.ctl ?? false
        )
    }
}
