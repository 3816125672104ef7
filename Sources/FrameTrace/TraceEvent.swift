public import Faults
public import FramePath

import struct NIOCore.ByteBuffer

/// Something that happened, before it has bytes.
///
/// Shape: born in a pure core, given a time and a number by its recorder, turned into a JSON line by
/// `TraceEncoder` on the writer's thread.
public enum TraceEvent: Sendable {
    /// A message at a point.
    case frame(FrameSeen)
    /// A rule's decision about the frame event recorded just before it.
    case fault(FaultDecided)
    /// A step in an object's life.
    case life(LifeStep)
    /// A step of a session's socket.
    case socket(SocketStep)
    /// A line the object itself logged.
    case log(LogLine)
    /// What a probe awaited, and whether it came.
    case expect(Expectation)
    /// A free marker: start, end, operator's note.
    case mark(String)
    /// Events lost by the recorder.
    case gap(lost: UInt64, why: String)

    /// A message on arrival at a point, before that point's decision.
    public struct FrameSeen: Sendable {
        /// The message as it arrived.
        public var message: Message
        /// Bytes of its payload, of which the message here may hold fewer: what the trace does not write
        /// is let go at once.
        public var length: Int
        /// Where.
        public var point: Point
        /// The object's name, as bytes of the path.
        public var object: String
        /// Frame number of the leg and direction; `nil` where no socket frame stands behind it.
        public var sequence: UInt64?
        /// How long it waited before this point.
        public var queued: Tick.Span
        /// XXH64 of the payload, when tracing computes it.
        public var hash: UInt64
        /// It did not arrive here now: the point's lane let it go after holding it.
        public var isRelease = false
        /// What else is known of the frame.
        public var marks: FrameMarks
        /// Makes one.
        public init(
            message: Message,
            length: Int? = nil,
            point: Point,
            object: String,
            sequence: UInt64? = nil,
            queued: Tick.Span = .zero,
            hash: UInt64,
            marks: FrameMarks = FrameMarks()
        ) {
            self.marks = marks
            self.message = message
            self.length = length ?? message.payload.readableBytes
            self.point = point
            self.object = object
            self.sequence = sequence
            self.queued = queued
            self.hash = hash
        }
    }

    /// A decision, with the message it is about.
    public struct FaultDecided: Sendable {
        /// The message.
        public var id: MessageID
        /// Where.
        public var point: Point
        /// The object's name.
        public var object: String
        /// The decision.
        public var decision: Decision
        /// Makes one.
        public init(id: MessageID, point: Point, object: String, decision: Decision) {
            self.id = id
            self.point = point
            self.object = object
            self.decision = decision
        }
    }

    /// A step in an object's life.
    public struct LifeStep: Sendable {
        /// The steps, by the words that stand in the trace.
        public enum What: String, Sendable {
            /// The instance's constructor begins; `why` is the wake reason.
            case constructed
            /// A handler begins.
            case handlerStart = "handler-start"
            /// A handler ended; `count` is its number of sends.
            case handlerEnd = "handler-end"
            /// Sleep is announced.
            case hibernateBegin = "hibernate-begin"
            /// The edge holds back and says so.
            case hibernateReady = "hibernate-ready"
            /// An event came in between.
            case hibernateCancel = "hibernate-cancel"
            /// Asleep; `count` is the number of sockets in the package.
            case hibernated
            /// Something prevents sleep; `why` in plain words.
            case hibernateBlocked = "hibernate-blocked"
            /// A wake begins; `why` is its reason.
            case wakeStart = "wake-start"
            /// Awake again; `count` is the number of restored sockets.
            case woken
            /// The instance is out of memory without a package.
            case evicted
            /// The object server was lost.
            case lost
            /// An alarm was set; `nanoseconds` from now.
            case alarmSet = "alarm-set"
            /// An alarm was deleted.
            case alarmDelete = "alarm-delete"
            /// An alarm fires.
            case alarmFire = "alarm-fire"
            /// A wake gave up.
            case wakeFailed = "wake-failed"
            /// The queue for a sleeping or absent object is full.
            case queueFull = "queue-full"
            /// The barrier's package differs from what the edge held.
            case packageDiffers = "package-differs"
        }

        /// Which step.
        public var what: What
        /// The object's name.
        public var object: String
        /// Wake ordinal.
        public var wake: UInt32
        /// The instance, 0 when none.
        public var instance: UInt64
        /// The handler of `handler-start` and `handler-end`.
        public var handler: Handler?
        /// The session whose event it is.
        public var session: SessionID?
        /// The ordinal of the to-object message handled.
        public var cause: UInt32?
        /// A number; see the step.
        public var count: Int?
        /// A span; see the step.
        public var span: Tick.Span?
        /// Plain words.
        public var why: String?
        /// Makes one.
        public init(
            _ what: What,
            object: String,
            wake: UInt32,
            instance: UInt64 = 0,
            handler: Handler? = nil,
            session: SessionID? = nil,
            cause: UInt32? = nil,
            count: Int? = nil,
            span: Tick.Span? = nil,
            why: String? = nil
        ) {
            self.what = what
            self.object = object
            self.wake = wake
            self.instance = instance
            self.handler = handler
            self.session = session
            self.cause = cause
            self.count = count
            self.span = span
            self.why = why
        }
    }

    /// A step of a session's socket.
    public struct SocketStep: Sendable {
        /// The steps, by the words that stand in the trace.
        public enum What: String, Sendable {
            /// An upgrade arrived at the edge; `path`, `key`, `attempt`.
            case upgrade
            /// The object accepted it.
            case accept
            /// The object or the edge refused it; `code` is the HTTP status.
            case reject
            /// A client dialled; `path`.
            case connect
            /// The edge dials the backend; `count` is the dial number, 0 for the first.
            case dial
            /// The backend refused a dial that was to wake a session; `code` is the HTTP status, none
            /// when there was no answer; `count` is the try, from 1.
            case dialRefused = "dial-refused"
            /// The attachment changed; `count` bytes.
            case attach
            /// A Close frame left; `code`, `reason`.
            case closeSent = "close-sent"
            /// A Close frame came; `code`, `reason`.
            case closeReceived = "close-recv"
            /// The object heard of the close; `code`, `reason`.
            case closeDispatched = "close-dispatched"
            /// The connection was reset.
            case reset
            /// The socket is gone; `code` as the application sees it (1006 without a Close).
            case closed
            /// The peer broke the protocol; `reason` says how.
            case violation
            /// The leg died with frames unsent; `count` frames from `sequence`.
            case unsent
            /// Messages sent to an instance that was lost before it answered any of them: `count` of
            /// them from ordinal `sequence`. Those it handled without an answer are among them.
            case sentLost = "sent-lost"
        }

        /// Which step.
        public var what: What
        /// The session; `nil` before it has one.
        public var session: SessionID?
        /// The object's name.
        public var object: String
        /// Wake ordinal as known where it is recorded.
        public var wake: UInt32
        /// Close code or HTTP status.
        public var code: UInt16?
        /// Close reason or plain words.
        public var reason: String?
        /// Path with its query values redacted.
        public var path: String?
        /// The session key, when one was given.
        public var key: String?
        /// How often that key connected.
        public var attempt: UInt32?
        /// A number; see the step.
        public var count: Int?
        /// A sequence number; see the step.
        public var sequence: UInt64?
        /// Redacted request headers.
        public var headers: [(name: String, value: String)] = []
        /// Makes one.
        public init(
            _ what: What,
            session: SessionID?,
            object: String,
            wake: UInt32 = 0,
            code: UInt16? = nil,
            reason: String? = nil,
            path: String? = nil,
            key: String? = nil,
            attempt: UInt32? = nil,
            count: Int? = nil,
            sequence: UInt64? = nil
        ) {
            self.what = what
            self.session = session
            self.object = object
            self.wake = wake
            self.code = code
            self.reason = reason
            self.path = path
            self.key = key
            self.attempt = attempt
            self.count = count
            self.sequence = sequence
        }
    }

    /// A line the object itself logged.
    public struct LogLine: Sendable {
        /// The object's name.
        public var object: String
        /// Wake ordinal.
        public var wake: UInt32
        /// The instance.
        public var instance: UInt64
        /// The session it is about.
        public var session: SessionID?
        /// The text.
        public var text: String
        /// Makes one.
        public init(
            object: String,
            wake: UInt32,
            instance: UInt64,
            session: SessionID? = nil,
            text: String
        ) {
            self.object = object
            self.wake = wake
            self.instance = instance
            self.session = session
            self.text = text
        }
    }

    /// What a probe awaited after something it sent.
    public struct Expectation: Sendable {
        /// The session, when the edge told it.
        public var session: SessionID?
        /// The object's name.
        public var object: String
        /// The row of the table: `message → echo`.
        public var row: String
        /// The column of the table: `first after wake`.
        public var column: String
        /// The type that was awaited.
        public var want: String
        /// Client leg sequence of the frame that asked, when it is known.
        public var sequence: UInt64?
        /// `ok`, `missing`, `late`, `wrong`, `reordered`, `duplicate`.
        public var outcome: String
        /// Plain words.
        public var why: String?
        /// Makes one.
        public init(
            session: SessionID?,
            object: String,
            row: String,
            column: String,
            want: String,
            sequence: UInt64? = nil,
            outcome: String,
            why: String? = nil
        ) {
            self.session = session
            self.object = object
            self.row = row
            self.column = column
            self.want = want
            self.sequence = sequence
            self.outcome = outcome
            self.why = why
        }
    }
}
