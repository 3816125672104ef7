internal import Foundation
internal import FramePath

/// The members of a JSON object in a body, each taken once; what is left is unknown.
struct ControlBody {
    private var members: [String: Any]
    private var taken: [String] = []

    /// Reads a body; an empty one is an empty object.
    init(_ question: ControlQuestion) throws(ControlFailure) {
        guard !question.body.isEmpty else {
            self.members = [:]
            return
        }
        self.members = try Self.object(try Self.value(question))
    }

    private init(members: [String: Any]) { self.members = members }

    /// Reads a body that is a list of objects.
    static func list(_ question: ControlQuestion) throws(ControlFailure) -> [ControlBody] {
        guard let list = try Self.value(question) as? [Any] else {
            throw Self.wrong("the body is not a list")
        }
        var bodies: [ControlBody] = []
        for item in list { bodies.append(ControlBody(members: try Self.object(item))) }
        return bodies
    }

    private static func value(_ question: ControlQuestion) throws(ControlFailure) -> Any {
        guard question.contentType == ControlQuestion.json else {
            var failure = Self.wrong("the body is \(question.contentType), not application/json")
            failure.status = 415
            throw failure
        }
        do {
            let data = Data(question.body)
            return try JSONSerialization.jsonObject(with: data, options: [.fragmentsAllowed])
        } catch {
            throw Self.wrong("the body is not JSON")
        }
    }

    private static func object(_ value: Any) throws(ControlFailure) -> [String: Any] {
        guard let members = value as? [String: Any] else {
            throw Self.wrong("where an object belongs stands something else")
        }
        return members
    }

    private static func wrong(_ what: String) -> ControlFailure {
        ControlFailure(400, what, next: "GET /openapi.json says what each route takes")
    }

    mutating func text(_ key: String) throws(ControlFailure) -> String? {
        self.taken.append(key)
        guard let value = self.members.removeValue(forKey: key) else { return nil }
        guard let text = value as? String else { throw Self.wrong("\(key) is not a text") }
        return text
    }

    mutating func number(
        _ key: String,
        in range: ClosedRange<Int>
    ) throws(ControlFailure) -> Int? {
        self.taken.append(key)
        guard let value = self.members.removeValue(forKey: key) else { return nil }
        guard let number = value as? NSNumber, let whole = Int(exactly: number.doubleValue),
            range.contains(whole)
        else {
            throw Self.wrong(
                "\(key) is not a whole number from \(range.lowerBound) to \(range.upperBound)"
            )
        }
        return whole
    }

    /// A text that is one of some words.
    mutating func word<Word: RawRepresentable & CaseIterable>(
        _ key: String,
        _ type: Word.Type
    ) throws(ControlFailure) -> Word? where Word.RawValue == String {
        guard let text = try self.text(key) else { return nil }
        guard let word = Word(rawValue: text) else {
            let words = Word.allCases.map(\.rawValue).joined(separator: ", ")
            throw Self.wrong("\(key) is '\(text)'; it is one of: \(words)")
        }
        return word
    }

    /// Nothing may be left that was not asked for.
    consuming func end() throws(ControlFailure) {
        guard let key = self.members.keys.min() else { return }
        throw Self.wrong(
            "there is no '\(key)' here; it takes: \(self.taken.sorted().joined(separator: ", "))"
        )
    }
}
