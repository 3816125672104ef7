public import FramePath

/// Events to JSON Lines, one object a line, keys in a fixed order.
///
/// Shape: lives on the writer's thread; appends whole lines only, so a cut file loses at most its last
/// line. A key that does not apply is left out; 64-bit identifiers are 16 hex digits.
/// Source: the schema is `torpor.trace/1`; its first line shows every key.
public struct TraceEncoder: Sendable {
    /// The schema's name and major version.
    public static let schema = "torpor.trace/1"

    let payload: PayloadPolicy
    /// The vantage, `<role>-<pid>`, on every line.
    private(set) var vantage: String
    private var lastNumber: UInt64 = 0
    private var lastTime: Tick = .zero

    /// Makes an encoder.
    ///
    /// - Parameters:
    ///   - role: the role of the process; the header adds its id.
    ///   - payload: how much of payloads to write.
    public init(role: String, payload: PayloadPolicy) {
        self.vantage = role
        self.payload = payload
    }

    /// The first two lines of a file: the schema row and the run row.
    ///
    /// The schema row holds every key with a zero value, because readers that infer columns from the
    /// first rows would refuse a key that comes later.
    ///
    /// - Parameter header: what the file says about itself.
    /// - Returns: two whole lines.
    public mutating func header(_ header: TraceHeader) -> [UInt8] {
        self.vantage = header.role + "-" + String(header.pid)
        var bytes: [UInt8] = []
        LineWriter.write(into: &bytes) { Self.schemaRow(&$0) }
        LineWriter.write(into: &bytes) { self.runRow(header, &$0) }
        return bytes
    }

    /// Appends one event as one line.
    ///
    /// - Parameters:
    ///   - recorded: the event.
    ///   - out: where whole lines go.
    public mutating func encode(_ recorded: Recorded, into out: inout [UInt8]) {
        self.lastNumber = recorded.number
        self.lastTime = recorded.time
        LineWriter.write(into: &out) { self.encode(recorded, &$0) }
    }

    private func encode(_ recorded: Recorded, _ line: inout LineWriter) {
        line.number("t", recorded.time.nanoseconds)
        line.number("n", recorded.number)
        line.string("p", self.vantage)
        switch recorded.event {
        case .frame(let seen): self.frame(seen, &line)
        case .fault(let decided): self.fault(decided, &line)
        case .life(let step): self.life(step, &line)
        case .socket(let step): self.socket(step, &line)
        case .log(let entry): self.log(entry, &line)
        case .expect(let expectation): self.expect(expectation, &line)
        case .mark(let text):
            line.word("ev", "mark")
            line.string("msg", text)
        case .gap(let lost, let why):
            line.word("ev", "gap")
            line.number("lost", lost)
            line.string("why", why)
        }
    }

    /// The last line of a clean file; without it a reader must not trust the file's end.
    ///
    /// - Parameter time: when the file was closed; the last event's time when left out.
    /// - Returns: one whole line.
    public func end(at time: Tick? = nil) -> [UInt8] {
        var bytes: [UInt8] = []
        LineWriter.write(into: &bytes) { line in
            line.number("t", (time ?? self.lastTime).nanoseconds)
            line.number("n", self.lastNumber &+ 1)
            line.string("p", self.vantage)
            line.word("ev", "end")
        }
        return bytes
    }

    private func runRow(_ header: TraceHeader, _ line: inout LineWriter) {
        line.number("t", 0)
        line.number("n", 0)
        line.string("p", self.vantage)
        line.word("ev", "run")
        line.string("run", header.run)
        line.string("role", header.role)
        line.string("tool", header.tool)
        line.number("pid", Int(header.pid))
        line.string("seed", String(header.seed))
        line.word("clock", header.clock.rawValue)
        line.string("wall0_ns", String(header.wall0))
        line.strings("points", header.points.map(\.rawValue))
        line.strings("profiles", header.profiles)
        line.word("payload", header.payload.rawValue)
        line.string("target", header.target)
        line.string("ordering", header.ordering)
        line.strings("claims", header.claims.map(\.description))
        if header.isInsecure { line.bool("insecure", true) }
        if let backend = header.backend { line.string("backend", backend) }
    }

    private static func schemaRow(_ line: inout LineWriter) {
        line.number("t", 0)
        line.number("n", 0)
        line.word("p", "")
        line.word("ev", "schema")
        line.word("schema", Self.schema)
        line.number("minor", 0)
        for name: StaticString in ["run", "role", "tool"] { line.word(name, "") }
        line.number("pid", 0)
        for name: StaticString in ["seed", "clock", "wall0_ns"] { line.word(name, "") }
        line.strings("points", [])
        line.strings("profiles", [])
        for name: StaticString in ["payload", "target", "ordering"] { line.word(name, "") }
        line.strings("claims", [])
        line.bool("insecure", false)
        line.word("backend", "")
        for name: StaticString in ["what", "session", "obj", "dir", "born"] { line.word(name, "") }
        for name: StaticString in ["epoch", "ord", "copy"] { line.number(name, 0) }
        line.bool("ctl", false)
        for name: StaticString in ["at", "op"] { line.word(name, "") }
        line.number("len", 0)
        for name: StaticString in ["h", "type", "phase"] { line.word(name, "") }
        line.number("wake", 0)
        for name: StaticString in ["handler", "instance"] { line.word(name, "") }
        for name: StaticString in ["cause", "frags"] { line.number(name, 0) }
        line.word("leg", "")
        for name: StaticString in ["seq", "q"] { line.number(name, 0) }
        line.number("part", 0)
        for name: StaticString in ["broadcast", "greeting", "swallowed", "released"] {
            line.bool(name, false)
        }
        for name: StaticString in ["d", "b64", "rule", "src", "profile"] { line.word(name, "") }
        line.number("pv", 0)
        line.word("action", "")
        line.bool("fired", false)
        line.number("nth", 0)
        line.word("draw", "")
        for name: StaticString in ["delay_ns", "count", "ns"] { line.number(name, 0) }
        line.word("why", "")
        line.number("code", 0)
        for name: StaticString in ["reason", "path", "key"] { line.word(name, "") }
        line.number("attempt", 0)
        // An open object is the string "{}" here, so that column readers keep later ones as JSON.
        line.word("headers", "{}")
        for name: StaticString in ["msg", "row", "col", "want", "outcome"] { line.word(name, "") }
        line.number("lost", 0)
    }
}
