import FramePath

/// One JSON line being written at the end of a byte list.
///
/// Shape: keys come in the order they are called, absent values write nothing; the line is ended by
/// `write`. Bytes gather in a small room on the stack and move to the list in one piece, because a list
/// asks for its owner and its room at every byte.
@safe
struct LineWriter: ~Copyable {
    /// More than most lines have; what is larger goes to the list at once.
    private static let roomBytes = 1_024
    /// The most that one step below writes without asking for room again.
    private static let stepBytes = 32

    private let room: UnsafeMutablePointer<UInt8>
    private var used = 0
    private var hasFlushed = false
    private var list: [UInt8]

    /// Appends one line to `out`.
    ///
    /// The list is swapped into the writer, never copied: a second owner for one instant would copy all
    /// of it on each line.
    static func write(into out: inout [UInt8], _ body: (inout LineWriter) -> Void) {
        unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Self.roomBytes) { room in
            guard let start = room.baseAddress else { return }
            var line = unsafe LineWriter(room: start)
            swap(&line.list, &out)
            body(&line)
            line.byte(UInt8(ascii: "}"))
            line.byte(UInt8(ascii: "\n"))
            line.flush()
            swap(&line.list, &out)
        }
    }

    private init(room: UnsafeMutablePointer<UInt8>) {
        unsafe self.room = room
        self.list = []
    }

    // MARK: - Keys and values

    /// Inlined everywhere, so that a key's bytes are constants of the code that writes it.
    @inline(__always)
    mutating func key(_ name: StaticString) {
        self.reserve(Self.stepBytes + name.utf8CodeUnitCount)
        // The comma of the first key becomes the brace that opens the line.
        self.put(UInt8(ascii: ","))
        self.put(UInt8(ascii: "\""))
        unsafe self.copy(name.utf8Start, name.utf8CodeUnitCount)
        self.put(UInt8(ascii: "\""))
        self.put(UInt8(ascii: ":"))
    }

    @inline(__always)
    mutating func number(_ name: StaticString, _ value: UInt64) {
        self.key(name)
        self.decimal(value)
    }

    mutating func number(_ name: StaticString, _ value: Int) {
        self.key(name)
        if value < 0 { self.byte(UInt8(ascii: "-")) }
        self.decimal(UInt64(value.magnitude))
    }

    @inline(__always)
    mutating func bool(_ name: StaticString, _ value: Bool) {
        self.key(name)
        self.raw(value ? "true" : "false")
    }

    /// A string known to need no escape: a word of ours.
    @inline(__always)
    mutating func word(_ name: StaticString, _ value: String) {
        self.key(name)
        self.byte(UInt8(ascii: "\""))
        self.raw(value)
        self.byte(UInt8(ascii: "\""))
    }

    @inline(__always)
    mutating func string(_ name: StaticString, _ value: String) {
        self.key(name)
        self.escaped(value.utf8)
    }

    mutating func strings(_ name: StaticString, _ values: [String]) {
        self.key(name)
        self.byte(UInt8(ascii: "["))
        for (index, value) in values.enumerated() {
            if index > 0 { self.byte(UInt8(ascii: ",")) }
            self.escaped(value.utf8)
        }
        self.byte(UInt8(ascii: "]"))
    }

    @inline(__always)
    mutating func hex(_ name: StaticString, _ value: UInt64) {
        self.key(name)
        self.byte(UInt8(ascii: "\""))
        self.hexDigits(value)
        self.byte(UInt8(ascii: "\""))
    }

    mutating func session(_ name: StaticString, _ value: SessionID) {
        self.key(name)
        self.byte(UInt8(ascii: "\""))
        self.hexDigits(value.edge)
        self.byte(UInt8(ascii: "-"))
        self.decimal(UInt64(value.number))
        self.byte(UInt8(ascii: "\""))
    }

    /// A JSON string with quotes; control characters, quote and backslash escaped.
    mutating func escaped(_ text: some Sequence<UInt8>) {
        self.byte(UInt8(ascii: "\""))
        let done: Void? = text.withContiguousStorageIfAvailable { bytes in
            unsafe self.escape(all: bytes)
        }
        if done == nil {
            for byte in text { self.escape(byte) }
        }
        self.byte(UInt8(ascii: "\""))
    }

    /// Copies runs that need no escape in one piece.
    private mutating func escape(all bytes: UnsafeBufferPointer<UInt8>) {
        var index = 0
        while index < bytes.count {
            let first = index
            let end = min(bytes.count, first &+ Self.roomBytes / 2)
            while index < end, unsafe Self.isPlain(bytes[index]) { index &+= 1 }
            if index > first, let start = bytes.baseAddress {
                self.reserve(index &- first)
                unsafe self.copy(start + first, index &- first)
            }
            guard index < end else { continue }
            unsafe self.escape(bytes[index])
            index &+= 1
        }
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
    }

    /// A base64 string with quotes (RFC 4648 §4).
    mutating func base64(_ name: StaticString, _ data: some Sequence<UInt8>) {
        self.key(name)
        self.byte(UInt8(ascii: "\""))
        var group: UInt32 = 0
        var held = 0
        for byte in data {
            group = group << 8 | UInt32(byte)
            held += 1
            if held == 3 {
                self.sextets(group, 4)
                group = 0
                held = 0
            }
        }
        if held > 0 {
            self.sextets(group << UInt32(8 * (3 - held)), held + 1)
            for _ in held..<3 { self.byte(UInt8(ascii: "=")) }
        }
        self.byte(UInt8(ascii: "\""))
    }

    mutating func byte(_ byte: UInt8) {
        self.reserve(1)
        self.put(byte)
    }

    /// Text that needs neither quotes nor escapes.
    private mutating func raw(_ text: String) {
        let done: Void? = unsafe text.utf8.withContiguousStorageIfAvailable { bytes in
            guard let start = bytes.baseAddress else { return }
            guard bytes.count <= Self.roomBytes else {
                self.flush()
                return unsafe self.list.append(contentsOf: bytes)
            }
            self.reserve(bytes.count)
            unsafe self.copy(start, bytes.count)
        }
        if done == nil {
            for byte in text.utf8 { self.byte(byte) }
        }
    }

    private mutating func decimal(_ value: UInt64) {
        self.reserve(Self.stepBytes)
        let digits = Self.digits(value)
        var index = self.used + digits
        self.used = index
        var rest = value
        repeat {
            index -= 1
            let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
            unsafe self.room[index] = UInt8(truncatingIfNeeded: digit) | UInt8(ascii: "0")
            rest = quotient
        } while rest > 0
    }

    private static func digits(_ value: UInt64) -> Int {
        var digits = 1
        var rest = value
        while rest >= 10_000 {
            digits += 4
            rest /= 10_000
        }
        return rest < 100
            ? (rest < 10 ? digits : digits + 1) : (rest < 1_000 ? digits + 2 : digits + 3)
    }

    private mutating func hexDigits(_ value: UInt64) {
        self.reserve(Self.stepBytes)
        var shift: UInt64 = 64
        while shift > 0 {
            shift -= 4
            self.put(Self.digit(UInt8(truncatingIfNeeded: value >> shift) & 15))
        }
    }

    private mutating func escape(_ byte: UInt8) {
        self.reserve(Self.stepBytes)
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"):
            self.put(UInt8(ascii: "\\"))
            self.put(byte)
        case 0x0A: self.escapedLetter(UInt8(ascii: "n"))
        case 0x0D: self.escapedLetter(UInt8(ascii: "r"))
        case 0x09: self.escapedLetter(UInt8(ascii: "t"))
        case 0..<0x20:
            self.escapedLetter(UInt8(ascii: "u"))
            self.put(UInt8(ascii: "0"))
            self.put(UInt8(ascii: "0"))
            self.put(Self.digit(byte >> 4))
            self.put(Self.digit(byte & 15))
        default: self.put(byte)
        }
    }

    private mutating func escapedLetter(_ letter: UInt8) {
        self.put(UInt8(ascii: "\\"))
        self.put(letter)
    }

    private mutating func sextets(_ group: UInt32, _ count: Int) {
        self.reserve(count)
        for index in 0..<count {
            let sextet = UInt8(truncatingIfNeeded: group >> UInt32(18 - 6 * index)) & 63
            self.put(Self.base64Letter(sextet))
        }
    }

    // MARK: - The room

    /// Makes sure that as many bytes fit.
    private mutating func reserve(_ count: Int) {
        if self.used &+ count > Self.roomBytes { self.flush() }
    }

    /// Writes a byte for which there is room.
    private mutating func put(_ byte: UInt8) {
        unsafe self.room[self.used] = byte
        self.used &+= 1
    }

    /// Writes bytes for which there is room.
    private mutating func copy(_ bytes: UnsafePointer<UInt8>, _ count: Int) {
        unsafe (self.room + self.used).update(from: bytes, count: count)
        self.used &+= count
    }

    private mutating func flush() {
        if !self.hasFlushed {
            self.hasFlushed = true
            unsafe self.room[0] = UInt8(ascii: "{")
        }
        unsafe self.list.append(contentsOf: UnsafeBufferPointer(start: self.room, count: self.used))
        self.used = 0
    }

    private static func digit(_ nibble: UInt8) -> UInt8 {
        nibble < 10 ? nibble + UInt8(ascii: "0") : nibble - 10 + UInt8(ascii: "a")
    }

    private static func base64Letter(_ sextet: UInt8) -> UInt8 {
        switch sextet {
        case 0..<26: sextet + UInt8(ascii: "A")
        case 26..<52: sextet - 26 + UInt8(ascii: "a")
        case 52..<62: sextet - 52 + UInt8(ascii: "0")
        case 62: UInt8(ascii: "+")
        default: UInt8(ascii: "/")
        }
    }
}
