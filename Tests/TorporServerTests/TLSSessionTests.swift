import NIOCore
import Testing

@testable import TorporServer

@Suite("Two TLS sessions joined in memory")
struct TLSSessionTests {
    @Test(
        "a handshake and a conversation cut into pieces of any size come out the same",
        arguments: [1, 2, 3, 5, 7, 16, 61, 256, 1_000, 16_384, Int.max]
    )
    func anyCut(piece: Int) throws {
        let files = try TLSFiles()
        defer { files.remove() }
        let pair = TLSPair(try files.client(), try files.server())
        pair.run(piece: piece)
        #expect(pair.client.isOpen && pair.server.isOpen)
        var sentByClient = ByteBuffer()
        var sentByServer = ByteBuffer()
        for size in [1, 100, 16_383, 16_384, 16_385, 100_000] {
            let bytes = ByteBuffer(bytes: (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) })
            pair.client.write(bytes)
            pair.server.write(bytes)
            sentByClient.writeImmutableBuffer(bytes)
            sentByServer.writeImmutableBuffer(bytes)
            if size % 2 == 0 { pair.run(piece: piece) }
        }
        pair.run(piece: piece)
        #expect(pair.serverGot == sentByClient)
        #expect(pair.clientGot == sentByServer)
    }

    @Test("a record cut in two at any byte gives its plaintext once, with the second half")
    func everySplit() throws {
        let files = try TLSFiles()
        defer { files.remove() }
        let pair = TLSPair(try files.client(), try files.server())
        pair.run()
        let words = ByteBuffer(string: "one message of the service")
        var cut = 1
        var length = 2
        while cut < length {
            pair.client.write(words)
            var first = try #require(pair.client.pull())
            length = first.readableBytes
            let head = first.readSlice(length: cut) ?? ByteBuffer()
            #expect(pair.server.feed(head) == nil)
            #expect(pair.server.feed(first) == words)
            cut += 1
        }
        #expect(cut > words.readableBytes)
    }

    @Test("the server chooses by its own order; a client that offers nothing is taken")
    func agreed() throws {
        let files = try TLSFiles()
        defer { files.remove() }
        let server = try files.server(alpn: ["h2", "http/1.1"])
        for (offered, wanted) in [
            (["http/1.1", "h2"], "h2"), (["http/1.1"], "http/1.1"), ([], nil),
        ] as [([String], String?)] {
            let pair = TLSPair(try files.client(alpn: offered), server)
            pair.run()
            #expect(pair.client.isOpen && pair.server.isOpen)
            #expect(pair.client.agreedProtocol == wanted)
            #expect(pair.server.agreedProtocol == wanted)
        }
    }

    @Test("no protocol in common ends the handshake on both sides")
    func disagreed() throws {
        let files = try TLSFiles()
        defer { files.remove() }
        let pair = TLSPair(try files.client(alpn: ["h2"]), try files.server(alpn: ["http/1.1"]))
        pair.run()
        #expect(pair.server.failure?.description.contains("no application protocol") == true)
        #expect(pair.client.failure?.description.contains("no application protocol") == true)
        // A server without ALPN lets any client in; one that needs h2 does not go on.
        let silent = TLSPair(try files.client(alpn: ["h2"]), try files.server())
        silent.run()
        #expect(silent.client.failure?.description.contains("did not agree to speak h2") == true)
        #expect(!silent.client.isOpen)
    }

    @Test(
        "a certificate is for the names and addresses in it and no others",
        arguments: [
            ("localhost", true), ("127.0.0.1", true), ("::1", true), ("a.example", true),
            ("b.example", false), ("a.b.example", false), ("127.0.0.2", false), ("::2", false),
            ("LOCALHOST", true),
        ]
    )
    func names(name: String, isRight: Bool) throws {
        let files = try TLSFiles(hosts: ["localhost", "127.0.0.1", "::1", "a.example"])
        defer { files.remove() }
        let pair = TLSPair(try files.client(), try files.server(), name: name)
        pair.run()
        #expect(pair.client.isOpen == isRight)
        guard !isRight else { return }
        let words = try #require(pair.client.failure).description
        #expect(words.contains("mismatch") && words.contains("not for \(name)"), "\(words)")
        #expect(pair.server.failure != nil)
    }

    @Test("an expired, a coming and a foreign certificate are refused, each with its reason")
    func refused() throws {
        let good = try TLSFiles()
        let old = try TLSFiles(validity: .init(from: -7_200, until: -3_600))
        let coming = try TLSFiles(validity: .init(from: 3_600, until: 7_200))
        defer { for files in [good, old, coming] { files.remove() } }
        let cases = [
            (old, old, "certificate has expired"), (coming, coming, "is not yet valid"),
            (old, good, "in certificate chain; give --ca FILE or --insecure"),
        ]
        for (trusted, shown, reason) in cases {
            let pair = TLSPair(try trusted.client(), try shown.server())
            pair.run()
            let words = try #require(pair.client.failure).description
            #expect(words.hasPrefix("certificate verify failed: ") && words.contains(reason))
            #expect(pair.server.failure?.description.contains("alert") == true)
            // Who checks nothing gets through to all of them, whatever their names.
            let blind = try TLSContext.client(trust: TLSTrust(isInsecure: true), alpn: [])
            let open = TLSPair(blind, try shown.server(), name: "elsewhere.example")
            open.run()
            #expect(open.client.isOpen && open.server.isOpen)
        }
        let system = try TLSContext.client(trust: TLSTrust(), alpn: [])
        let unknown = TLSPair(system, try good.server())
        unknown.run()
        #expect(unknown.client.failure?.kind == .handshake)
    }

    @Test("what was written before a close arrives, then the end; nothing after it")
    func closing() throws {
        let files = try TLSFiles()
        defer { files.remove() }
        let pair = TLSPair(try files.client(), try files.server())
        pair.run()
        pair.client.write(ByteBuffer(string: "last"))
        pair.client.close()
        pair.client.write(ByteBuffer(string: "too late"))
        pair.run()
        #expect(String(buffer: pair.serverGot) == "last")
        #expect(pair.server.peerHasClosed && !pair.server.hasClosed)
        // The other direction is still open.
        pair.server.write(ByteBuffer(string: "answer"))
        pair.server.close()
        pair.run()
        #expect(String(buffer: pair.clientGot) == "answer")
        #expect(pair.client.peerHasClosed && pair.client.failure == nil)
    }

    @Test("a peer without TLS is told apart from a broken one")
    func noTLS() throws {
        let files = try TLSFiles()
        defer { files.remove() }
        func server(_ text: String) throws -> TLSFailure? {
            let session = TLSSession(context: try files.server())
            session.start()
            _ = session.feed(ByteBuffer(string: text))
            return session.failure
        }
        #expect(try server("GET / HTTP/1.1\r\n\r\n")?.kind == .plainHTTP)
        #expect(try server("what is this? no idea")?.kind == .handshake)
        let client = TLSSession(context: try files.client(), serverName: "localhost")
        client.start()
        _ = client.feed(ByteBuffer(string: "HTTP/1.1 400 Bad Request\r\n\r\n"))
        let words = try #require(client.failure).description
        #expect(words.contains("does not speak TLS"), "\(words)")
        // A record changed on the way ends the session, and the plaintext before it still comes.
        let pair = TLSPair(try files.client(), try files.server())
        pair.run()
        pair.client.write(ByteBuffer(string: "good"))
        let good = try #require(pair.client.pull())
        pair.client.write(ByteBuffer(string: "bad"))
        var both = good
        both.writeImmutableBuffer(try #require(pair.client.pull()))
        both.setInteger(0xFF as UInt8, at: both.writerIndex - 1)
        both.setInteger(0xFF as UInt8, at: both.writerIndex - 2)
        #expect(pair.server.feed(both).map { String(buffer: $0) } == "good")
        #expect(pair.server.failure != nil && !pair.server.isOpen)
    }

    @Test("files that cannot be used are named, with what is wrong")
    func files() throws {
        let files = try TLSFiles()
        let other = try TLSFiles()
        defer { for files in [files, other] { files.remove() } }
        func words(_ certificate: String, _ key: String) -> String {
            do throws(TLSFailure) {
                _ = try TLSContext.server(certificate: certificate, key: key, alpn: [])
                return "taken"
            } catch {
                return error.description
            }
        }
        #expect(words(files.certificate, files.key) == "taken")
        #expect(words("/none.pem", files.key).hasSuffix("/none.pem: no such file or directory"))
        #expect(words(files.certificate, "/none.pem").contains("cannot read the key file /none"))
        #expect(words(files.key, files.key).contains("no usable certificate"))
        #expect(words(files.certificate, files.authority).contains("no usable private key"))
        #expect(words(files.certificate, other.key).contains("does not belong to the certificate"))
        #expect(throws: TLSFailure.self) {
            _ = try TLSContext.client(trust: TLSTrust(caFile: files.key), alpn: [])
        }
        #expect(throws: TLSFailure.self) {
            _ = try TLSContext.client(trust: TLSTrust(caFile: "/none.pem"), alpn: [])
        }
    }
}
