import FramePath
import Testing

@testable import FrameTrace

@Suite("The trace reader")
struct TraceReaderTests {
    static let line = #"{"t":1,"n":2,"ev":"mark","msg":"a\u00e4\ud83d\ude00\n"}"#

    @Test("lines cut anywhere read the same")
    func cuts() {
        let bytes = Array((Self.line + "\n" + Self.line + "\n").utf8)
        for cut in 0...bytes.count {
            var reader = TraceReader()
            var rows: [TraceRow] = []
            for part in [bytes[..<cut], bytes[cut...]] {
                reader.append(part)
                while let row = reader.next() { rows.append(row) }
            }
            #expect(reader.finish() == nil)
            #expect(rows.map(\.msg) == ["aä😀\n", "aä😀\n"])
            #expect(reader.report.isWhole)
        }
    }

    @Test("a torn last line is dropped and its bytes told, at any cut")
    func torn() {
        let bytes = Array(Self.line.utf8)
        for cut in 1..<bytes.count {
            let read = TraceReader.read(bytes + [0x0A] + bytes[..<cut])
            #expect(read.rows.count == 1)
            #expect(read.report.tornBytes == cut)
        }
        #expect(TraceReader.read(bytes).rows.count == 1)
    }

    @Test(
        "garbage is dropped alone",
        arguments: [
            "x", "{", "[]", "{}", "null", "{\"t\":1}", "{\"ev\":\"mark\"", "{\"ev\":\"mark\"}}",
            "{\"ev\":mark}", "{\"ev\":\"mark\",\"t\":\"x\"}", "{\"ev\":\"mark\",}",
            "{\"ev\":\"mark\",\"t\":99999999999999999999}", "{\"ev\":\"a\u{1}b\"}",
            "{\"ev\":\"mark\",\"x\":" + String(repeating: "[", count: 40) + "}",
            "{\"ev\":\"\\x\"}", "{\"ev\":\"\\u12\"}", "\u{0}\u{0}\u{0}",
        ]
    )
    func garbage(line: String) {
        let read = TraceReader.read(Array((line + "\n" + Self.line + "\n").utf8))
        #expect(read.rows.count == 1)
        #expect(read.report.garbageLines == 1)
    }

    @Test("unknown keys and unknown kinds are kept out of the way")
    func unknown() {
        let text = #"{"ev":"new","x":{"y":[1,2.5e3,{"z":null}]},"n":3,"wake":-4}"# + "\n"
        let read = TraceReader.read(Array(text.utf8))
        #expect(read.rows.first?.ev == .other)
        #expect(read.rows.first?.n == 3)
        #expect(read.rows.first?.wake == nil)
    }

    @Test("a line past the bound is dropped without being held")
    func long() {
        var reader = TraceReader(lineMax: 100)
        for _ in 0..<50 {
            reader.append([UInt8](repeating: 0x61, count: 90))
            #expect(reader.next() == nil)
        }
        reader.append(Array(("\n" + Self.line + "\n").utf8))
        #expect(reader.next()?.msg != nil)
        #expect(reader.report.longLines == 1)
        #expect(reader.report.garbageLines == 0)
    }
}
