import EdgeCore
import FramePath
import NIOCore
import ObjectLink
import Testing
import WebSocketWire

@Suite struct EdgeTurnTests {
    private static func texts(_ count: Int) -> ByteBuffer {
        var bytes = ByteBuffer()
        for number in 0..<count {
            FrameEncoder.encode(
                opcode: Opcode.text,
                fin: true,
                maskKey: 0x0102_0304,
                payload: ByteBuffer(string: String(number)),
                into: &bytes
            )
        }
        return bytes
    }

    @Test("a client's thousand frames are read in turns, and none is lost or moved")
    func turns() {
        let bench = EdgeBench { $0.limits.framesPerTurnMax = 100 }
        let flood = bench.accepted(1)
        let other = bench.accepted(2)
        bench.feed(.clientBytes(flood, Self.texts(1_000)))
        #expect(bench.delivered.count == 100)
        #expect(bench.paused == [flood], "it is not read while frames of it wait")
        bench.text(other, "beside it")
        #expect(bench.delivered.count == 101, "another client need not wait for all of them")
        #expect(bench.edge.nextDeadline == bench.now)
        bench.advance(.zero)
        #expect(bench.delivered.filter { $0 != "beside it" } == (0..<1_000).map { String($0) })
        #expect(bench.paused.isEmpty)
    }

    @Test("exactly as many frames as a turn takes leave nothing behind")
    func exactTurn() {
        let bench = EdgeBench { $0.limits.framesPerTurnMax = 100 }
        let leg = bench.accepted(1)
        bench.feed(.clientBytes(leg, Self.texts(100)))
        #expect(bench.delivered.count == 100)
        #expect(bench.paused.isEmpty)
    }

    @Test("a client that ends its half while it is behind is read to its last frame")
    func endBehind() {
        let bench = EdgeBench { $0.limits.framesPerTurnMax = 10 }
        let leg = bench.accepted(1)
        bench.feed(.clientBytes(leg, Self.texts(95)))
        bench.feed(.clientHalfClosed(leg))
        #expect(bench.closed.isEmpty)
        bench.advance(.zero)
        #expect(bench.delivered.count == 95)
        #expect(bench.closed == [leg])
    }

    @Test("a congested object stops its own clients, and nobody else's, until it takes more")
    func congestion() throws {
        let bench = EdgeBench()
        let slow = bench.accepted(1, path: "/objects/slow/websocket")
        let slowStream = try #require(bench.opened.last)
        let quick = bench.accepted(2, path: "/objects/quick/websocket")
        bench.feed(.streamCongested(slowStream, true))
        bench.text(slow, "one more")
        bench.text(quick, "not touched")
        #expect(bench.paused == [slow])
        #expect(bench.delivered == ["one more", "not touched"])
        bench.feed(.streamCongested(slowStream, false))
        #expect(bench.paused.isEmpty)
    }

    @Test("a congested object that is lost leaves no client unread")
    func lostWhileCongested() throws {
        let bench = EdgeBench()
        let leg = bench.accepted(1)
        let stream = try #require(bench.opened.last)
        bench.feed(.streamCongested(stream, true))
        bench.text(leg, "one more")
        #expect(bench.paused == [leg])
        bench.feed(.streamEnded(stream, clean: false))
        #expect(bench.paused.isEmpty)
    }
}
