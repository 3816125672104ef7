internal import FramePath

internal import struct NIOCore.ByteBuffer

/// What a step sends.
public enum ScriptPayload: Sendable, Equatable {
    /// A text message.
    case text(ScriptText)
    /// A text message that is a JSON document.
    case json(ScriptJSON)
    /// A binary message.
    case binary([UInt8])

    /// The kind of its message.
    var kind: MessageKind {
        switch self {
        case .text, .json: .text
        case .binary: .binary
        }
    }

    /// Its bytes.
    func bytes(_ values: ScriptText.Values) -> ByteBuffer {
        switch self {
        case .text(let text): return ByteBuffer(string: text.rendered(values))
        case .json(let document):
            var writer = JSONWriter()
            document.write(values, to: &writer)
            return ByteBuffer(bytes: writer.bytes)
        case .binary(let bytes): return ByteBuffer(bytes: bytes)
        }
    }

    /// A few words that name it in a table: a document's `type`, else the start of the text.
    var words: String {
        switch self {
        case .text(let text): return text.words
        case .json(.object(let members)):
            if case .string(let type)? = members.first(where: { $0.key == "type" })?.value {
                return type.words
            }
            return "json"
        case .json: return "json"
        case .binary(let bytes): return "\(bytes.count) bytes"
        }
    }
}
