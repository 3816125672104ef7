import Faults
import FramePath
import NIOCore
import Testing

@testable import FrameTrace

@Suite("A trace's bytes")
struct RoundTripTests {
    static let session = SessionID(edge: 0x0123_4567_89AB_CDEF, number: 7)

    static func message(_ text: String = "{\"type\":\"echo\"}") -> Message {
        Message(
            id: MessageID(
                session: Self.session,
                direction: .toClient,
                epoch: 2,
                ordinal: 13,
                copy: 1
            ),
            kind: .text,
            payload: ByteBuffer(string: text),
            phase: .woken,
            wake: 2,
            handler: .webSocketMessage,
            instance: 0xFF,
            type: "ec\"ho",
            cause: 5,
            fragments: 3,
            isBroadcast: true
        )
    }

    static func line(_ event: TraceEvent, payload: PayloadPolicy = .hash) -> [UInt8] {
        var encoder = TraceEncoder(role: "edge", payload: payload)
        var bytes: [UInt8] = []
        let time = Tick(nanoseconds: 1_234_567)
        encoder.encode(Recorded(time: time, number: 9, event: event), into: &bytes)
        return bytes
    }

    static func row(_ event: TraceEvent, payload: PayloadPolicy = .hash) throws -> TraceRow {
        let read = TraceReader.read(Self.line(event, payload: payload))
        #expect(read.report.isWhole)
        return try #require(read.rows.first)
    }

    @Test("a frame row has its keys in a fixed order")
    func golden() {
        let seen = TraceEvent.FrameSeen(
            message: Self.message(),
            point: .edgeTx,
            object: "room\n1",
            sequence: 4,
            queued: Tick.Span(nanoseconds: 11),
            hash: 0xAB
        )
        let expected =
            #"{"t":1234567,"n":9,"p":"edge","ev":"frame","session":"0123456789abcdef-7","#
            + #""obj":"room\n1","dir":"to-client","born":"path","epoch":2,"ord":13,"copy":1,"#
            + #""ctl":false,"at":"edge.tx","op":"text","len":15,"h":"00000000000000ab","#
            + #""type":"ec\"ho","phase":"woken","wake":2,"handler":"webSocketMessage","#
            + #""instance":"00000000000000ff","cause":5,"frags":3,"leg":"client","seq":4,"q":11,"#
            + #""broadcast":true}"# + "\n"
        #expect(String(decoding: Self.line(.frame(seen)), as: UTF8.self) == expected)
    }

    @Test("a frame row reads back as it was written")
    func frame() throws {
        let message = Self.message()
        var seen = TraceEvent.FrameSeen(
            message: message,
            point: .objectSend,
            object: "ä",
            hash: .max
        )
        seen.isRelease = true
        let row = try Self.row(.frame(seen))
        #expect(row.ev == .frame)
        #expect(row.messageID == message.id)
        #expect(row.at == .objectSend)
        #expect(row.obj == "ä")
        #expect(row.h == .max)
        #expect(row.type == message.type)
        #expect(row.phase == .woken)
        #expect(row.cause == 5)
        #expect(row.seq == nil)
        #expect(row.leg == nil)
        #expect(row.released)
        #expect(row.broadcast)
        #expect(row.instance == 0xFF)
    }

    @Test("a decision reads back as it was written")
    func fault() throws {
        let decision = Decision(
            rule: "r",
            source: "a.yaml:3",
            profile: "p",
            version: 2,
            fired: true,
            nth: 14,
            draw: .max,
            action: "delay+drop",
            delayNanoseconds: 77
        )
        let row = try Self.row(
            .fault(.init(id: Self.message().id, point: .edgeRx, object: "o", decision: decision))
        )
        #expect(row.messageID == Self.message().id)
        #expect(row.rule == "r")
        #expect(row.src == "a.yaml:3")
        #expect(row.pv == 2)
        #expect(row.fired == true)
        #expect(row.nth == 14)
        #expect(row.draw == .max)
        #expect(row.action == "delay+drop")
        #expect(row.delayNanoseconds == 77)
    }

    @Test("life, socket, log, expect, mark and gap rows read back as they were written")
    func others() throws {
        let life = try Self.row(
            .life(
                .init(
                    .handlerEnd,
                    object: "o",
                    wake: 1,
                    handler: .alarm,
                    session: Self.session,
                    cause: 3,
                    count: -1,
                    span: .milliseconds(2),
                    why: "w"
                )
            )
        )
        #expect(life.what == "handler-end")
        #expect(life.handler == .alarm)
        #expect(life.ns == 2_000_000)
        #expect(life.why == "w")
        #expect(life.count == nil)
        var step = TraceEvent.SocketStep(
            .upgrade,
            session: Self.session,
            object: "o",
            code: 101,
            reason: "\u{1}\t",
            path: "/a?token=secret",
            key: "k",
            attempt: 2,
            count: 4,
            sequence: 8
        )
        step.headers = [(name: "Cookie", value: "secret"), (name: "Host", value: "h")]
        let text = String(decoding: Self.line(.socket(step)), as: UTF8.self)
        #expect(!text.contains("secret"))
        #expect(text.contains(#""headers":{"Cookie":"***","Host":"h"}"#))
        let socket = try Self.row(.socket(step))
        #expect(socket.path == "/a?token=***")
        #expect(socket.reason == "\u{1}\t")
        #expect(socket.code == 101)
        #expect(socket.seq == 8)
        let log = try Self.row(.log(.init(object: "o", wake: 0, instance: 1, text: "a\\b")))
        #expect(log.msg == "a\\b")
        let expect = try Self.row(
            .expect(
                .init(
                    session: nil,
                    object: "o",
                    row: "message → echo",
                    column: "fresh",
                    want: "echo",
                    outcome: "ok"
                )
            )
        )
        #expect(expect.row == "message → echo")
        #expect(expect.outcome == "ok")
        #expect(try Self.row(.mark("m")).msg == "m")
        #expect(try Self.row(.gap(lost: 5, why: "full")).lost == 5)
    }

    @Test("the header is a schema row and a run row, and holds every key that later rows use")
    func header() throws {
        var encoder = TraceEncoder(role: "edge", payload: .head)
        let bytes = encoder.header(
            TraceHeader(
                run: "r",
                role: "edge",
                tool: "1.0",
                pid: 12,
                seed: .max,
                wall0: 1_700_000_000_000_000_001,
                points: [.edgeRx, .edgeTx],
                profiles: ["a\"b"],
                claims: [Self.session]
            )
        )
        let read = TraceReader.read(bytes + encoder.end())
        #expect(read.report.isWhole)
        #expect(read.rows.map(\.ev) == [.schema, .run, .end])
        let run = read.rows[1]
        #expect(run.p == "edge-12")
        #expect(run.seed == .max)
        #expect(run.wall0 == 1_700_000_000_000_000_001)
        #expect(run.points == [.edgeRx, .edgeTx])
        #expect(run.profiles == ["a\"b"])
        #expect(run.claims == [Self.session])
        let schema = String(decoding: bytes.prefix { $0 != 0x0A }, as: UTF8.self)
        for key in RowKey.allCases {
            #expect(schema.contains("\"\(key.rawValue)\":"), "\(key.rawValue)")
        }
    }

    @Test("payload policies keep nothing, 256 bytes on a scalar boundary, or all")
    func payloads() throws {
        let text = String(repeating: "a", count: 255) + "ä" + String(repeating: "b", count: 9)
        func row(_ policy: PayloadPolicy) throws -> TraceRow {
            let message = Self.message(text)
            let seen = TraceEvent.FrameSeen(message: message, point: .edgeRx, object: "o", hash: 1)
            return try Self.row(.frame(seen), payload: policy)
        }
        #expect(try row(.hash).d == nil)
        #expect(try row(.head).d == String(repeating: "a", count: 255))
        #expect(try row(.full).d == text)
        var binary = Self.message()
        binary.kind = .binary
        for (bytes, wanted) in [([1], "AQ=="), ([1, 2], "AQI="), ([1, 2, 255], "AQL/")] {
            binary.payload = ByteBuffer(bytes: bytes.map { UInt8($0) })
            let seen = TraceEvent.FrameSeen(message: binary, point: .edgeRx, object: "o", hash: 1)
            #expect(try Self.row(.frame(seen), payload: .full).b64 == wanted)
        }
    }
}
