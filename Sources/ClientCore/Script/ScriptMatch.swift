public import FramePath

internal import struct NIOCore.ByteBuffer

/// Which messages an expectation means: all of its conditions hold.
public struct ScriptMatch: Sendable, Equatable {
    /// A condition on one value of a JSON document.
    public struct Field: Sendable, Equatable {
        /// The condition.
        public enum Want: Sendable, Equatable {
            /// This text.
            case string(ScriptText)
            /// This number, true, false or null.
            case scalar(JSONScalar)
            /// A text that begins so.
            case prefix(ScriptText)
            /// Any value that is no object and no list.
            case anything
        }

        /// Where.
        public var pointer: JSONPointer
        /// What.
        public var want: Want

        /// Makes a condition.
        ///
        /// - Parameters:
        ///   - pointer: where.
        ///   - want: what.
        public init(pointer: JSONPointer, want: Want) {
            self.pointer = pointer
            self.want = want
        }
    }

    /// Text or binary; `nil` for either.
    public var kind: MessageKind?
    /// The whole text.
    public var equals: ScriptText?
    /// The start of the text.
    public var prefix: ScriptText?
    /// The whole payload.
    public var bytes: [UInt8]?
    /// Values of a JSON document.
    public var fields: [Field]

    /// Makes a match; without a condition it means any message.
    ///
    /// - Parameters:
    ///   - kind: text or binary.
    ///   - equals: the whole text.
    ///   - prefix: the start of the text.
    ///   - bytes: the whole payload.
    ///   - fields: values of a JSON document.
    public init(
        kind: MessageKind? = nil,
        equals: ScriptText? = nil,
        prefix: ScriptText? = nil,
        bytes: [UInt8]? = nil,
        fields: [Field] = []
    ) {
        self.kind = kind
        self.equals = equals
        self.prefix = prefix
        self.bytes = bytes
        self.fields = fields
    }

    /// Whether an answer tells which exchange it belongs to.
    var isUnique: Bool {
        if self.equals?.isUnique == true || self.prefix?.isUnique == true { return true }
        return self.fields.contains { field in
            switch field.want {
            case .string(let text), .prefix(let text): text.isUnique
            case .scalar, .anything: false
            }
        }
    }

    /// A few words that name it in a table: the wanted `type`, else the first condition.
    var words: String {
        if let text = self.equals ?? self.prefix { return text.words }
        let type = self.fields.first { $0.pointer.tokens == ["type"] } ?? self.fields.first
        switch type?.want {
        case .string(let text), .prefix(let text): return text.words
        case .scalar(.number(let number)): return "\(type?.pointer.description ?? "") \(number)"
        case .scalar, .anything: return type?.pointer.description ?? ""
        case nil: break
        }
        if let bytes = self.bytes { return "\(bytes.count) bytes" }
        return self.kind?.rawValue ?? "message"
    }

    /// Whether a message is meant.
    func holds(_ message: inout SeenMessage, _ values: ScriptText.Values) -> Bool {
        if let kind, message.kind != kind { return false }
        if let bytes, !message.payload.readableBytesView.elementsEqual(bytes) { return false }
        if let equals, message.text != equals.rendered(values) { return false }
        if let prefix, message.text?.hasPrefix(prefix.rendered(values)) != true { return false }
        return self.fields.allSatisfy { field in
            guard let found = message.scalar(at: field.pointer) else { return false }
            switch (field.want, found) {
            case (.string(let text), .string(let seen)): return seen == text.rendered(values)
            case (.prefix(let text), .string(let seen)):
                return seen.hasPrefix(text.rendered(values))
            case (.scalar(.number(let wanted)), .number(let seen)):
                return wanted == seen || Double(wanted) == Double(seen)
            case (.scalar(let wanted), _): return wanted == found
            case (.anything, _): return true
            case (.string, _), (.prefix, _): return false
            }
        }
    }
}
