import NIOCore
import Testing
import WebSocketWire

@Suite struct HeadDecoderTests {
    private static let good = HandshakeTests.good

    @Test("damaged heads never trap: they end in a head, a violation or a wait")
    func fuzz() {
        var state: UInt64 = 0xD1B5_4A32_D192_ED03
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        let spices: [UInt8] = [0x0D, 0x0A, 0x20, 0x3A, 0x2C, 0x00, 0x09, 0x7F, 0x80, 0xC3, 0xFF]
        var outcomes: Set<String> = []
        for round in 0..<2_000 {
            let isRequest = round % 2 == 0
            var bytes = Array(
                (isRequest ? Self.good : "HTTP/1.1 101 Ok\r\nUpgrade: websocket\r\nA: b\r\n\r\n")
                    .utf8
            )
            for _ in 0..<next(3) {
                let at = next(bytes.count)
                switch next(3) {
                case 0: bytes[at] = spices[next(spices.count)]
                case 1: bytes.remove(at: at)
                default: bytes.insert(UInt8(next(256)), at: at)
                }
            }
            let split = next(bytes.count)
            let parts = [ByteBuffer(bytes: bytes[..<split]), ByteBuffer(bytes: bytes[split...])]
            do {
                outcomes.insert(
                    try isRequest ? Self.readRequest(parts) : Self.readResponse(parts)
                )
            } catch { outcomes.insert("violation") }
            _ = try? WebSocketURL("ws://" + String(decoding: bytes.prefix(40), as: UTF8.self))
        }
        #expect(outcomes == ["head", "wait", "violation"])
    }

    private static func readRequest(_ parts: [ByteBuffer]) throws -> String {
        var decoder = RequestDecoder()
        for part in parts {
            decoder.append(part)
            guard let head = try decoder.next() else { continue }
            _ = try Handshake.check(head)
            return "head"
        }
        return "wait"
    }

    private static func readResponse(_ parts: [ByteBuffer]) throws -> String {
        var decoder = ResponseDecoder()
        for part in parts {
            decoder.append(part)
            if let head = try decoder.next() {
                _ = try? Handshake.verify(head, key: "", offered: [])
                return "head"
            }
        }
        return "wait"
    }

    @Test("pipelined requests with bodies come out in order, at any chunk size")
    func pipelined() throws {
        let one = "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc"
        let bytes = Array(String(repeating: one, count: 50).utf8)
        for size in [1, 2, 7, 61, 4_096] {
            var decoder = RequestDecoder()
            var pending: RequestHead?
            var bodies = 0
            for start in stride(from: 0, to: bytes.count, by: size) {
                decoder.append(ByteBuffer(bytes: bytes[start..<min(start + size, bytes.count)]))
                while true {
                    if pending == nil { pending = try decoder.next() }
                    guard pending != nil, let body = decoder.takeBody(3) else { break }
                    #expect(body == ByteBuffer(string: "abc"))
                    bodies += 1
                    pending = nil
                }
            }
            #expect(bodies == 50)
            #expect(decoder.bufferedBytes == 0)
        }
    }

    @Test("a negative body length takes nothing")
    func negativeBody() {
        var decoder = RequestDecoder()
        decoder.append(ByteBuffer(string: "abc"))
        #expect(decoder.takeBody(-1) == nil)
    }

    @Test(
        "a response that is no HTTP/1.1 head is a 502, whatever is wrong with it",
        arguments: [
            "hello\r\n\r\n", "HTTP/2 200 OK\r\n\r\n", "HTTP/1.1 999 X\r\n\r\n",
            "HTTP/1.1 200 OK\nA: b\n\n", "HTTP/1.1 200 OK\r\nA\r\n\r\n", "\u{16}\u{3}\u{1}",
        ]
    )
    func badResponse(_ text: String) {
        var decoder = ResponseDecoder()
        decoder.append(ByteBuffer(string: text))
        let violation = #expect(throws: HTTPViolation.self) { try decoder.next() }
        #expect(violation?.status == 502)
    }

    @Test("a written response has one length and no line that was not asked for")
    func writer() throws {
        let headers = [
            HTTPHeader(name: "Content-Length", value: "9"),
            HTTPHeader(name: "transfer-encoding", value: "chunked"),
            HTTPHeader(name: "X", value: "a\r\nSet-Cookie: b"),
            HTTPHeader(name: "Y\r\nZ", value: "c"),
            HTTPHeader(name: "Content-Type", value: "text/plain"),
        ]
        let bytes = HTTPResponseWriter.response(
            status: 200,
            headers: headers,
            body: ByteBuffer(string: "hi"),
            closes: true
        )
        #expect(
            String(buffer: bytes)
                == "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi"
        )
        let empty = HTTPResponseWriter.response(
            status: 204,
            headers: [],
            body: ByteBuffer(string: "hi"),
            closes: false
        )
        #expect(String(buffer: empty) == "HTTP/1.1 204 No Content\r\n\r\n")
        var response = ResponseDecoder()
        response.append(bytes)
        #expect(try response.next()?.tokens("connection") == ["close"])
        #expect(response.takeBody(2) == ByteBuffer(string: "hi"))
    }

    @Test(
        "Base64 is padded as RFC 4648 §10 has it",
        arguments: [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
        ]
    )
    func base64(_ plain: String, _ encoded: String) {
        #expect(Base64.encode(plain.utf8) == encoded)
    }
}
