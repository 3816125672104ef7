internal import FramePath

/// A JSON document whose texts may hold per-run values.
public indirect enum ScriptJSON: Sendable, Equatable {
    /// A key and its value.
    public struct Member: Sendable, Equatable {
        /// The key.
        public var key: String
        /// The value.
        public var value: ScriptJSON

        /// Makes a member.
        ///
        /// - Parameters:
        ///   - key: the key.
        ///   - value: the value.
        public init(key: String, value: ScriptJSON) {
            self.key = key
            self.value = value
        }
    }

    /// A text.
    case string(ScriptText)
    /// A number, as it is written.
    case number(String)
    /// True or false.
    case bool(Bool)
    /// Null.
    case null
    /// A list.
    case array([ScriptJSON])
    /// An object; its keys keep their order.
    case object([Member])

    /// Writes it.
    func write(_ values: ScriptText.Values, to writer: inout JSONWriter) {
        switch self {
        case .string(let text): writer.string(text.rendered(values))
        case .number(let text): writer.raw(text)
        case .bool(let flag): writer.bool(flag)
        case .null: writer.null()
        case .array(let elements):
            writer.beginArray()
            for element in elements { element.write(values, to: &writer) }
            writer.endArray()
        case .object(let members):
            writer.beginObject()
            for member in members {
                writer.key(member.key)
                member.value.write(values, to: &writer)
            }
            writer.endObject()
        }
    }
}
