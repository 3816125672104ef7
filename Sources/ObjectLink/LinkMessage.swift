public import FramePath

public import struct NIOCore.ByteBuffer

/// One message between edge and object server, on an object's stream or on the control stream.
///
/// Shape: length-prefixed binary, versioned, bounded; `LinkCodec` has the bytes. An unknown type is an
/// error, never a guess.
public enum LinkMessage: Sendable, Equatable {
    // Control stream, edge to object server.
    /// First message of the control stream. Nothing is attached until it is acknowledged.
    case hello(edge: UInt64, run: String, seed: UInt64, profiles: [ProfileText], version: UInt32)
    /// Other profiles are in force from now on; rules whose text did not change keep their state.
    /// `letsGo`: whatever rules hold is let go, as after `POST /panic`.
    case reload(seed: UInt64, profiles: [ProfileText], version: UInt32, letsGo: Bool)
    // Control stream, object server to edge.
    /// The profile of that version is in force.
    case helloAck(version: UInt32)
    /// The profile could not be read.
    case helloRefused(reason: String)
    /// Open this object's stream: something is due there.
    case attachRequest(object: String, reason: WakeReason)

    // Object stream, edge to object server.
    /// First message of an object's stream.
    case wake(reason: WakeReason, highestWake: UInt32?, packages: [SessionPackage])
    /// A client asks for a WebSocket.
    case open(OpenRequest)
    /// A client's message.
    case message(Message)
    /// A client's Close, or its loss (1006, not clean).
    case close(session: SessionID, code: UInt16, reason: String, wasClean: Bool)
    /// A read error other than a loss.
    case error(session: SessionID, reason: String)
    /// The edge holds back: sleep may go on.
    case hibernateReady
    /// Sleep now, if nothing prevents it: answered by `hibernateBegin` or `hibernateRefused`.
    case hibernateRequest
    /// So many more payload bytes may be sent to this session.
    case credit(session: SessionID, bytes: UInt32)

    // Object stream, object server to edge.
    /// The socket is accepted.
    case accept(session: SessionID, wake: UInt32, subprotocol: String?, tags: [String])
    /// The socket is refused.
    case reject(session: SessionID, status: UInt16, body: String)
    /// A message for a client.
    case send(Message)
    /// The object closes a session.
    case closeSession(session: SessionID, code: UInt16, reason: String)
    /// A rule at an object's point closes or resets the client's leg.
    case cutSession(session: SessionID, code: UInt16?, reason: String)
    /// The newest attachment, wholly replacing the last.
    case attach(session: SessionID, attachment: ByteBuffer)
    /// The object-wide auto-response pair, or none.
    case autoResponse(request: String?, response: String?)
    /// The object's phase and wake ordinal, whenever they change.
    case life(phase: Phase, wake: UInt32)
    /// Sleep is about to begin.
    case hibernateBegin
    /// Not now: an event came.
    case hibernateCancel
    /// The sleep that was asked for cannot begin: what prevents it, in the platform's words.
    case hibernateRefused(reason: String)
    /// Asleep: everything that survives. The stream ends after it.
    case hibernate(
        wake: UInt32,
        packages: [SessionPackage],
        autoRequest: String?,
        autoResponse: String?
    )

    /// Why an object is woken or constructed.
    public enum WakeReason: String, CaseIterable, Sendable {
        /// A text message.
        case text
        /// A binary message.
        case binary
        /// A client's Close.
        case close
        /// A client's loss.
        case loss
        /// A request or an upgrade.
        case fetch
        /// An alarm.
        case alarm
        /// An operator, over the control interface.
        case control
    }

    /// A profile as the edge read it.
    public struct ProfileText: Sendable, Equatable {
        /// The file's name as given.
        public var file: String
        /// Its bytes.
        public var text: String
        /// Makes one.
        public init(file: String, text: String) {
            self.file = file
            self.text = text
        }
    }

    /// What survives a sleep, for one session.
    ///
    /// Source: the runtime's hibernation package: url, protocol, tags, attachment, close state.
    public struct SessionPackage: Sendable, Equatable {
        /// The session.
        public var session: SessionID
        /// The request's path and query.
        public var url: String
        /// The agreed subprotocol.
        public var subprotocol: String?
        /// At most 10, each at most 256 bytes.
        public var tags: [String]
        /// At most 16,384 bytes; `nil` when never set.
        public var attachment: ByteBuffer?
        /// The object already closed it.
        public var closedOutgoing: Bool
        /// The session key for repeatable faults.
        public var key: String
        /// How often that key connected.
        public var attempt: UInt32
        /// Next to-object ordinals are the edge's; this is what it gave last plus one.
        public var nextOrdinal: UInt32
        /// Makes one.
        public init(
            session: SessionID,
            url: String,
            subprotocol: String?,
            tags: [String],
            attachment: ByteBuffer?,
            closedOutgoing: Bool,
            key: String,
            attempt: UInt32,
            nextOrdinal: UInt32
        ) {
            self.session = session
            self.url = url
            self.subprotocol = subprotocol
            self.tags = tags
            self.attachment = attachment
            self.closedOutgoing = closedOutgoing
            self.key = key
            self.attempt = attempt
            self.nextOrdinal = nextOrdinal
        }
    }

    /// A client's upgrade request.
    public struct OpenRequest: Sendable, Equatable {
        /// The session the edge gave it.
        public var session: SessionID
        /// Path and query, as sent.
        public var url: String
        /// Request headers, names lower case, without hop-by-hop ones.
        public var headers: [HeaderField]
        /// Offered subprotocols in order.
        public var subprotocols: [String]
        /// The session key for repeatable faults.
        public var key: String
        /// How often that key connected, from 1.
        public var attempt: UInt32
        /// Payload bytes that may be sent at first.
        public var credit: UInt32
        /// Makes one.
        public init(
            session: SessionID,
            url: String,
            headers: [HeaderField],
            subprotocols: [String],
            key: String,
            attempt: UInt32,
            credit: UInt32
        ) {
            self.session = session
            self.url = url
            self.headers = headers
            self.subprotocols = subprotocols
            self.key = key
            self.attempt = attempt
            self.credit = credit
        }
    }

    /// One header line.
    public struct HeaderField: Sendable, Equatable {
        /// Lower-case name.
        public var name: String
        /// Value without surrounding blanks.
        public var value: String
        /// Makes one.
        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }
}
