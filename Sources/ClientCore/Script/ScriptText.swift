internal import FramePath

/// A text with places for what is known only when the script runs.
///
/// Shape: written `{{object}}`, `{{unique}}`, `{{number}}`, `{{now}}`; everything else stands as it is.
public struct ScriptText: Sendable, Equatable {
    /// What a place stands for.
    public enum Name: String, CaseIterable, Sendable {
        /// The name of the object that this copy of the lane has to itself.
        case object
        /// A text that no other exchange of any run has.
        case unique
        /// The time of a repeated step, from 0.
        case number
        /// The wall clock as ISO 8601.
        case time = "now"
    }

    /// One stretch of it.
    public enum Part: Sendable, Equatable {
        /// As it stands.
        case literal(String)
        /// A secret from the environment: sent, and never shown.
        case secret(name: String, value: String)
        /// To be filled in.
        case value(Name)
    }

    /// What the places stand for in one exchange.
    struct Values {
        var object: String
        var unique = ""
        var number = 0
        var wallMilliseconds: UInt64 = 0
    }

    /// The stretches, in order.
    public var parts: [Part]

    /// Makes a text.
    ///
    /// - Parameter parts: the stretches, in order.
    public init(parts: [Part]) {
        self.parts = parts
    }

    /// Makes a text without places.
    ///
    /// - Parameter literal: the text.
    public init(_ literal: String) {
        self.parts = [.literal(literal)]
    }

    /// Whether answers to it can be told apart.
    var isUnique: Bool { self.parts.contains(.value(.unique)) }

    /// Whether it names the lane's own object.
    var namesObject: Bool { self.parts.contains(.value(.object)) }

    /// The text of one exchange.
    func rendered(_ values: Values) -> String {
        var text = ""
        for part in self.parts {
            switch part {
            case .literal(let literal): text += literal
            case .secret(_, let value): text += value
            case .value(.object): text += values.object
            case .value(.unique): text += values.unique
            case .value(.number): text += String(values.number)
            case .value(.time): text += WallTime.iso(values.wallMilliseconds)
            }
        }
        return text
    }

    /// The text as the script has it, cut for a table, without secrets.
    var words: String {
        var text = ""
        for part in self.parts {
            switch part {
            case .literal(let literal): text += literal
            case .secret(let name, _): text += "${\(name)}"
            case .value(let name): text += "{{\(name.rawValue)}}"
            }
        }
        let line = text.map { $0.isNewline ? " " : $0 }
        return line.count > Self.wordsMax
            ? String(line.prefix(Self.wordsMax - 1)) + "…" : String(line)
    }

    /// Characters of a text in a table.
    private static let wordsMax = 24
}
