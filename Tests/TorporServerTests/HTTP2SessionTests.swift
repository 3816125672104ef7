import NIOCore
import Testing

@testable import TorporServer

@Suite("Two HTTP/2 sessions joined in memory")
struct HTTP2SessionTests {
    @Test("the server announces extended CONNECT and the client sees it")
    func extendedConnect() throws {
        let pair = try Pair()
        try pair.run()
        #expect(pair.clientEvents.contains(.settingsReceived(extendedConnect: true)))
        #expect(pair.serverEvents.contains(.settingsReceived(extendedConnect: false)))
    }

    @Test("bytes pass both ways on a CONNECT stream and both ends are told apart from a reset")
    func stream() throws {
        let pair = try Pair()
        try pair.run()
        let stream = try pair.client.submitConnect(
            protocol: "torpor-link",
            path: "/",
            headers: [(name: "torpor-object", value: "room")]
        )
        pair.client.write(stream: stream, ByteBuffer(string: "early"))
        try pair.run()
        #expect(pair.head(of: stream)?.connectProtocol == "torpor-link")
        #expect(pair.head(of: stream)?.first("torpor-object") == "room")
        #expect(pair.serverEvents.contains(.data(stream: stream, ByteBuffer(string: "early"))))

        pair.server.submitResponse(stream: stream, status: 200, headers: [], body: nil)
        pair.server.write(stream: stream, ByteBuffer(string: "one"))
        try pair.run()
        pair.server.write(stream: stream, ByteBuffer(string: "two"))
        pair.server.end(stream: stream)
        pair.client.end(stream: stream)
        try pair.run()
        #expect(pair.clientBytes(stream) == "onetwo")
        #expect(pair.clientEvents.last == .endStream(stream: stream))
        #expect(pair.serverEvents.last == .endStream(stream: stream))
    }

    @Test("a reset reaches the peer with its code and nothing after it")
    func reset() throws {
        let pair = try Pair()
        let stream = try pair.client.submitConnect(protocol: "x", path: "/", headers: [])
        try pair.run()
        pair.server.reset(stream: stream, code: 8)
        try pair.run()
        #expect(pair.clientEvents.last == .reset(stream: stream, code: 8))
        pair.client.write(stream: stream, ByteBuffer(string: "late"))
        #expect(pair.client.queuedBytes == 0)
    }

    @Test("a request with a body gets its whole answer")
    func request() throws {
        let pair = try Pair()
        let stream = try pair.client.submitRequest(
            method: "POST",
            path: "/objects/a?x=1",
            authority: "here",
            headers: [(name: "accept", value: "*/*")],
            body: ByteBuffer(string: "question")
        )
        try pair.run()
        #expect(pair.head(of: stream)?.path == "/objects/a?x=1")
        #expect(pair.serverEvents.last == .endStream(stream: stream))
        pair.server.submitResponse(
            stream: stream,
            status: 418,
            headers: [(name: "x", value: "y")],
            body: ByteBuffer(string: "answer")
        )
        try pair.run()
        #expect(pair.clientBytes(stream) == "answer")
        #expect(pair.clientEvents.last == .endStream(stream: stream))
    }

    @Test("a stream whose bytes are not processed stops at its window while another goes on")
    func windows() throws {
        let pair = try Pair()
        pair.processes = false
        let slow = try pair.client.submitConnect(protocol: "x", path: "/", headers: [])
        let window = Int(HTTP2Session.Limits.streamWindowBytes)
        pair.client.write(stream: slow, ByteBuffer(repeating: 1, count: window + 5))
        try pair.run()
        #expect(pair.client.queuedBytes == 5)
        let other = try pair.client.submitConnect(protocol: "x", path: "/", headers: [])
        pair.client.write(stream: other, ByteBuffer(string: "still"))
        try pair.run()
        #expect(pair.serverEvents.last == .data(stream: other, ByteBuffer(string: "still")))
        pair.server.processed(stream: slow, bytes: window)
        try pair.run()
        #expect(pair.client.queuedBytes == 0)
    }

    @Test("more than the connection window passes when streams are processed")
    func large() throws {
        let pair = try Pair()
        let stream = try pair.client.submitConnect(protocol: "x", path: "/", headers: [])
        let total = 33 << 20
        pair.client.write(stream: stream, ByteBuffer(repeating: 7, count: total))
        pair.client.end(stream: stream)
        try pair.run()
        #expect(pair.serverReceived == total)
    }

    @Test("ten thousand streams are open at once and each can be reset")
    func manyStreams() throws {
        let pair = try Pair()
        try pair.run()
        var streams: [Int32] = []
        for _ in 0..<10_000 {
            streams.append(try pair.client.submitConnect(protocol: "x", path: "/", headers: []))
        }
        try pair.run()
        for stream in streams { pair.client.reset(stream: stream, code: 8) }
        try pair.run()
        let resets = pair.serverEvents.filter { if case .reset = $0 { true } else { false } }
        #expect(resets.count == 10_000)
    }

    @Test("garbage instead of a preface is an error")
    func garbage() throws {
        let server = try HTTP2Session(role: .server)
        #expect(throws: HTTP2Failure.self) {
            try server.feed(ByteBuffer(string: "GET / HTTP/1.1\r\nHost: x\r\n\r\n"))
        }
    }
}

/// A client and a server session whose bytes go straight to each other.
private final class Pair {
    let client: HTTP2Session
    let server: HTTP2Session
    var clientEvents: [HTTP2Event] = []
    var serverEvents: [HTTP2Event] = []
    var serverReceived = 0
    var processes = true

    init() throws {
        self.client = try HTTP2Session(role: .client)
        self.server = try HTTP2Session(role: .server)
    }

    func run() throws {
        var moved = true
        while moved {
            moved = false
            var bytes = ByteBuffer()
            if self.client.pull(into: &bytes) {
                moved = true
                try self.server.feed(bytes)
            }
            while let event = self.server.nextEvent() {
                self.serverEvents.append(event)
                guard case .data(let stream, let data) = event else { continue }
                self.serverReceived += data.readableBytes
                if self.processes {
                    self.server.processed(stream: stream, bytes: data.readableBytes)
                }
            }
            bytes.clear()
            if self.server.pull(into: &bytes) {
                moved = true
                try self.client.feed(bytes)
            }
            while let event = self.client.nextEvent() { self.clientEvents.append(event) }
        }
    }

    func head(of stream: Int32) -> HTTP2Head? {
        for case .headers(stream, let head, _) in self.serverEvents { return head }
        return nil
    }

    func clientBytes(_ stream: Int32) -> String {
        var text = ""
        for case .data(stream, let bytes) in self.clientEvents { text += String(buffer: bytes) }
        return text
    }
}
