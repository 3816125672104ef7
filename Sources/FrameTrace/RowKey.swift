import FramePath

/// The keys a row keeps.
enum RowKey: String, CaseIterable {
    case t
    case n
    case p
    case ev
    case what
    case session
    case obj
    case dir
    case born
    case epoch
    case ord
    case copy
    case ctl
    case at
    case op
    case len
    case h
    case type
    case phase
    case wake
    case handler
    case instance
    case cause
    case frags
    case leg
    case seq
    case q
    case part
    case broadcast
    case greeting
    case swallowed
    case released
    case d
    case b64
    case rule
    case src
    case profile
    case pv
    case action
    case fired
    case nth
    case draw
    case delay = "delay_ns"
    case count
    case ns
    case why
    case code
    case reason
    case path
    case key
    case attempt
    case msg
    case row
    case col
    case want
    case outcome
    case lost
    case run
    case role
    case tool
    case seed
    case clock
    case wall0 = "wall0_ns"
    case points
    case profiles
    case claims
    case insecure
    case backend

    /// The key with that packed code.
    static func of(_ code: UInt64) -> RowKey? {
        var slot = Self.slot(code)
        while let entry = Self.table[slot] {
            if entry.code == code { return entry.key }
            slot = (slot + 1) & 255
        }
        return nil
    }

    /// Gives the value to its field; `false` when it is of the wrong kind.
    func store(_ value: RowParser.Value, in row: inout TraceRow) -> Bool {
        switch value {
        case .string(let text): return self.store(text, in: &row)
        case .text: return false
        case .number(let number): return self.store(number, in: &row)
        case .bool(let flag): return self.store(flag, in: &row)
        case .strings(let list): return self.store(list, in: &row)
        case .negative, .other: return true
        }
    }

    private static func slot(_ code: UInt64) -> Int {
        Int(truncatingIfNeeded: (code &* 0x9E37_79B9_7F4A_7C15) >> 56)
    }

    private static let table: [(code: UInt64, key: RowKey)?] = {
        var table: [(code: UInt64, key: RowKey)?] = Array(repeating: nil, count: 256)
        for key in Self.allCases {
            let code = key.rawValue.utf8.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            var slot = Self.slot(code)
            while table[slot] != nil { slot = (slot + 1) & 255 }
            table[slot] = (code, key)
        }
        return table
    }()
}

extension RowKey {
    private static let events = WordTable<TraceRow.Event>()
    private static let directions = WordTable<Direction>()
    private static let births = WordTable<MessageID.Birth>()
    private static let placesOnPath = WordTable<Point>()
    private static let kinds = WordTable<MessageKind>()
    private static let phaseWords = WordTable<Phase>()
    private static let handlerWords = WordTable<Handler>()

    /// Gives bytes to a field that is no text: a word of ours, an identifier; `nil` for other keys.
    func store(
        _ bytes: LineBytes,
        _ range: Range<Int>,
        in row: inout TraceRow
    ) -> Bool? {
        switch self {
        case .session: row.session = Self.session(bytes, range)
        case .h: row.h = Hex.value(bytes, range)
        case .instance: row.instance = Hex.value(bytes, range)
        case .ev: row.ev = Self.events.word(PackedText(bytes, range)) ?? .other
        case .dir: row.dir = Self.directions.word(PackedText(bytes, range))
        case .born: row.born = Self.births.word(PackedText(bytes, range))
        case .at: row.at = Self.placesOnPath.word(PackedText(bytes, range))
        case .op: row.op = Self.kinds.word(PackedText(bytes, range))
        case .phase: row.phase = Self.phaseWords.word(PackedText(bytes, range))
        case .handler: row.handler = Self.handlerWords.word(PackedText(bytes, range))
        default: return nil
        }
        return true
    }

    private static func session(_ bytes: LineBytes, _ range: Range<Int>) -> SessionID? {
        let dash = range.lowerBound + 16
        guard dash + 1 < range.upperBound, bytes[dash] == UInt8(ascii: "-"),
            let edge = Hex.value(bytes, range.lowerBound..<dash)
        else { return nil }
        var number: UInt64 = 0
        var index = dash + 1
        while index < range.upperBound {
            let digit = bytes[index] &- UInt8(ascii: "0")
            guard digit < 10, number <= UInt64(UInt32.max) else { return nil }
            number = number * 10 + UInt64(digit)
            index &+= 1
        }
        return UInt32(exactly: number).map { SessionID(edge: edge, number: $0) }
    }

    private func store(_ text: String, in row: inout TraceRow) -> Bool {
        switch self {
        case .p: row.p = text
        case .ev: row.ev = TraceRow.Event(rawValue: text) ?? .other
        case .what: row.what = text
        case .obj: row.obj = text
        case .type: row.type = text
        case .leg: row.leg = text
        case .d: row.d = text
        case .b64: row.b64 = text
        case .rule: row.rule = text
        case .src: row.src = text
        case .profile: row.profile = text
        case .action: row.action = text
        case .why: row.why = text
        case .reason: row.reason = text
        case .path: row.path = text
        case .key: row.key = text
        case .msg: row.msg = text
        case .row: row.row = text
        case .col: row.col = text
        case .want: row.want = text
        case .outcome: row.outcome = text
        case .run: row.run = text
        case .role: row.role = text
        case .tool: row.tool = text
        case .backend: row.backend = text
        case .clock: row.clock = text
        case .dir: row.dir = Direction(rawValue: text)
        case .born: row.born = MessageID.Birth(rawValue: text)
        case .at: row.at = Point(rawValue: text)
        case .op: row.op = MessageKind(rawValue: text)
        case .phase: row.phase = Phase(rawValue: text)
        case .handler: row.handler = Handler(rawValue: text)
        case .session: row.session = SessionID(text[...])
        case .h: row.h = Hex.value(text)
        case .instance: row.instance = Hex.value(text)
        case .draw: row.draw = Hex.value(text)
        case .seed: row.seed = UInt64(text)
        case .wall0: row.wall0 = UInt64(text)
        default: return false
        }
        return true
    }

    private func store(_ number: UInt64, in row: inout TraceRow) -> Bool {
        switch self {
        case .t: row.t = number
        case .n: row.n = number
        case .epoch: row.epoch = UInt32(exactly: number)
        case .ord: row.ord = UInt32(exactly: number)
        case .copy: row.copy = UInt16(exactly: number)
        case .len: row.len = Int(exactly: number)
        case .wake: row.wake = UInt32(exactly: number)
        case .cause: row.cause = UInt32(exactly: number)
        case .frags: row.frags = Int(exactly: number)
        case .seq: row.seq = number
        case .part: row.part = UInt16(exactly: number)
        case .q: row.q = number
        case .pv: row.pv = UInt32(exactly: number)
        case .nth: row.nth = number
        case .delay: row.delayNanoseconds = number
        case .count: row.count = Int(exactly: number)
        case .ns: row.ns = number
        case .code: row.code = Int(exactly: number)
        case .attempt: row.attempt = UInt32(exactly: number)
        case .lost: row.lost = number
        default: return false
        }
        return true
    }

    private func store(_ flag: Bool, in row: inout TraceRow) -> Bool {
        switch self {
        case .ctl: row.ctl = flag
        case .broadcast: row.broadcast = flag
        case .greeting: row.greeting = flag
        case .swallowed: row.swallowed = flag
        case .released: row.released = flag
        case .fired: row.fired = flag
        case .insecure: row.insecure = flag
        default: return false
        }
        return true
    }

    private func store(_ list: [String], in row: inout TraceRow) -> Bool {
        switch self {
        case .points: row.points = list.compactMap(Point.init(rawValue:))
        case .profiles: row.profiles = list
        case .claims: row.claims = list.compactMap { SessionID($0[...]) }
        default: return false
        }
        return true
    }
}
