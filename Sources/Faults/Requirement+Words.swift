import FramePath

extension Requirement: CustomStringConvertible {
    /// As it would be written in a file, on one line.
    public var description: String {
        let scope = self.scope.description
        return scope.isEmpty ? self.kind.description : "\(self.kind) (\(scope))"
    }
}

extension Requirement.Kind: CustomStringConvertible {
    /// Key and value.
    public var description: String {
        switch self {
        case .noLoss: "no_loss"
        case .noReorder(let acrossWakeOnly):
            acrossWakeOnly ? "no_reorder across wake" : "no_reorder"
        case .wokeWithin(let span): "woke_within \(Self.words(span.nanoseconds))"
        case .hibernatesWithin(let span): "hibernates_within \(Self.words(span.nanoseconds))"
        case .closeCode(let codes):
            "close_code " + codes.map(String.init).joined(separator: " or ")
        case .finding(let expect): "finding \(expect)"
        }
    }

    private static func words(_ nanoseconds: UInt64) -> String {
        if nanoseconds % 1_000_000_000 == 0 { return "\(nanoseconds / 1_000_000_000)s" }
        if nanoseconds % 1_000_000 == 0 { return "\(nanoseconds / 1_000_000)ms" }
        return "\(nanoseconds)ns"
    }
}

extension Requirement.Scope: CustomStringConvertible {
    /// The parts that narrow it; empty for everything.
    public var description: String {
        var parts: [String] = []
        if let direction { parts.append(direction.rawValue) }
        if !self.types.isEmpty { parts.append("type " + self.types.joined(separator: ", ")) }
        if !self.handlers.isEmpty {
            parts.append("handler " + self.handlers.map(\.rawValue).joined(separator: ", "))
        }
        if let object { parts.append("object \(object.text)") }
        return parts.joined(separator: "; ")
    }
}

extension Expect: CustomStringConvertible {
    /// What, where and in which messages.
    public var description: String {
        guard !self.isNone else { return "none" }
        var words = self.kind.rawValue
        if let between {
            words += " between \(between.last.rawValue) and \(between.first.rawValue)"
        }
        if let handler { words += ", handler \(handler.rawValue)" }
        if let phase { words += ", phase \(phase.rawValue)" }
        return words
    }
}
