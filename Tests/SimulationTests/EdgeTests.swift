import EdgeCore
import Faults
import FramePath
import FrameTrace
import NIOCore
import ObjectLink
import Testing
import WebSocketWire

@Suite("The edge alone")
struct EdgeTests {
    @Test("nothing is attached before the object server acknowledged the profile")
    func greeting() {
        let bench = EdgeBench(startsLink: false)
        bench.feed(.linkUp)
        let leg = bench.connect(1)
        bench.say(leg, EdgeBench.upgrade("/objects/room/websocket"))
        #expect(bench.opened.isEmpty)
        bench.feed(.control(.helloAck(version: 1)))
        #expect(bench.opened.count == 1)
    }

    @Test("an upgrade without an object server is answered 502 with the reason")
    func noLink() {
        let bench = EdgeBench(startsLink: false)
        bench.feed(.linkDown(reason: "connection refused"))
        let leg = bench.connect(1)
        bench.say(leg, EdgeBench.upgrade("/objects/room/websocket"))
        let answer = bench.text(leg)
        #expect(answer.hasPrefix("HTTP/1.1 502 "))
        #expect(answer.contains("connection refused"))
        #expect(bench.closed == [leg])
    }

    @Test("the 101 tells session and run only to those who ask")
    func torporHeaders() {
        let bench = EdgeBench()
        let plain = bench.connect(1)
        bench.say(plain, EdgeBench.upgrade("/objects/room/websocket"))
        bench.feed(.streamMessage(LinkStreamID(number: 1), bench.life(.fresh, 0)))
        bench.answerOpens()
        let ours = bench.connect(2)
        bench.say(ours, EdgeBench.upgrade("/objects/room/websocket", extra: "torpor-client: 1\r\n"))
        bench.answerOpens()
        let first = bench.text(plain)
        #expect(first.hasPrefix("HTTP/1.1 101 "))
        #expect(first.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="))
        #expect(!first.lowercased().contains("torpor"))
        let second = bench.text(ours)
        #expect(second.lowercased().contains("torpor-session: 0000000000000abc-2"))
        #expect(second.lowercased().contains("torpor-run: run-1"))
    }

    @Test("a connection that sends half a request gets 408 after ten seconds and is closed")
    func handshakeTimeout() {
        let bench = EdgeBench()
        let leg = bench.connect(1)
        bench.say(leg, "GET /objects/room/websocket HTTP/1.1\r\nHost: e\r\n")
        bench.advance(.seconds(9))
        #expect(bench.closed.isEmpty)
        bench.advance(.seconds(2))
        #expect(bench.text(leg).hasPrefix("HTTP/1.1 408 "))
        #expect(bench.closed == [leg])
    }

    @Test(
        "a bad request gets its status and a closed connection",
        arguments: [
            ("garbage\r\n\r\n", 400),
            ("GET /a HTTP/1.1\r\nHost: e\r\nTransfer-Encoding: chunked\r\n\r\n", 501),
            ("POST /a HTTP/1.1\r\nHost: e\r\n\r\n", 411),
            ("POST /a HTTP/1.1\r\nHost: e\r\nContent-Length: 2000000\r\n\r\n", 413),
            ("GET /\(String(repeating: "a", count: 9000)) HTTP/1.1\r\nHost: e\r\n\r\n", 414),
            (
                "GET / HTTP/1.1\r\nHost: e\r\n" + String(repeating: "a: b\r\n", count: 10_000)
                    + "\r\n", 431
            ),
        ]
    )
    func badRequests(request: String, status: Int) {
        let bench = EdgeBench()
        let leg = bench.connect(1)
        bench.say(leg, request)
        #expect(bench.text(leg).hasPrefix("HTTP/1.1 \(status) "))
        #expect(bench.closed == [leg])
    }

    @Test("a plain request is forwarded without hop-by-hop headers and its answer keeps the leg")
    func plainRequest() throws {
        let bench = EdgeBench()
        let leg = bench.connect(1)
        bench.say(
            leg,
            "POST /x?y HTTP/1.1\r\nHost: e\r\nContent-Length: 3\r\nX-A: 1\r\n"
                + "Connection: x-secret\r\nX-Secret: 2\r\n\r\nabc"
        )
        let request = try #require(bench.requests.first)
        #expect(request.target == "/x?y")
        #expect(String(buffer: request.body) == "abc")
        let names = request.headers.map { $0.name.lowercased() }
        #expect(names.contains("x-a"))
        #expect(!names.contains("x-secret") && !names.contains("connection"))
        #expect(
            request.headers.first { $0.name.lowercased() == "x-forwarded-for" }?.value
                == "192.0.2.7"
        )
        bench.feed(.response(request.id, status: 200, headers: [], body: ByteBuffer(string: "ok")))
        let answer = bench.text(leg)
        #expect(answer.hasPrefix("HTTP/1.1 200 ") && answer.hasSuffix("\r\n\r\nok"))
        bench.say(leg, "GET /again HTTP/1.1\r\nHost: e\r\n\r\n")
        #expect(bench.requests.count == 2)
        #expect(bench.closed.isEmpty)
    }

    @Test(
        "a broken frame closes its session with the right code and nobody else feels it",
        arguments: [
            Broken(name: "unmasked", opcode: Opcode.text, payload: [97], mask: nil, code: 1002),
            Broken(name: "reserved opcode", opcode: 3, payload: [], mask: 1, code: 1002),
            Broken(
                name: "long ping",
                opcode: Opcode.ping,
                payload: Array(repeating: 0, count: 126),
                mask: 1,
                code: 1002
            ),
            Broken(name: "UTF-8", opcode: Opcode.text, payload: [0xff, 0xfe], mask: 0, code: 1007),
            Broken(
                name: "too large",
                opcode: Opcode.binary,
                payload: Array(repeating: 1, count: 2000),
                mask: 1,
                code: 1009
            ),
            Broken(
                name: "close code",
                opcode: Opcode.close,
                payload: [0x03, 0xed],
                mask: 1,
                code: 1002
            ),
        ]
    )
    func violations(broken: Broken) throws {
        let bench = EdgeBench { $0.limits.messageBytesMax = 1000 }
        let other = bench.accepted(1)
        let bad = bench.accepted(2)
        bench.frame(bad, broken.opcode, ByteBuffer(bytes: broken.payload), mask: broken.mask)
        #expect(try bench.closeCodes(bad) == [broken.code])
        #expect(bench.closed == [bad])
        #expect(bench.sockets.contains(.violation))
        bench.frame(other, Opcode.ping, ByteBuffer(string: "p"))
        #expect(try bench.frames(other).map(\.opcode) == [Opcode.pong])
        bench.text(other, "still here")
        #expect(bench.delivered == ["still here"])
    }

    struct Broken: CustomTestStringConvertible, Sendable {
        var name: String
        var opcode: UInt8
        var payload: [UInt8]
        var mask: UInt32?
        var code: UInt16
        var testDescription: String { self.name }
    }

    @Test("a ping is answered with its payload and does not wake a sleeping object")
    func pingAsleep() throws {
        let bench = EdgeBench()
        let leg = bench.accepted(1)
        bench.sleep(LinkStreamID(number: 1), [EdgeBench.package(EdgeBench.first)])
        bench.frame(leg, Opcode.ping, ByteBuffer(string: "42"))
        let pong = try #require(try bench.frames(leg).first)
        #expect(pong.opcode == Opcode.pong && String(buffer: pong.payload) == "42")
        #expect(bench.opened.count == 1)
        let seen = bench.seen(.edgeRx, .toObject)
        #expect(seen.last?.message.phase == .hibernated)
        #expect(seen.last?.message.id.isControl == true)
    }

    @Test("the auto-response of a sleeping object comes from the edge, without a wake")
    func autoResponse() throws {
        let bench = EdgeBench()
        let leg = bench.accepted(1)
        bench.sleep(
            LinkStreamID(number: 1),
            [EdgeBench.package(EdgeBench.first)],
            auto: ("?", "!")
        )
        bench.text(leg, "?")
        #expect(try bench.frames(leg).map { String(buffer: $0.payload) } == ["!"])
        #expect(bench.opened.count == 1)
        bench.text(leg, "other")
        #expect(bench.opened.count == 2)
    }

    @Test("the barrier holds everything back, and what waited is sent in order after a cancel")
    func barrierCancel() {
        let bench = EdgeBench()
        let leg = bench.accepted(1)
        let stream = LinkStreamID(number: 1)
        bench.feed(.streamMessage(stream, .hibernateBegin))
        #expect(bench.sent.map(\.message) == [.hibernateReady])
        bench.text(leg, "a")
        bench.text(leg, "b")
        #expect(bench.delivered.isEmpty)
        bench.feed(.streamMessage(stream, .hibernateCancel))
        #expect(bench.delivered == ["a", "b"])
        #expect(
            bench.seen(.edgeRx, .toObject).map(\.message.phase) == [.hibernating, .hibernating]
        )
    }

    @Test("a message behind the barrier wakes the object at once with reason and packages")
    func barrierWake() {
        let bench = EdgeBench()
        let leg = bench.accepted(1)
        let stream = LinkStreamID(number: 1)
        var package = EdgeBench.package(EdgeBench.first)
        package.attachment = ByteBuffer(string: "{}")
        bench.feed(
            .streamMessage(
                stream,
                .attach(session: package.session, attachment: .init(string: "{}"))
            )
        )
        bench.feed(.streamMessage(stream, .hibernateBegin))
        bench.text(leg, "late")
        bench.feed(
            .streamMessage(
                stream,
                .hibernate(wake: 0, packages: [package], autoRequest: nil, autoResponse: nil)
            )
        )
        #expect(bench.endedStreams == [stream])
        #expect(bench.opened.count == 2)
        package.nextOrdinal = 1
        #expect(
            bench.sent.last?.message
                == .wake(reason: .text, highestWake: 0, packages: [package])
        )
        #expect(!bench.lives.contains(.packageDiffers))
        bench.feed(.streamMessage(LinkStreamID(number: 2), bench.life(.woken, 1)))
        #expect(bench.delivered == ["late"])
    }

    @Test("a package that differs from what the edge holds is traced and kept")
    func packageDiffers() {
        let bench = EdgeBench()
        let leg = bench.accepted(1)
        var package = EdgeBench.package(EdgeBench.first)
        package.attachment = ByteBuffer(string: "newer")
        bench.sleep(LinkStreamID(number: 1), [package])
        #expect(bench.lives.contains(.packageDiffers))
        bench.text(leg, "x")
        package.nextOrdinal = 1
        let wakes = bench.sent.map(\.message).filter { if case .wake = $0 { true } else { false } }
        #expect(wakes == [.wake(reason: .text, highestWake: 0, packages: [package])])
    }

    @Test(
        "a queue of a thousand messages is full: 1013 for who overflows it, and the client pauses"
    )
    func queueFull() throws {
        let bench = EdgeBench()
        let leg = bench.accepted(1)
        bench.sleep(LinkStreamID(number: 1), [EdgeBench.package(EdgeBench.first)])
        for number in 0..<1000 { bench.text(leg, String(number)) }
        #expect(bench.paused == [leg])
        #expect(try bench.closeCodes(leg).isEmpty)
        bench.text(leg, "one too many")
        #expect(try bench.closeCodes(leg) == [1013])
        #expect(bench.lives.contains(.queueFull))
    }

    @Test("a wake without a sign of life ends after thirty seconds with 1013")
    func wakeTimeout() throws {
        let bench = EdgeBench()
        let leg = bench.accepted(1)
        bench.sleep(LinkStreamID(number: 1), [EdgeBench.package(EdgeBench.first)])
        bench.text(leg, "anybody?")
        bench.advance(.seconds(29))
        #expect(try bench.closeCodes(leg).isEmpty)
        bench.advance(.seconds(2))
        #expect(try bench.closeCodes(leg) == [1013])
        #expect(bench.lives.contains(.wakeFailed))
        #expect(bench.resetStreams == [LinkStreamID(number: 2)])
    }

    @Test("a lost object server leaves sessions held and queued messages kept")
    func linkLoss() throws {
        let bench = EdgeBench()
        let leg = bench.accepted(1)
        bench.feed(.linkDown(reason: "killed"))
        #expect(bench.lives.last == .lost)
        bench.text(leg, "kept")
        #expect(try bench.frames(leg).isEmpty)
        bench.advance(.seconds(5))
        bench.bringLinkUp()
        bench.feed(.streamMessage(LinkStreamID(number: 2), bench.life(.woken, 1)))
        #expect(bench.delivered == ["kept"])
        #expect(bench.closed.isEmpty)
        #expect(bench.seen(.edgeRx, .toObject).last?.message.phase == .evicted)
    }

    @Test("with the drop policy a lost object server closes its sessions with 1012")
    func linkLossDrops() throws {
        let bench = EdgeBench { $0.onObjectLoss = .drop }
        let leg = bench.accepted(1)
        bench.feed(.linkDown(reason: "killed"))
        #expect(try bench.closeCodes(leg) == [1012])
    }

    @Test("a client's Close is answered with its code at once and reaches the object")
    func clientClose() throws {
        let bench = EdgeBench()
        let leg = bench.accepted(1)
        bench.frame(leg, Opcode.close, ClosePayload.bytes(code: 4001, reason: "bye"))
        #expect(try bench.closeCodes(leg) == [4001])
        #expect(bench.closed == [leg])
        #expect(
            bench.sent.map(\.message) == [
                .close(session: EdgeBench.first, code: 4001, reason: "bye", wasClean: true)
            ]
        )
    }

    @Test("a client that vanishes while its object sleeps wakes it with 1006")
    func loss() {
        let bench = EdgeBench()
        let leg = bench.accepted(1)
        bench.sleep(LinkStreamID(number: 1), [EdgeBench.package(EdgeBench.first)])
        bench.feed(.clientClosed(leg))
        bench.feed(.streamMessage(LinkStreamID(number: 2), bench.life(.woken, 1)))
        #expect(
            bench.sent.last?.message
                == .close(
                    session: EdgeBench.first,
                    code: 1006,
                    reason: "WebSocket disconnected without sending Close frame.",
                    wasClean: false
                )
        )
    }

    @Test("an object's close waits five seconds for the client's answer, then the leg is closed")
    func objectClose() throws {
        let bench = EdgeBench()
        let leg = bench.accepted(1)
        bench.feed(
            .streamMessage(
                LinkStreamID(number: 1),
                .closeSession(session: EdgeBench.first, code: 1000, reason: "done")
            )
        )
        #expect(try bench.closeCodes(leg) == [1000])
        bench.advance(.seconds(4))
        #expect(bench.closed.isEmpty)
        bench.advance(.seconds(2))
        #expect(bench.closed == [leg])
    }

    @Test("credit comes back as a reading client takes messages, and waits for one that does not")
    func credit() {
        let bench = EdgeBench()
        let leg = bench.accepted(1)
        let stream = LinkStreamID(number: 1)
        bench.feed(.clientWritable(leg, false))
        for ordinal in 0..<3 { bench.feed(.streamMessage(stream, Self.send(UInt32(ordinal)))) }
        #expect(bench.sent.isEmpty)
        bench.feed(.clientWritable(leg, true))
        #expect(
            bench.sent.map(\.message) == [.credit(session: EdgeBench.first, bytes: 3 * 40_000)]
        )
    }

    private static func send(_ ordinal: UInt32) -> LinkMessage {
        .send(
            Message(
                id: MessageID(session: EdgeBench.first, direction: .toClient, ordinal: ordinal),
                kind: .binary,
                payload: ByteBuffer(repeating: 7, count: 40_000),
                phase: .active,
                wake: 0,
                handler: .webSocketMessage
            )
        )
    }

    @Test("frames to a client are numbered from 0, pongs and messages together")
    func sequences() {
        let bench = EdgeBench()
        let leg = bench.accepted(1)
        bench.feed(.streamMessage(LinkStreamID(number: 1), Self.send(0)))
        bench.frame(leg, Opcode.ping, ByteBuffer())
        bench.feed(.streamMessage(LinkStreamID(number: 1), Self.send(1)))
        #expect(bench.seen(.edgeTx, .toClient).map(\.sequence) == [0, 1, 2])
        #expect(bench.seen(.edgeRx, .toObject).map(\.sequence) == [0])
    }

    @Test("an alarm opens the stream of an object whose sockets are held, and of no other")
    func attachRequest() {
        let bench = EdgeBench()
        _ = bench.accepted(1)
        bench.sleep(LinkStreamID(number: 1), [EdgeBench.package(EdgeBench.first)])
        bench.feed(.control(.attachRequest(object: "nobody", reason: .alarm)))
        #expect(bench.opened.count == 1)
        bench.feed(.control(.attachRequest(object: "room", reason: .alarm)))
        #expect(bench.opened.count == 2)
        guard case .wake(let reason, let highest, let packages)? = bench.sent.last?.message else {
            Issue.record("no wake")
            return
        }
        #expect(reason == .alarm && highest == 0 && packages.count == 1)
    }

    @Test(
        "shutdown closes every session with 1001 and ends when they answered or after three seconds"
    )
    func shutdown() throws {
        let bench = EdgeBench()
        let polite = bench.accepted(1)
        let silent = bench.accepted(2)
        bench.feed(.shutdown)
        #expect(try bench.closeCodes(polite) == [1001])
        #expect(try bench.closeCodes(silent) == [1001])
        bench.frame(polite, Opcode.close, ClosePayload.bytes(code: 1001, reason: ""))
        #expect(bench.closed == [polite])
        #expect(!bench.isFinished)
        bench.advance(.seconds(3))
        #expect(bench.isFinished)
    }

    @Test("the trace of an upgrade hides query values and secret headers")
    func redaction() throws {
        let bench = EdgeBench()
        let leg = bench.connect(1)
        bench.say(
            leg,
            EdgeBench.upgrade("/objects/r/websocket?token=abc", extra: "Cookie: s=1\r\n")
        )
        let upgrade = try #require(
            bench.trace.compactMap { recorded -> TraceEvent.SocketStep? in
                guard case .socket(let step) = recorded.event, step.what == .upgrade else {
                    return nil
                }
                return step
            }.first
        )
        #expect(upgrade.path == "/objects/r/websocket?token=***")
        #expect(!upgrade.headers.contains { $0.value.contains("s=1") })
        #expect(upgrade.key == "r#0" && upgrade.attempt == 1)
    }

    @Test(
        "a path gives its object's name",
        arguments: [
            ("/objects/a/websocket?x=/websocket", "a"), ("/websocket", "test-room"),
            ("/objects/a%2Fb/c/websocket", "a%2Fb/c"), ("/chat", "/chat"),
            ("/objects/websocket", nil), ("/objects//websocket", nil), ("", nil),
        ]
    )
    func names(path: String, name: String?) {
        #expect(ObjectName.name(ofPath: path) == name)
    }
}
