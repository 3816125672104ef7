import NIOCore
import Testing
import WebSocketWire

@Suite struct HandshakeTests {
    static let good = """
        GET /chat HTTP/1.1\r\nHost: server.example.com\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: chat, superchat\r
        Sec-WebSocket-Version: 13\r\n\r\n
        """

    private func head(_ text: String) throws -> RequestHead? {
        var decoder = RequestDecoder()
        decoder.append(ByteBuffer(string: text))
        return try decoder.next()
    }

    private func status(_ text: String) -> Int? {
        do {
            guard let head = try self.head(text) else { return nil }
            _ = try Handshake.check(head)
            return 101
        } catch let violation as HTTPViolation { return violation.status } catch { return -1 }
    }

    @Test("RFC 6455 §1.3: the sample key has the sample answer")
    func sampleKey() {
        #expect(
            Handshake.acceptValue(key: "dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
        )
    }

    @Test("a good request is read the same at any split, and what follows stays")
    func splits() throws {
        let bytes = Array(Self.good.utf8)
        for split in 0...bytes.count {
            var decoder = RequestDecoder()
            decoder.append(ByteBuffer(bytes: bytes[..<split]))
            var head = try decoder.next()
            if split < bytes.count { #expect(head == nil) }
            decoder.append(ByteBuffer(bytes: bytes[split...] + [0x81, 0x80]))
            if head == nil { head = try decoder.next() }
            let found = try #require(head)
            #expect(found.target == "/chat")
            #expect(try Handshake.check(found).subprotocols == ["chat", "superchat"])
            #expect(decoder.takeRest() == ByteBuffer(bytes: [0x81, 0x80]))
        }
    }

    @Test("a request that is not right gets the status that says how")
    func refusals() {
        #expect(self.status(Self.good) == 101)
        #expect(self.status(Self.good.replacing("GET", with: "POST")) == 405)
        #expect(self.status(Self.good.replacing("Version: 13", with: "Version: 8")) == 426)
        #expect(self.status(Self.good.replacing("keep-alive, Upgrade", with: "close")) == 400)
        #expect(self.status(Self.good.replacing("bXBsZSBub25jZQ==", with: "bXBs")) == 400)
        #expect(self.status(Self.good.replacing("HTTP/1.1", with: "HTTP/2.0")) == 505)
        #expect(self.status(Self.good.replacing("Host: server.example.com\r\n", with: "")) == 400)
        #expect(self.status("hello there\r\n\r\n") == 400)
        #expect(self.status(Self.good.replacing("HTTP/1.1", with: "HTTP/1.0")) == 505)
        #expect(self.status(Self.good.replacing("/chat", with: "/ch\u{E4}t")) == 400)
        #expect(self.status(Self.good.replacing("chat, superchat", with: "a b")) == 400)
        for twice in [
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13",
            "Content-Length: 5",
        ] {
            #expect(
                self.status(
                    Self.good.replacing(
                        "Upgrade: websocket",
                        with: "Upgrade: websocket\r\n" + twice
                    )
                )
                    == 400,
                "\(twice)"
            )
        }
        #expect(
            self.status(
                "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 9999999999999999999999\r\n\r\n"
            ) == 413
        )
        #expect(self.status("GET / HTTP/1.1\nHost: a\n\n") == 400)
        #expect(self.status("GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n") == 400)
        #expect(self.status("GET / HTTP/1.1\r\nHost : a\r\n\r\n") == 400)
        #expect(
            self.status("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n") == 501
        )
        #expect(
            self.status(
                "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"
            ) == 400
        )
        #expect(self.status("GET / HTTP/1.1\r\nHost: a\r\nX: \u{0}\r\n\r\n") == 400)
        #expect(
            self.status("GET /\(String(repeating: "a", count: 9_000)) HTTP/1.1\r\nHost: a\r\n\r\n")
                == 414
        )
        let many = (0..<10_000).map { "X-\($0): y\r\n" }.joined()
        #expect(self.status("GET / HTTP/1.1\r\nHost: a\r\n\(many)\r\n") == 431)
        #expect(
            self.status(
                "GET / HTTP/1.1\r\nHost: a\r\nX: \(String(repeating: "y", count: 70_000))\r\n\r\n"
            ) == 431
        )
        // Half a head and nothing more is no violation: the edge's time-out ends it.
        #expect(self.status("GET / HTTP/1.1\r\nHost: a") == nil)
    }

    @Test("the client's own request and the server's own answer agree")
    func bothSides() throws {
        let key = "AAAAAAAAAAAAAAAAAAAAAA=="
        var request = RequestDecoder()
        request.append(
            Handshake.request(
                host: "h:1",
                target: "/websocket?q=1",
                key: key,
                subprotocols: ["a", "b"],
                headers: [HTTPHeader(name: "torpor-client", value: "1")]
            )
        )
        let head = try #require(try request.next())
        #expect(Handshake.isUpgrade(head))
        #expect(head.first("torpor-client") == "1")
        let upgrade = try Handshake.check(head)
        var response = ResponseDecoder()
        response.append(Handshake.response(key: upgrade.key, subprotocol: "b", headers: []))
        let answer = try #require(try response.next())
        #expect(try Handshake.verify(answer, key: key, offered: ["a", "b"]) == "b")
        #expect(throws: HTTPViolation.self) {
            try Handshake.verify(answer, key: key, offered: ["a"])
        }
        #expect(throws: HTTPViolation.self) {
            try Handshake.verify(answer, key: "BAAAAAAAAAAAAAAAAAAAAA==", offered: ["b"])
        }
    }

    @Test(
        "addresses",
        arguments: [
            ("ws://h", "h", 80, "/"), ("ws://127.0.0.1:8080/a?b=c", "127.0.0.1", 8080, "/a?b=c"),
            ("wss://h/x", "h", 443, "/x"), ("ws://[::1]:9/", "::1", 9, "/"),
            ("WS://h?x", "h", 80, "/?x"),
        ]
    )
    func addresses(_ text: String, _ host: String, _ port: Int, _ target: String) throws {
        let url = try WebSocketURL(text)
        #expect(url.host == host)
        #expect(url.port == port)
        #expect(url.target == target)
    }

    @Test(
        "what is no address is refused",
        arguments: [
            "http://h", "ws://", "ws://h:0", "ws://h:x", "ws://[::1", "ws://h/#a", "ws://h/ b",
            "ws://[::1]x80", "ws://h:+80", "ws://a:b:80", "ws://u@h", "ws://[h]", "ws://h:65536",
            "ws://h/\u{E9}",
        ]
    )
    func notAddresses(_ text: String) {
        #expect(throws: HTTPViolation.self) { try WebSocketURL(text) }
    }
}
