public import FramePath

import struct NIOCore.ByteBuffer

/// Which messages a rule is about.
///
/// Shape: every part that is given must hold; an empty list and a missing part hold always.
/// A list holds when one of its members does.
public struct Matcher: Sendable, Equatable {
    /// The value at a place of a JSON text message.
    public struct Field: Sendable, Equatable {
        /// The place.
        public var pointer: JSONPointer
        /// What must stand there; numbers are equal by value.
        public var value: JSONScalar
        /// Makes a condition.
        public init(pointer: JSONPointer, value: JSONScalar) {
            self.pointer = pointer
            self.value = value
        }
    }

    /// The way, or both.
    public var direction: Direction?
    /// The object's phase at birth.
    public var phases: [Phase] = []
    /// The wake ordinal at birth.
    public var wake: Bounds?
    /// What made the object send it.
    public var handlers: [Handler] = []
    /// Text, binary and control kinds.
    public var opcodes: [MessageKind] = []
    /// Values in the payload, looked for in its first 64 KiB; only text messages have them.
    public var fields: [Field] = []
    /// The session's key.
    public var sessionKey: Glob?
    /// How often that key connected.
    public var attempt: Bounds?
    /// The object's name.
    public var object: Glob?
    /// The payload's length, bytes.
    public var size: Bounds?

    /// Matches everything.
    public init() {}

    /// Bytes of a payload that are looked through for fields.
    public static let scanMax = 64 * 1024

    func matches(
        _ message: borrowing Message,
        session: SessionFacts,
        objectName: String
    ) -> Bool {
        if let direction, direction != message.id.direction { return false }
        if !self.phases.isEmpty, !self.phases.contains(message.phase) { return false }
        if let wake, !wake.contains(UInt64(message.wake)) { return false }
        if !self.handlers.isEmpty, !self.handlers.contains(message.handler) { return false }
        if !self.opcodes.isEmpty, !self.opcodes.contains(message.kind) { return false }
        if let size, !size.contains(UInt64(message.payload.readableBytes)) { return false }
        if let attempt, !attempt.contains(UInt64(session.attempt)) { return false }
        if let sessionKey, !sessionKey.matches(session.key) { return false }
        if let object, !object.matches(objectName) { return false }
        return self.fields.isEmpty || self.fieldsHold(in: message)
    }

    private func fieldsHold(in message: borrowing Message) -> Bool {
        guard message.kind == .text else { return false }
        for field in self.fields {
            let found = JSONBytes.scalar(
                at: field.pointer,
                in: message.payload,
                scanMax: Self.scanMax
            )
            guard let found, Self.isSame(found, field.value) else { return false }
        }
        return true
    }

    private static func isSame(_ left: JSONScalar, _ right: JSONScalar) -> Bool {
        if left == right { return true }
        guard case .number(let one) = left, case .number(let other) = right,
            let first = Double(one), let second = Double(other)
        else { return false }
        return first == second
    }
}
