import ClientCore
import FramePath
import NIOCore
import Testing

@Suite struct PingPongClientTests {
    /// 2026-11-25T00:50:48.123Z as milliseconds.
    private static let wall: UInt64 = 1_795_567_848_123
    private let welcome = #"{"type":"welcome","message":"hi","heartbeatInterval":20000}"#

    private func at(_ milliseconds: UInt64) -> Tick { Tick.zero + .milliseconds(milliseconds) }

    private func receive(
        _ event: PingPongEvent,
        _ client: inout PingPongClient,
        at milliseconds: UInt64 = 0
    ) -> [PingPongAction] {
        client.receive(event, at: self.at(milliseconds), wall: Self.wall + milliseconds)
        var list: [PingPongAction] = []
        while let action = client.nextAction() { list.append(action) }
        return list
    }

    private func text(_ payload: String) -> PingPongEvent {
        .message(kind: .text, payload: ByteBuffer(string: payload))
    }

    @Test("wall milliseconds become ISO text and the time of day in a zone")
    func wallTime() {
        #expect(WallTime.iso(Self.wall) == "2026-11-25T00:50:48.123Z")
        #expect(WallTime.iso(951_782_400_000) == "2000-02-29T00:00:00.000Z")
        #expect(WallTime.iso(0) == "1970-01-01T00:00:00.000Z")
        #expect(WallTime.clock(Self.wall, offsetSeconds: -3_600) == "23:50:48.123")
    }

    @Test(
        "a line is a message, ping is a ping, and what is said and heard is printed with its time"
    )
    func lines() {
        var client = PingPongClient()
        _ = self.receive(.opened(session: nil), &client)
        let sent = self.receive(.line("hello"), &client)
        #expect(sent.first == .print("00:50:48.123  → message hello"))
        #expect(sent.last == .send(PingPongText.message("hello", wall: Self.wall)))
        let ping = self.receive(.line("ping"), &client)
        #expect(ping.last == .send(PingPongText.ping(wall: Self.wall)))
        let heard = self.receive(self.text(#"{"type":"echo","message":"hello"}"#), &client)
        #expect(heard == [.print("00:50:48.123  ← echo hello")])
    }

    @Test(
        "heartbeats start with the interval of the welcome, and a warning comes after three unanswered"
    )
    func heartbeats() {
        var client = PingPongClient()
        _ = self.receive(.opened(session: nil), &client)
        #expect(client.nextDeadline == nil)
        _ = self.receive(self.text(self.welcome), &client)
        var warnings: [UInt64] = []
        for beat in UInt64(1)...4 {
            #expect(client.nextDeadline == self.at(beat * 20_000))
            let actions = self.receive(.timer, &client, at: beat * 20_000)
            let wall = Self.wall + beat * 20_000
            #expect(actions.last == .send(PingPongText.heartbeat(wall: wall)))
            let warns = actions.contains {
                if case .print(let line) = $0 {
                    line.contains("no answer to the last 3")
                } else {
                    false
                }
            }
            if warns { warnings.append(beat) }
        }
        #expect(warnings == [4])
        _ = self.receive(self.text(#"{"type":"heartbeat_ack"}"#), &client, at: 80_001)
        #expect(self.receive(.timer, &client, at: 100_000).count == 2)
    }

    @Test("a pipe that ends before the handshake is still sent, answered and closed")
    func pipe() {
        var client = PingPongClient()
        #expect(self.receive(.line("hello"), &client).isEmpty)
        #expect(self.receive(.inputEnded, &client).isEmpty)
        let opened = self.receive(.opened(session: nil), &client)
        #expect(opened.last == .send(PingPongText.message("hello", wall: Self.wall)))
        let heard = self.receive(self.text(#"{"type":"echo","message":"hello"}"#), &client)
        #expect(heard.last == .close)
        let ended = self.receive(.ended(code: 1_000, reason: "", wasClean: true), &client)
        #expect(ended.last == .finished(exitCode: 0))
    }

    @Test("quit waits two seconds at most for answers that are due, and says how many did not come")
    func quit() {
        var client = PingPongClient()
        _ = self.receive(.opened(session: nil), &client)
        _ = self.receive(.line("ping"), &client)
        #expect(self.receive(.line("quit"), &client).isEmpty)
        #expect(client.nextDeadline == self.at(2_000))
        let actions = self.receive(.timer, &client, at: 2_000)
        #expect(actions == [.print("00:50:50.123  ! 1 not answered"), .close])
    }
}
