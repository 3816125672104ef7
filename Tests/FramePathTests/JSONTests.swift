import FramePath
import NIOCore
import Testing

@Suite struct JSONTests {
    private func scalar(_ pointer: String, _ text: String, scanMax: Int = 65_536) -> JSONScalar? {
        JSONPointer(pointer).flatMap {
            JSONBytes.scalar(at: $0, in: ByteBuffer(string: text), scanMax: scanMax)
        }
    }

    @Test("a pointer finds the scalar at its place")
    func lookup() {
        let text =
            #" { "a" : [1, {"b":"x"}, -2.5e3], "t":true, "n":null, "c/d":"é\n\ud83d\ude00" }"#
        #expect(self.scalar("/a/0", text) == .number("1"))
        #expect(self.scalar("/a/1/b", text) == .string("x"))
        #expect(self.scalar("/a/2", text) == .number("-2.5e3"))
        #expect(self.scalar("/t", text) == .bool(true))
        #expect(self.scalar("/n", text) == .null)
        #expect(self.scalar("/c~1d", text) == .string("é\n\u{1F600}"))
        #expect(self.scalar("/a", text) == nil)
        #expect(self.scalar("/a/3", text) == nil)
        #expect(self.scalar("/missing", text) == nil)
        #expect(self.scalar("", "\"whole\"") == .string("whole"))
    }

    @Test("an escaped key is the same key and the first of two wins")
    func keys() {
        #expect(self.scalar("/type", #"{"\u0074ype":"a","type":"b"}"#) == .string("a"))
    }

    @Test("nothing is found beyond the scan limit")
    func limit() {
        let text = #"{"pad":"0123456789","type":"a"}"#
        #expect(self.scalar("/type", text, scanMax: 20) == nil)
        #expect(self.scalar("/type", text, scanMax: 31) == .string("a"))
    }

    @Test(
        "what is not JSON on the way has no value",
        arguments: [
            "", "{", "{\"a\"", "{\"type\":", "{\"a\":tru,\"type\":1}", "{type:1}", "[1,2",
            "{\"a\":\"\n\",\"type\":1}", "{\"a\":01,\"type\":1}",
        ]
    )
    func malformed(text: String) {
        #expect(self.scalar("/type", text) == nil)
    }

    @Test("a document is accepted whole or not at all")
    func documents() {
        for good in ["{}", "[]", " 1 ", "\"\"", "{\"a\":[{},[null,false]]}", "-0.1E+2"] {
            #expect(JSONBytes.isDocument(ByteBuffer(string: good)), "\(good)")
        }
        for bad in ["", "{} x", "[1,]", "{,}", "01", "1.", "\"\\q\"", "nul", "{\"a\":1,}"] {
            #expect(!JSONBytes.isDocument(ByteBuffer(string: bad)), "\(bad)")
        }
        let deep = String(repeating: "[", count: 5_000)
        #expect(!JSONBytes.isDocument(ByteBuffer(string: deep)))
    }

    @Test("a pointer that RFC 6901 does not allow is refused, and others keep their form")
    func pointers() {
        #expect(JSONPointer("type") == nil)
        #expect(JSONPointer("/a~2") == nil)
        #expect(JSONPointer("/a~") == nil)
        for text in ["", "/", "/a/b", "/m~0n", "/a~1b/0"] {
            #expect(JSONPointer(text)?.description == text)
        }
    }

    @Test("the writer places commas and escapes")
    func writer() {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("a")
        writer.beginArray()
        writer.int(-1)
        writer.int(UInt64.max)
        writer.bool(true)
        writer.null()
        writer.beginObject()
        writer.endObject()
        writer.endArray()
        writer.key("q\"")
        writer.string("a\\\n\u{1}\u{1f}é")
        writer.key("r")
        writer.raw("[1]")
        writer.endObject()
        let wanted =
            #"{"a":[-1,18446744073709551615,true,null,{}],"q\"":"a\\\n\u0001\u001fé","r":[1]}"#
        #expect(writer.text == wanted)
        #expect(JSONBytes.isDocument(ByteBuffer(string: writer.text)))
    }
}
