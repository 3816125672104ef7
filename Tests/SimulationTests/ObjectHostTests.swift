import FramePath
import FrameTrace
import ObjectCore
import ObjectLink
import Testing
import WebSocketWire

import struct NIOCore.ByteBuffer

/// The object server alone: the service, its handlers and what they leave on the link.
@Suite struct ObjectHostServiceTests {
    /// 2025-07-03T09:15:00.042Z.
    private static let wall: UInt64 = 1_751_534_100_042

    private func field(_ name: String, _ text: String) -> JSONScalar? {
        let bytes = ByteBuffer(string: text)
        return JSONPointer("/" + name).flatMap {
            JSONBytes.scalar(at: $0, in: bytes, scanMax: bytes.readableBytes)
        }
    }

    private func awake(
        _ configuration: ObjectConfiguration = .init(wallZeroMilliseconds: wall)
    )
        -> HostDriver
    {
        let driver = HostDriver(configuration)
        driver.wake(.fetch)
        driver.open()
        return driver
    }

    @Test("an accepted socket gets accept, attachment and welcome in that order")
    func welcome() throws {
        let driver = self.awake()
        let kinds = driver.links.map { message in
            switch message {
            case .accept: "accept"
            case .attach: "attach"
            case .send: "send"
            case .life(let phase, _): phase.rawValue
            default: "other"
            }
        }
        #expect(kinds == ["fresh", "accept", "attach", "send", "active"])
        let text = try #require(driver.takeTexts().first)
        #expect(self.field("type", text) == .string("welcome"))
        #expect(self.field("heartbeatInterval", text) == .number("20000"))
        guard case .string(let id) = self.field("connectionId", text) else {
            Issue.record("welcome has no connectionId")
            return
        }
        #expect(id.utf8.count == 36 && Array(id)[14] == "4")
        #expect(driver.logs == ["WebSocket connected"])
    }

    @Test(
        "ping and heartbeat are answered with a timestamp",
        arguments: [("ping", "pong"), ("heartbeat", "heartbeat_ack")]
    )
    func answers(asked: String, answered: String) throws {
        let driver = self.awake()
        _ = driver.takeTexts()
        driver.message(#"{"type":"\#(asked)","timestamp":"x"}"#)
        let text = try #require(driver.takeTexts().first)
        #expect(self.field("type", text) == .string(answered))
        #expect(self.field("timestamp", text) == .string("2025-07-03T09:15:00.042Z"))
        #expect(self.field("connectionId", text) != nil)
    }

    @Test(
        "everything else is echoed, the raw text where there is no message",
        arguments: [
            (#"{"type":"message","message":"hi"}"#, JSONScalar.string("hi")),
            (#"{"type":"what","message":5}"#, .number("5")),
            (#"{"message":true}"#, .bool(true)),
            (#"{"message":0}"#, .string(#"{"message":0}"#)),
            (#"{"message":""}"#, .string(#"{"message":""}"#)),
            (#"{"message":null}"#, .string(#"{"message":null}"#)),
            ("not JSON \"", .string("not JSON \"")),
            ("", .string("")),
        ]
    )
    func echo(asked: String, answered: JSONScalar) throws {
        let driver = self.awake()
        driver.open(2)
        _ = driver.takeTexts()
        driver.message(asked)
        let text = try #require(driver.takeTexts().first)
        #expect(self.field("type", text) == .string("echo"))
        #expect(self.field("message", text) == answered)
        #expect(self.field("connections", text) == .number("2"))
    }

    @Test("a message rewrites the attachment before its answer")
    func attachment() throws {
        let driver = self.awake()
        driver.actions = []
        driver.advance(.seconds(3))
        driver.message(#"{"type":"ping"}"#)
        guard case .attach(_, let bytes) = driver.links.first else {
            Issue.record("no attachment first")
            return
        }
        let text = String(decoding: bytes.readableBytesView, as: UTF8.self)
        #expect(self.field("connectedAt", text) == .number(String(Self.wall)))
        #expect(self.field("lastPing", text) == .number(String(Self.wall + 3_000)))
    }

    @Test("the object closes a socket as asked, and a code that cannot be sent leaves it open")
    func closes() {
        let driver = self.awake()
        driver.message(#"{"type":"close","code":1006}"#)
        #expect(driver.logs.last == "Uncaught close: code 1006 cannot be sent")
        driver.message(#"{"type":"close","code":4001,"reason":"bye"}"#, ordinal: 1)
        let close = LinkMessage.closeSession(
            session: driver.session(1),
            code: 4001,
            reason: "bye"
        )
        #expect(driver.links.contains(close))
        driver.actions = []
        driver.message(#"{"type":"ping"}"#, ordinal: 2)
        #expect(driver.takeTexts().isEmpty)
        #expect(driver.logs.last == "Uncaught Can't call WebSocket send() after close().")
    }

    @Test("a client's close is answered, logged and forgotten; a loss is not answered")
    func clientCloses() {
        let driver = self.awake()
        driver.open(2)
        driver.actions = []
        let (one, two) = (driver.session(1), driver.session(2))
        driver.send(
            .stream(driver.current, .close(session: one, code: 1000, reason: "x", wasClean: true))
        )
        #expect(driver.links == [.closeSession(session: one, code: 1000, reason: "x")])
        driver.actions = []
        driver.send(
            .stream(driver.current, .close(session: two, code: 1006, reason: "", wasClean: false))
        )
        #expect(driver.links.isEmpty)
        #expect(driver.logs.count { $0 == "Cleaned up connection" } == 2)
        #expect(driver.steps.last?.what == .alarmDelete)
    }

    @Test("an answer carries handler, cause, instance, epoch and ordinals from 0")
    func stamps() throws {
        let driver = self.awake()
        driver.message(#"{"type":"ping"}"#, ordinal: 41)
        let (welcome, pong) = (try #require(driver.sent.first), try #require(driver.sent.last))
        #expect(welcome.handler == .fetch && welcome.phase == .fresh && welcome.cause == nil)
        #expect(welcome.type == "welcome" && welcome.id.ordinal == 0)
        #expect(pong.handler == .webSocketMessage && pong.phase == .active && pong.cause == 41)
        #expect(pong.type == "pong" && pong.id.ordinal == 1 && pong.id.epoch == 0)
        #expect(pong.instance != 0 && pong.instance == welcome.instance)
        #expect(driver.points(.toObject) == [.objectRx, .objectDispatch])
        #expect(driver.points(.toClient) == [.objectSend, .objectTx, .objectSend, .objectTx])
        let end = try #require(driver.steps.last { $0.what == .handlerEnd })
        #expect(end.count == 1 && end.cause == 41)
    }

    @Test(
        "plain requests are answered without touching an object",
        arguments: [
            ("GET", "/", 200), ("GET", "/healthz", 200), ("GET", "/websocket?x", 426),
            ("GET", "/objects/a/b/websocket", 426), ("GET", "/objects//websocket", 404),
            ("GET", "/nothing", 404), ("POST", "/", 405),
        ]
    )
    func requests(method: String, target: String, expected: Int) {
        let driver = HostDriver()
        driver.actions = []
        driver.send(
            .request(id: 3, method: method, target: target, headers: [], body: ByteBuffer())
        )
        guard case .respond(let id, let status, let headers, let body) = driver.actions.first
        else {
            Issue.record("no answer")
            return
        }
        #expect(id == 3 && status == expected && body.readableBytes > 0)
        #expect(headers.contains { $0.name == "Upgrade" } == (status == 426))
        #expect(driver.host.instanceCount == 0)
    }

    @Test("a WebSocket at another path is refused with 404")
    func refused() {
        let driver = HostDriver()
        driver.wake(.fetch)
        driver.open(1, url: "/chat")
        guard case .reject(_, 404, let body) = driver.links.last else {
            Issue.record("not refused: \(driver.links)")
            return
        }
        #expect(body.contains("/websocket"))
    }

    @Test(
        "timestamps hold over leap days and centuries",
        arguments: [
            (UInt64(0), "1970-01-01T00:00:00.000Z"), (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (1_709_251_199_999, "2024-02-29T23:59:59.999Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
        ]
    )
    func timestamps(milliseconds: UInt64, written: String) throws {
        let driver = self.awake(.init(wallZeroMilliseconds: milliseconds))
        driver.message(#"{"type":"ping"}"#)
        let text = try #require(driver.takeTexts().last)
        #expect(self.field("timestamp", text) == .string(written))
    }
}
