internal import FramePath

/// A request of the control interface, apart from the library that carries it.
struct ControlQuestion: Sendable {
    /// Values of the path's `{…}`, decoded.
    var names: [String: String] = [:]
    /// Values of the query, decoded.
    var query: [String: String] = [:]
    /// The media type of the body, lower case, without parameters; empty without a body.
    var contentType = ""
    var body: [UInt8] = []

    static let json = "application/json"
    static let yaml: Set<String> = ["application/yaml", "application/x-yaml", "text/yaml"]

    /// A value of the path; the route has it.
    func name(_ key: String) -> String { self.names[key] ?? "" }

    /// A whole number of the query.
    func number(
        _ key: String,
        in range: ClosedRange<Int>,
        default value: Int
    ) throws(ControlFailure) -> Int {
        guard let text = self.query[key] else { return value }
        guard let number = Int(text), range.contains(number) else {
            throw ControlFailure(
                400,
                "\(key)=\(text) is not a number from \(range.lowerBound) to \(range.upperBound)",
                next: "leave \(key) out, or give a number in that range"
            )
        }
        return number
    }
}

/// An answer of the control interface.
struct ControlReply: Sendable {
    var status = 200
    var contentType = ControlQuestion.json
    var headers: [(name: String, value: String)] = []
    var body: [UInt8]

    /// A JSON object.
    static func object(
        status: Int = 200,
        _ write: (inout JSONWriter) -> Void
    ) -> ControlReply {
        var json = JSONWriter()
        json.beginObject()
        write(&json)
        json.endObject()
        json.newline()
        return ControlReply(status: status, body: json.bytes)
    }
}

/// A refusal: what was found, and what to do next.
struct ControlFailure: Error, Sendable {
    var status: Int
    var error: String
    var next: String
    /// More members of the JSON object, each a value in JSON.
    var more: [(key: String, json: String)] = []
    var headers: [(name: String, value: String)] = []

    init(_ status: Int, _ error: String, next: String) {
        self.status = status
        self.error = error
        self.next = next
    }

    var reply: ControlReply {
        var reply = ControlReply.object(status: self.status) { json in
            json.key("error")
            json.string(self.error)
            json.key("next")
            json.string(self.next)
            for (key, value) in self.more {
                json.key(key)
                json.raw(value)
            }
        }
        reply.headers = self.headers
        return reply
    }
}
