import FramePath
import NIOCore
import Testing
import WebSocketWire

@Suite struct MessageAssemblerTests {
    private func frame(
        _ opcode: UInt8,
        _ payload: [UInt8],
        fin: Bool = true,
        rsv: UInt8 = 0,
        mask: UInt32? = 0x0102_0304
    ) throws -> Frame {
        var out = ByteBuffer()
        FrameEncoder.encode(
            opcode: opcode,
            fin: fin,
            rsv: rsv,
            maskKey: mask,
            payload: ByteBuffer(bytes: payload),
            into: &out
        )
        var decoder = FrameDecoder(payloadMax: 1 << 20)
        decoder.append(out)
        return try #require(try decoder.next())
    }

    private func code(
        _ frames: [Frame],
        role: MessageAssembler.Role = .server,
        max: Int = 1 << 20
    ) -> UInt16? {
        var assembler = MessageAssembler(role: role, messageMax: max)
        do {
            for frame in frames { _ = try assembler.receive(frame) }
            return nil
        } catch { return error.closeCode }
    }

    @Test("control frames pass between the fragments of a message")
    func controlBetweenFragments() throws {
        var assembler = MessageAssembler(role: .server)
        #expect(try assembler.receive(self.frame(1, Array("Hel".utf8), fin: false)) == nil)
        #expect(try assembler.receive(self.frame(9, [1, 2])) == .ping(ByteBuffer(bytes: [1, 2])))
        #expect(try assembler.receive(self.frame(0, Array("lo".utf8), fin: false)) == nil)
        #expect(try assembler.receive(self.frame(10, [])) == .pong(ByteBuffer()))
        #expect(
            try assembler.receive(self.frame(0, []))
                == .message(kind: .text, payload: ByteBuffer(string: "Hello"), fragments: 3)
        )
        #expect(
            try assembler.receive(self.frame(2, [0xFF]))
                == .message(kind: .binary, payload: ByteBuffer(bytes: [0xFF]), fragments: 1)
        )
    }

    @Test("what the protocol forbids fails with its code")
    func forbidden() throws {
        #expect(try self.code([self.frame(1, [0x41], mask: nil)]) == 1002)
        #expect(try self.code([self.frame(1, [0x41])], role: .client) == 1002)
        #expect(try self.code([self.frame(1, [0x41], rsv: 4)]) == 1002)
        #expect(try self.code([self.frame(3, [])]) == 1002)
        #expect(try self.code([self.frame(0xB, [])]) == 1002)
        #expect(try self.code([self.frame(0, [])]) == 1002)
        #expect(try self.code([self.frame(1, [], fin: false), self.frame(2, [])]) == 1002)
        #expect(try self.code([self.frame(9, [], fin: false)]) == 1002)
        #expect(try self.code([self.frame(2, [1, 2, 3])], max: 2) == 1009)
        #expect(
            try self.code([self.frame(2, [1, 2], fin: false), self.frame(0, [3])], max: 2) == 1009
        )
    }

    @Test("text that is not UTF-8 fails as soon as that is certain")
    func utf8() throws {
        let bad: [[UInt8]] = [
            [0x80], [0xC0, 0x80], [0xC1, 0xBF], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80],
            [0xF0, 0x80, 0x80, 0x80],
            [0xF4, 0x90, 0x80, 0x80], [0xF5], [0xFF], [0x41, 0xC3, 0x28],
            Array("12345678".utf8) + [0xFE],
        ]
        for bytes in bad {
            #expect(try self.code([self.frame(1, bytes, fin: false)]) == 1007, "\(bytes)")
        }
        // An unfinished character is only an error at the end of the message.
        #expect(try self.code([self.frame(1, [0xE2, 0x82])]) == 1007)
        #expect(try self.code([self.frame(1, [0xE2, 0x82], fin: false)]) == nil)
    }

    @Test("a text cut anywhere, also inside a character, comes out whole")
    func cutText() throws {
        let text = "κόσμε — 🌍 ascii tail 0123456789"
        let bytes = Array(text.utf8)
        for cut in 0...bytes.count {
            var assembler = MessageAssembler(role: .server)
            #expect(try assembler.receive(self.frame(1, Array(bytes[..<cut]), fin: false)) == nil)
            #expect(
                try assembler.receive(self.frame(0, Array(bytes[cut...])))
                    == .message(kind: .text, payload: ByteBuffer(string: text), fragments: 2)
            )
        }
    }

    @Test("Close payloads: codes that may be sent and codes that may not")
    func closeCodes() throws {
        for code in [1000, 1001, 1002, 1003, 1007, 1011, 1012, 1013, 1014, 3000, 4999] as [UInt16] {
            let payload = Array(ClosePayload.bytes(code: code, reason: "why").readableBytesView)
            #expect(payload.count == 5)
            var assembler = MessageAssembler(role: .server)
            #expect(
                try assembler.receive(self.frame(8, payload)) == .close(code: code, reason: "why")
            )
        }
        for code in [0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65_535] as [UInt16] {
            #expect(!ClosePayload.isSendable(code))
            #expect(ClosePayload.bytes(code: code, reason: "why").readableBytes == 0)
            #expect(try self.code([self.frame(8, [UInt8(code >> 8), UInt8(code & 0xFF)])]) == 1002)
        }
        #expect(try self.code([self.frame(8, [3])]) == 1002)
        #expect(try self.code([self.frame(8, [3, 0xE8, 0xFF])]) == 1007)
        var assembler = MessageAssembler(role: .server)
        #expect(try assembler.receive(self.frame(8, [])) == .close(code: nil, reason: ""))
    }

    @Test("a long reason is cut at 123 bytes, between characters")
    func longReason() {
        let bytes = ClosePayload.bytes(code: 1000, reason: String(repeating: "é", count: 100))
        #expect(bytes.readableBytes == 2 + 122)
    }
}
