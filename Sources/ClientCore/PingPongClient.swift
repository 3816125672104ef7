internal import DequeModule
public import FramePath

public import struct NIOCore.ByteBuffer

/// What happens to the interactive client.
public enum PingPongEvent: Sendable {
    /// The WebSocket stands.
    case opened(session: SessionID?)
    /// A line the user typed, or that came through a pipe.
    case line(String)
    /// Nothing more will be typed.
    case inputEnded
    /// A message came.
    case message(kind: MessageKind, payload: ByteBuffer)
    /// It is over.
    case ended(code: UInt16, reason: String, wasClean: Bool)
    /// It never opened.
    case refused(status: Int, reason: String)
    /// `nextDeadline` has passed.
    case timer
}

/// What the interactive client wants done.
public enum PingPongAction: Sendable, Equatable {
    /// Print a line.
    // Quoted, for the bare word with a parenthesis reads as the call that a pure target may not make.
    case `print`(String)
    /// Send a text message.
    case send(ByteBuffer)
    /// Close with code 1000.
    case close
    /// All done; the process exits with this.
    case finished(exitCode: Int32)
}

/// The interactive client of the pingpong service.
///
/// Shape: lines and messages go in, lines to print and messages to send come out. Heartbeats start with
/// the interval that `welcome` gives. After `quit`, or the end of a pipe, it waits a moment for answers
/// that are still due, then closes.
public struct PingPongClient: Sendable {
    /// Heartbeats without an answer before each warning.
    public static let unansweredMax = 3
    /// The longest it waits for answers after `quit`.
    public static let lingerMax = Tick.Span.seconds(2)

    private let offsetSeconds: Int
    private var actions: Deque<PingPongAction> = []
    private var interval: Tick.Span?
    private var heartbeatAt: Tick?
    private var lingerUntil: Tick?
    private var unanswered = 0
    private var due = 0
    private var isOpen = false
    private var isClosing = false
    private var early: [String] = []

    /// Makes a client.
    ///
    /// - Parameter offsetSeconds: the local zone's distance from UTC, for the times printed.
    public init(offsetSeconds: Int = 0) {
        self.offsetSeconds = offsetSeconds
    }

    /// When `.timer` is due.
    public var nextDeadline: Tick? {
        switch (self.heartbeatAt, self.lingerUntil) {
        case (let beat?, let linger?): min(beat, linger)
        case (let beat, let linger): beat ?? linger
        }
    }

    /// The next thing to do, oldest first.
    public mutating func nextAction() -> PingPongAction? {
        self.actions.popFirst()
    }

    /// Takes one event.
    ///
    /// - Parameters:
    ///   - event: what happened.
    ///   - now: when.
    ///   - wall: milliseconds since 1970 at that moment.
    public mutating func receive(_ event: PingPongEvent, at now: Tick, wall: UInt64) {
        switch event {
        case .opened(let session): self.opened(session, at: now, wall: wall)
        case .line(let line): self.typed(line, at: now, wall: wall)
        case .inputEnded: self.quit(at: now)
        case .message(let kind, let payload): self.came(kind, payload, at: now, wall: wall)
        case .ended(let code, let reason, let wasClean):
            let detail = reason.isEmpty ? "" : " \(reason)"
            self.say("·", "closed \(code)\(detail)", wall)
            self.finish(self.isClosing && wasClean ? 0 : 1)
        case .refused(let status, let reason):
            self.say("·", "could not connect: \(status == 0 ? "" : "\(status) ")\(reason)", wall)
            self.finish(2)
        case .timer: self.timePassed(at: now, wall: wall)
        }
    }

    private mutating func opened(_ session: SessionID?, at now: Tick, wall: UInt64) {
        self.isOpen = true
        self.say("·", session.map { "connected, session \($0)" } ?? "connected", wall)
        let early = self.early
        self.early = []
        for line in early {
            self.typed(line, at: now, wall: wall)
        }
    }

    private mutating func typed(_ line: String, at now: Tick, wall: UInt64) {
        guard !line.isEmpty, !self.isClosing, self.lingerUntil == nil else { return }
        guard self.isOpen else {
            if self.early.count < Client.heldMax {
                self.early.append(line)
            } else {
                self.say("!", "not connected yet, line dropped: more than \(Client.heldMax)", wall)
            }
            return
        }
        switch line {
        case "quit": self.quit(at: now)
        case "ping": self.send("ping", "", PingPongText.ping(wall: wall), wall)
        default: self.send("message", line, PingPongText.message(line, wall: wall), wall)
        }
    }

    private mutating func send(
        _ type: String,
        _ detail: String,
        _ payload: ByteBuffer,
        _ wall: UInt64
    ) {
        self.due += 1
        self.say("→", detail.isEmpty ? type : "\(type) \(detail)", wall)
        self.actions.append(.send(payload))
    }

    private mutating func quit(at now: Tick) {
        guard !self.isClosing, self.lingerUntil == nil else { return }
        guard self.isOpen else {
            // A pipe may end before the handshake does; what it said is still sent.
            self.early.append("quit")
            return
        }
        if self.due > 0 {
            self.lingerUntil = now + Self.lingerMax
        } else {
            self.close()
        }
    }

    private mutating func close() {
        self.isClosing = true
        self.heartbeatAt = nil
        self.lingerUntil = nil
        self.actions.append(.close)
    }

    private mutating func finish(_ code: Int32) {
        self.isOpen = false
        self.heartbeatAt = nil
        self.lingerUntil = nil
        self.actions.append(.finished(exitCode: code))
    }

    private mutating func came(
        _ kind: MessageKind,
        _ payload: ByteBuffer,
        at now: Tick,
        wall: UInt64
    ) {
        guard kind == .text else {
            self.say("←", "\(kind.rawValue) of \(payload.readableBytes) bytes", wall)
            return
        }
        let type = PingPongText.type(of: payload)
        self.say("←", Self.describe(type, payload), wall)
        switch type {
        case "welcome": self.welcomed(payload, at: now)
        case "heartbeat_ack": self.unanswered = 0
        case "pong", "echo": self.due = max(0, self.due - 1)
        default: break
        }
        if self.lingerUntil != nil, self.due == 0 { self.close() }
    }

    private mutating func welcomed(_ payload: ByteBuffer, at now: Tick) {
        guard let given = PingPongText.integer("/heartbeatInterval", of: payload), given > 0 else {
            return
        }
        // A server that asks for more than ten heartbeats a second is taken for a mistake.
        let interval = Tick.Span.milliseconds(min(max(given, 100), 86_400_000))
        self.interval = interval
        self.heartbeatAt = now + interval
    }

    private mutating func timePassed(at now: Tick, wall: UInt64) {
        if let linger = self.lingerUntil, linger <= now {
            self.say("!", "\(self.due) not answered", wall)
            self.close()
            return
        }
        guard let beat = self.heartbeatAt, beat <= now, let interval = self.interval else { return }
        self.heartbeatAt = now + interval
        if self.unanswered > 0, self.unanswered % Self.unansweredMax == 0 {
            self.say("!", "no answer to the last \(self.unanswered) heartbeats", wall)
        }
        self.unanswered += 1
        self.say("→", "heartbeat", wall)
        self.actions.append(.send(PingPongText.heartbeat(wall: wall)))
    }

    private mutating func say(_ mark: String, _ text: String, _ wall: UInt64) {
        let clock = WallTime.clock(wall, offsetSeconds: self.offsetSeconds)
        self.actions.append(.print("\(clock)  \(mark) \(text)"))
    }

    private static func describe(_ type: String?, _ payload: ByteBuffer) -> String {
        guard let type else {
            return "text " + String(decoding: payload.readableBytesView.prefix(200), as: UTF8.self)
        }
        switch type {
        case "welcome", "echo":
            return "\(type) \(PingPongText.string("/message", of: payload) ?? "")"
        case "pong", "heartbeat_ack":
            return "\(type) \(PingPongText.string("/timestamp", of: payload) ?? "")"
        default: return type
        }
    }
}
