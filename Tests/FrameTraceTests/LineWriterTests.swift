import FramePath
import Testing

@testable import FrameTrace

/// The writer gathers bytes in a small room; a line must not show where the room was full.
@Suite struct LineWriterTests {
    @Test(arguments: 0..<200)
    func linesAreTheSameAsByteAfterByte(seed: UInt64) {
        var dice = Dice(seed)
        var written = Array("before\n".utf8)
        var expected = written
        for _ in 0..<20 {
            let values = (0..<Int.random(in: 1...30, using: &dice)).map { _ in Value(&dice) }
            LineWriter.write(into: &written) { line in
                for value in values { value.write(&line) }
            }
            expected.append(UInt8(ascii: "{"))
            expected += values.map(\.bytes).joined(separator: [UInt8(ascii: ",")])
            expected += Array("}\n".utf8)
        }
        #expect(written == expected)
    }

    /// One key and its value, and what they come to when every byte is appended by itself.
    private enum Value {
        case number(UInt64)
        case negative(Int)
        case bool(Bool)
        case text([UInt8])
        case word(String)
        case texts([String])
        case hex(UInt64)
        case session(SessionID)
        case base64([UInt8])

        init(_ dice: inout Dice) {
            let magnitude = UInt64.random(in: 0...63, using: &dice)
            let number = UInt64.random(in: 0...(.max), using: &dice) >> magnitude
            let length =
                [0, 1, 7, 40, 511, 512, 513, 1_023, 1_024, 1_025, 5_000]
                .randomElement(using: &dice) ?? 0
            let plain = String(repeating: "w", count: length)
            switch Int.random(in: 0...8, using: &dice) {
            case 0: self = .number(number)
            case 1: self = .negative(-Int(number >> 1))
            case 2: self = .bool(number % 2 == 0)
            case 3:
                self = .text((0..<length).map { _ in UInt8.random(in: 0...255, using: &dice) })
            case 4: self = .word(plain)
            case 5: self = .texts(["", "\"a\\", plain])
            case 6: self = .hex(number)
            case 7: self = .session(SessionID(edge: number, number: UInt32(number >> 40)))
            default: self = .base64(Array(plain.utf8))
            }
        }

        func write(_ line: inout LineWriter) {
            switch self {
            case .number(let value): line.number("k", value)
            case .negative(let value): line.number("k", value)
            case .bool(let value): line.bool("k", value)
            case .text(let bytes):
                line.key("k")
                line.escaped(bytes)
            case .word(let text): line.word("k", text)
            case .texts(let texts): line.strings("k", texts)
            case .hex(let value): line.hex("k", value)
            case .session(let id): line.session("k", id)
            case .base64(let bytes): line.base64("k", bytes)
            }
        }

        var bytes: [UInt8] {
            let value: [UInt8] =
                switch self {
                case .number(let value): Array(String(value).utf8)
                case .negative(let value): Array(String(value).utf8)
                case .bool(let value): Array(String(value).utf8)
                case .text(let bytes): Self.quoted(bytes)
                case .word(let text): Self.quoted(Array(text.utf8))
                case .texts(let texts):
                    Array("[".utf8)
                        + texts.map { Self.quoted(Array($0.utf8)) }
                        .joined(separator: [UInt8(ascii: ",")]) + Array("]".utf8)
                case .hex(let value): Array("\"\(Self.hex(value))\"".utf8)
                case .session(let id): Array("\"\(id)\"".utf8)
                case .base64(let bytes): Array("\"\(Self.base64(bytes))\"".utf8)
                }
            return Array("\"k\":".utf8) + value
        }

        private static func hex(_ value: UInt64) -> String {
            let digits = String(value, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }

        /// Only for texts of `w`, whose groups of three are all `d3d3`.
        private static func base64(_ bytes: [UInt8]) -> String {
            let groups = String(repeating: "d3d3", count: bytes.count / 3)
            return groups + ["", "dw==", "d3c="][bytes.count % 3]
        }

        private static func quoted(_ bytes: [UInt8]) -> [UInt8] {
            var out = Array("\"".utf8)
            for byte in bytes {
                switch byte {
                case UInt8(ascii: "\""): out += Array(#"\""#.utf8)
                case UInt8(ascii: "\\"): out += Array(#"\\"#.utf8)
                case 0x0A: out += Array(#"\n"#.utf8)
                case 0x0D: out += Array(#"\r"#.utf8)
                case 0x09: out += Array(#"\t"#.utf8)
                case 0..<0x10: out += Array("\\u000\(String(byte, radix: 16))".utf8)
                case 0x10..<0x20: out += Array("\\u00\(String(byte, radix: 16))".utf8)
                default: out.append(byte)
                }
            }
            return out + Array("\"".utf8)
        }
    }

    /// SplitMix64: the same sequence in every run.
    private struct Dice: RandomNumberGenerator {
        private var state: UInt64
        init(_ seed: UInt64) { self.state = seed }

        mutating func next() -> UInt64 {
            self.state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = self.state
            mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
            return mixed ^ mixed >> 31
        }
    }
}
