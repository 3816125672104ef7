import ClientCore
import FramePath
import FrameTrace
import NIOCore
import Testing
import WebSocketWire

@Suite struct ClientTests {
    private static let session = SessionID(edge: 0xABCD, number: 3)

    private func client(_ subprotocols: [String] = []) throws -> Client {
        Client(
            url: try WebSocketURL("ws://127.0.0.1:8080/objects/room/websocket?torpor-key=secret"),
            subprotocols: subprotocols,
            entropy: 42,
            object: "room",
            isTracing: true
        )
    }

    private func at(_ milliseconds: UInt64) -> Tick { Tick.zero + .milliseconds(milliseconds) }

    private func actions(_ client: inout Client) -> [ClientAction] {
        var list: [ClientAction] = []
        while let action = client.nextAction() { list.append(action) }
        return list
    }

    private func written(_ actions: [ClientAction]) -> ByteBuffer {
        var out = ByteBuffer()
        for case .write(let bytes) in actions {
            out.writeImmutableBuffer(bytes)
        }
        return out
    }

    /// What the server reads out of the client's bytes; the assembler refuses what is not masked.
    private func read(_ actions: [ClientAction]) throws -> [Assembled] {
        var decoder = FrameDecoder(payloadMax: 1_000_000)
        var assembler = MessageAssembler(role: .server)
        decoder.append(self.written(actions))
        var list: [Assembled] = []
        while let frame = try decoder.next() {
            if let whole = try assembler.receive(frame) { list.append(whole) }
        }
        return list
    }

    private func frame(_ opcode: UInt8, _ payload: ByteBuffer, fin: Bool = true) -> ByteBuffer {
        var out = ByteBuffer()
        FrameEncoder.encode(opcode: opcode, fin: fin, payload: payload, into: &out)
        return out
    }

    private func answer(_ actions: [ClientAction]) throws -> ByteBuffer {
        var decoder = RequestDecoder()
        decoder.append(self.written(actions))
        let next = try decoder.next()
        let head = try #require(next)
        #expect(head.first("torpor-client") == "1")
        let upgrade = try Handshake.check(head)
        return Handshake.response(
            key: upgrade.key,
            subprotocol: upgrade.subprotocols.first,
            headers: [
                HTTPHeader(name: "torpor-session", value: Self.session.description),
                HTTPHeader(name: "torpor-run", value: "run1"),
            ]
        )
    }

    private func opened(_ subprotocols: [String] = []) throws -> Client {
        var client = try self.client(subprotocols)
        client.receive(.connected, at: self.at(0))
        let answer = try self.answer(self.actions(&client))
        client.receive(.bytes(answer), at: self.at(1))
        let agreed = subprotocols.first
        let want = ClientAction.opened(session: Self.session, run: "run1", subprotocol: agreed)
        #expect(self.actions(&client) == [want])
        return client
    }

    @Test("the handshake opens with session, run and the agreed subprotocol")
    func handshake() throws {
        let client = try self.opened(["chat"])
        let isOpen = client.isOpen
        #expect(isOpen)
        let nextDeadline = client.nextDeadline
        #expect(nextDeadline == nil)
    }

    @Test("frames that come in the same bytes as the 101 are not lost, whatever the cut")
    func earlyFrames() throws {
        for cut in [1, 20, 60] {
            var client = try self.client()
            client.receive(.connected, at: self.at(0))
            var bytes = try self.answer(self.actions(&client))
            bytes.writeImmutableBuffer(self.frame(Opcode.text, ByteBuffer(string: "hello")))
            let slice = bytes.readSlice(length: cut)
            let first = try #require(slice)
            client.receive(.bytes(first), at: self.at(1))
            client.receive(.bytes(bytes), at: self.at(2))
            let last = self.actions(&client).last
            #expect(
                last == .message(kind: .text, payload: ByteBuffer(string: "hello"), sequence: 0)
            )
        }
    }

    @Test("messages sent before it opens are held, then sent masked and in order")
    func held() throws {
        var client = try self.client()
        client.receive(.send(kind: .text, payload: ByteBuffer(string: "one")), at: self.at(0))
        client.receive(.connected, at: self.at(0))
        let request = self.actions(&client)
        client.receive(.send(kind: .binary, payload: ByteBuffer(string: "two")), at: self.at(0))
        client.receive(.bytes(try self.answer(request)), at: self.at(1))
        let read = try self.read(self.actions(&client))
        #expect(
            read == [
                .message(kind: .text, payload: ByteBuffer(string: "one"), fragments: 1),
                .message(kind: .binary, payload: ByteBuffer(string: "two"), fragments: 1),
            ]
        )
        let lastSentSequence = client.lastSentSequence
        #expect(lastSentSequence == 1)
    }

    @Test("a Ping is answered with its payload, and counts as a frame of the leg")
    func ping() throws {
        var client = try self.opened()
        client.receive(.bytes(self.frame(Opcode.ping, ByteBuffer(string: "p"))), at: self.at(2))
        #expect(try self.read(self.actions(&client)) == [.pong(ByteBuffer(string: "p"))])
        client.receive(.bytes(self.frame(Opcode.text, ByteBuffer(string: "x"))), at: self.at(3))
        let actions = self.actions(&client)
        #expect(
            actions == [.message(kind: .text, payload: ByteBuffer(string: "x"), sequence: 1)]
        )
    }

    @Test("a fragmented message has the number of its first frame, control frames between counted")
    func fragments() throws {
        var client = try self.opened()
        var bytes = self.frame(Opcode.text, ByteBuffer(string: "a"), fin: false)
        bytes.writeImmutableBuffer(self.frame(Opcode.pong, ByteBuffer(string: "q")))
        bytes.writeImmutableBuffer(self.frame(Opcode.continuation, ByteBuffer(string: "b")))
        bytes.writeImmutableBuffer(self.frame(Opcode.text, ByteBuffer(string: "c")))
        client.receive(.bytes(bytes), at: self.at(2))
        #expect(
            self.actions(&client) == [
                .pong(ByteBuffer(string: "q")),
                .message(kind: .text, payload: ByteBuffer(string: "ab"), sequence: 0),
                .message(kind: .text, payload: ByteBuffer(string: "c"), sequence: 3),
            ]
        )
    }

    @Test("a Close of the server is answered and ends cleanly with its code")
    func serverCloses() throws {
        var client = try self.opened()
        let close = ClosePayload.bytes(code: 4_000, reason: "probe")
        client.receive(.bytes(self.frame(Opcode.close, close)), at: self.at(2))
        let actions = self.actions(&client)
        #expect(try self.read(actions) == [.close(code: 4_000, reason: "")])
        #expect(
            actions.suffix(2) == [
                .ended(code: 4_000, reason: "probe", wasClean: true), .closeSocket,
            ]
        )
    }

    @Test("our Close waits for its answer, and gives up after five seconds")
    func clientCloses() throws {
        var answered = try self.opened()
        answered.receive(.close(code: 1_000, reason: "bye"), at: self.at(2))
        #expect(try self.read(self.actions(&answered)) == [.close(code: 1_000, reason: "bye")])
        let reply = ClosePayload.bytes(code: 1_000, reason: "bye")
        answered.receive(.bytes(self.frame(Opcode.close, reply)), at: self.at(3))
        #expect(
            self.actions(&answered) == [
                .ended(code: 1_000, reason: "bye", wasClean: true), .closeSocket,
            ]
        )

        var silent = try self.opened()
        silent.receive(.close(code: 1_000, reason: ""), at: self.at(0))
        let nextDeadline = silent.nextDeadline
        #expect(nextDeadline == self.at(5_000))
        _ = self.actions(&silent)
        silent.receive(.timer, at: self.at(5_000))
        let first = self.actions(&silent).first
        #expect(
            first
                == .ended(
                    code: 1_006,
                    reason: "the Close was not answered within 5 s",
                    wasClean: false
                )
        )
    }

    @Test("a socket lost without a Close ends with 1006, once")
    func lost() throws {
        var client = try self.opened()
        client.receive(.closed, at: self.at(2))
        client.receive(.closed, at: self.at(3))
        let ends = self.actions(&client).filter { if case .ended = $0 { true } else { false } }
        #expect(ends.count == 1)
        guard case .ended(let code, _, let wasClean)? = ends.first else { return }
        #expect(code == 1_006)
        #expect(!wasClean)
    }

    @Test("a masked frame of the server is a violation, answered with 1002")
    func violation() throws {
        var client = try self.opened()
        var bytes = ByteBuffer()
        FrameEncoder.encode(
            opcode: Opcode.text,
            maskKey: 7,
            payload: ByteBuffer(string: "x"),
            into: &bytes
        )
        client.receive(.bytes(bytes), at: self.at(2))
        let actions = self.actions(&client)
        guard case .close(let code, _)? = try self.read(actions).first else {
            Issue.record("no Close: \(actions)")
            return
        }
        #expect(code == 1_002)
    }

    @Test("an answer that is no 101 refuses with its status and the first line of its body")
    func refused() throws {
        var client = try self.client()
        client.receive(.connected, at: self.at(0))
        _ = self.actions(&client)
        let text = "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 17\r\n\r\nno object server\n"
        client.receive(.bytes(ByteBuffer(string: text)), at: self.at(1))
        #expect(
            self.actions(&client) == [
                .refused(status: 502, reason: "no object server"), .closeSocket,
            ]
        )
    }

    @Test("a server that never answers the handshake is given up after ten seconds")
    func handshakeSilence() throws {
        var client = try self.client()
        client.receive(.connected, at: self.at(0))
        _ = self.actions(&client)
        let nextDeadline = client.nextDeadline
        #expect(nextDeadline == self.at(10_000))
        client.receive(.timer, at: self.at(10_000))
        guard case .refused(let status, _)? = self.actions(&client).first else {
            Issue.record("not refused")
            return
        }
        #expect(status == 0)
    }

    @Test("the trace has the frames of both directions by leg number, and no query value")
    func trace() throws {
        var client = try self.opened()
        let ping = ByteBuffer(string: #"{"type":"ping"}"#)
        client.receive(.send(kind: .text, payload: ping), at: self.at(2))
        let pong = ByteBuffer(string: #"{"type":"pong"}"#)
        client.receive(.bytes(self.frame(Opcode.text, pong)), at: self.at(3))
        var trace: [Recorded] = []
        client.drainTrace(into: &trace)
        var frames: [TraceEvent.FrameSeen] = []
        for recorded in trace {
            switch recorded.event {
            case .frame(let seen): frames.append(seen)
            case .socket(let step): #expect(step.path?.contains("secret") != true)
            default: break
            }
        }
        #expect(frames.map(\.point) == [.clientTx, .clientRx])
        #expect(frames.map(\.sequence) == [0, 0])
        #expect(frames.map(\.message.type) == ["ping", "pong"])
        #expect(frames.allSatisfy { $0.message.id.session == Self.session })
        #expect(frames.first?.hash == XXH64.payloadHash(ping))
    }
}
