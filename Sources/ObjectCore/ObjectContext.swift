public import FramePath
import ObjectLink
import WebSocketWire

import struct NIOCore.ByteBuffer

/// What a handler may see and ask for: the Durable Object API of one instance.
///
/// Shape: asks are collected in order and carried out when the handler ends; the state they change is
/// visible at once. Errors: misuse throws `ObjectViolation` and changes nothing.
public struct ObjectContext: Sendable {
    /// The object's name.
    public let name: String
    /// What the object server was told.
    public let configuration: ObjectConfiguration
    /// When the handler runs.
    public internal(set) var now: Tick
    /// When the alarm is due; `nil` when none is set.
    public internal(set) var alarm: Tick?

    var sockets: [SessionID: HeldSocket] = [:]
    /// Sockets in the order of their accept.
    var order: [SessionID] = []
    var asks: [ObjectAsk] = []
    var timers: [PendingTimer] = []
    var autoRequest: String?
    var autoResponse: String?
    /// The request that `fetch` handles; taken by accept or reject.
    var request: LinkMessage.OpenRequest?

    let entropy: (UInt64, UInt64)
    private var uuids: UInt64 = 0
    private var timerNumbers: UInt64 = 0

    init(
        name: String,
        configuration: ObjectConfiguration,
        entropy: (UInt64, UInt64),
        now: Tick,
        alarm: Tick?
    ) {
        self.name = name
        self.configuration = configuration
        self.entropy = entropy
        self.now = now
        self.alarm = alarm
    }

    /// The wall clock, milliseconds since 1970.
    public var wallMilliseconds: UInt64 {
        self.configuration.wallZeroMilliseconds &+ self.now.nanoseconds / 1_000_000
    }

    /// The wall clock as ISO 8601 in UTC with milliseconds.
    public var timestamp: String { WallClock.text(milliseconds: self.wallMilliseconds) }

    /// A new random UUID (version 4).
    public mutating func newUUID() -> String {
        self.uuids += 1
        let (first, second, _, _) = Philox.draw(key: self.entropy, counter: (self.uuids, 0, 0, 0))
        let high = first & ~0xf000 | 0x4000
        let low = second & ~(3 << 62) | (2 << 62)
        let digits = Self.hex(high) + Self.hex(low)
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index == 8 || index == 12 || index == 16 || index == 20 { text.append("-") }
            text.append(digit)
        }
        return text
    }

    /// Writes a line to the object's log.
    ///
    /// - Parameters:
    ///   - text: the line.
    ///   - socket: the session it is about.
    public mutating func log(_ text: String, about socket: SessionID? = nil) {
        self.asks.append(.log(text, socket))
    }

    /// Sets the one alarm, replacing an earlier one.
    ///
    /// - Parameter span: from now.
    public mutating func setAlarm(after span: Tick.Span) {
        let due = self.now + span
        self.alarm = due
        self.asks.append(.setAlarm(span))
    }

    /// Deletes the alarm.
    public mutating func deleteAlarm() {
        guard self.alarm != nil else { return }
        self.alarm = nil
        self.asks.append(.deleteAlarm)
    }

    /// Starts a timer; while it is pending the object does not hibernate.
    ///
    /// - Parameters:
    ///   - span: from now.
    ///   - reason: what it is for, in plain words: `connection timeout, 60 s`.
    /// - Returns: its id, for `clearTimeout` and the `timer` handler.
    /// - Throws: when too many are pending.
    public mutating func setTimeout(
        after span: Tick.Span,
        reason: String
    ) throws(ObjectViolation)
        -> TimerID
    {
        guard self.timers.count < self.configuration.limits.timersMax else {
            throw ObjectViolation(
                "only \(self.configuration.limits.timersMax) timers can be pending on one object"
            )
        }
        self.timerNumbers += 1
        let id = TimerID(number: self.timerNumbers)
        self.timers.append(PendingTimer(id: id, due: self.now + span, reason: reason))
        return id
    }

    /// Ends a timer before it is due; nothing happens when it is not pending.
    ///
    /// - Parameter timer: from `setTimeout`.
    public mutating func clearTimeout(_ timer: TimerID) {
        self.timers.removeAll { $0.id == timer }
    }

    private static func hex(_ value: UInt64) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }
}

/// A pending timer with its plain words.
struct PendingTimer: Sendable {
    let id: TimerID
    let due: Tick
    let reason: String
}

/// Something a handler asked for, carried out when it ends.
enum ObjectAsk: Sendable {
    case accept(LinkMessage.OpenRequest, subprotocol: String?, tags: [String])
    case reject(SessionID, status: UInt16, body: String)
    case send(SessionID, MessageKind, ByteBuffer, isBroadcast: Bool)
    case close(SessionID, code: UInt16, reason: String)
    case attach(SessionID, ByteBuffer)
    case autoResponse(request: String?, response: String?)
    case log(String, SessionID?)
    case setAlarm(Tick.Span)
    case deleteAlarm
}
