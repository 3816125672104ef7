import NIOCore
import Testing
import WebSocketWire

@Suite struct FrameDecoderTests {
    /// RFC 6455 §5.7, and a frame of each length form.
    static let vectors: [(name: String, bytes: [UInt8], opcode: UInt8, payload: [UInt8])] = [
        ("unmasked text", [0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f], 1, Array("Hello".utf8)),
        (
            "masked text",
            [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58], 1,
            Array("Hello".utf8)
        ),
        ("fragment", [0x01, 0x03, 0x48, 0x65, 0x6c], 1, Array("Hel".utf8)),
        ("continuation", [0x80, 0x02, 0x6c, 0x6f], 0, Array("lo".utf8)),
        ("ping", [0x89, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f], 9, Array("Hello".utf8)),
        (
            "masked pong",
            [0x8a, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58], 10,
            Array("Hello".utf8)
        ),
        (
            "256 bytes", [0x82, 0x7E, 0x01, 0x00] + [UInt8](repeating: 7, count: 256), 2,
            [UInt8](repeating: 7, count: 256)
        ),
        (
            "64 KiB", [0x82, 0x7F, 0, 0, 0, 0, 0, 1, 0, 0] + [UInt8](repeating: 9, count: 65_536),
            2,
            [UInt8](repeating: 9, count: 65_536)
        ),
    ]

    @Test("a frame split at any byte decodes the same", arguments: vectors.indices)
    func splitAnywhere(_ index: Int) throws {
        let vector = Self.vectors[index]
        let splits =
            vector.bytes.count < 300 ? Array(0...vector.bytes.count) : [0, 1, 2, 9, 10, 11, 70]
        for split in splits {
            var decoder = FrameDecoder(payloadMax: 1 << 20)
            decoder.append(ByteBuffer(bytes: vector.bytes[..<split]))
            var frame = try decoder.next()
            if split < vector.bytes.count {
                #expect(frame == nil)
                decoder.append(ByteBuffer(bytes: vector.bytes[split...]))
                frame = try decoder.next()
            }
            var found = try #require(frame)
            #expect(found.opcode == vector.opcode)
            #expect(found.wireLength == vector.bytes.count)
            #expect(found.fin == (vector.bytes[0] & 0x80 != 0))
            found.unmask()
            #expect(found.payload == ByteBuffer(bytes: vector.payload))
            #expect(try decoder.next() == nil)
            #expect(decoder.bufferedBytes == 0)
        }
    }

    @Test("every frame of a run of them comes out, byte by byte")
    func dripFeed() throws {
        var decoder = FrameDecoder(payloadMax: 1 << 20)
        var found: [UInt8] = []
        for byte in Self.vectors.flatMap(\.bytes) {
            decoder.append(ByteBuffer(bytes: [byte]))
            while let frame = try decoder.next() { found.append(frame.opcode) }
        }
        #expect(found == Self.vectors.map(\.opcode))
    }

    @Test(
        "a header that cannot be legal is refused before its payload comes",
        arguments: [
            ([0x82, 0x7E, 0x00, 0x7D], 1002),
            ([0x82, 0x7F, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF], 1002),
            ([0x82, 0x7F, 0x80, 0, 0, 0, 0, 0, 0, 0], 1002),
            ([0x89, 0x7E, 0x00, 0x7E], 1002),
            ([0x82, 0x7E, 0x10, 0x00], 1009),
            ([0x82, 0x7F, 0x7F, 0, 0, 0, 0, 0, 0, 0], 1009),
        ] as [([UInt8], UInt16)]
    )
    func illegal(_ bytes: [UInt8], _ code: UInt16) {
        var decoder = FrameDecoder(payloadMax: 1024)
        decoder.append(ByteBuffer(bytes: bytes))
        let violation = #expect(throws: WireViolation.self) { try decoder.next() }
        #expect(violation?.closeCode == code)
    }

    @Test(
        "what the encoder writes the decoder reads",
        arguments: [0, 1, 125, 126, 127, 65_535, 65_536, 70_001]
    )
    func roundTrip(_ length: Int) throws {
        let payload = ByteBuffer(bytes: (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 31) })
        for key in [nil, 0, 0x37FA_213D, UInt32.max] as [UInt32?] {
            var out = ByteBuffer()
            FrameEncoder.encode(
                opcode: 2,
                fin: false,
                rsv: 5,
                maskKey: key,
                payload: payload,
                into: &out
            )
            var decoder = FrameDecoder(payloadMax: 1 << 20)
            decoder.append(out)
            var frame = try #require(try decoder.next())
            #expect(frame.rsv == 5)
            #expect(!frame.fin)
            #expect(frame.maskKey == key)
            frame.unmask()
            #expect(frame.payload == payload)
        }
    }

    @Test("masking is byte i with key byte i mod 4, for every frame of one buffer")
    func maskedRun() throws {
        let key: [UInt8] = [0xA1, 0x02, 0xF3, 0x74]
        var out = ByteBuffer()
        var expected: [UInt8] = []
        for length in 0..<40 {
            let payload = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ length) }
            let shared = ByteBuffer(bytes: payload)
            FrameEncoder.encode(opcode: 2, maskKey: 0xA102_F374, payload: shared, into: &out)
            #expect(shared == ByteBuffer(bytes: payload))
            expected += [0x82, 0x80 | UInt8(length)] + key
            expected += payload.enumerated().map { $0.element ^ key[$0.offset % 4] }
        }
        #expect(out == ByteBuffer(bytes: expected))
    }

    @Test("random bytes never trap: they end in frames, a violation or a wait")
    func fuzz() {
        var state: UInt64 = 0x9E37_79B9_7F4A_7C15
        func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state >> 33
        }
        var outcomes: Set<String> = []
        for _ in 0..<3_000 {
            var decoder = FrameDecoder(payloadMax: 200)
            var assembler = MessageAssembler(
                role: next() % 2 == 0 ? .server : .client,
                messageMax: 300
            )
            for _ in 0..<12 {
                decoder.append(
                    ByteBuffer(
                        bytes: (0..<Int(next() % 24)).map { _ in UInt8(truncatingIfNeeded: next()) }
                    )
                )
                do {
                    while let frame = try decoder.next() {
                        outcomes.insert("frame")
                        if try assembler.receive(frame) != nil { outcomes.insert("message") }
                    }
                } catch {
                    outcomes.insert("violation")
                    break
                }
                #expect(decoder.bufferedBytes <= 12 * 24)
            }
        }
        #expect(outcomes == ["frame", "message", "violation"])
    }
}
