import EdgeCore
import Faults
import FramePath
import FrameTrace
import WebSocketWire

import struct NIOCore.ByteBuffer

/// A relay between a client and a backend that are lists of bytes, in virtual time.
final class RelayWorld {
    /// One dial of the backend.
    struct Dial {
        var leg: RelayLeg
        var route: Int
        var received = ByteBuffer()
        var isClosed = false
        var isReset = false
    }

    static let key = "dGhlIHNhbXBsZSBub25jZQ=="

    var relay: Relay
    var now = Tick.zero
    var dials: [Dial] = []
    var client: RelayLeg?
    var received = ByteBuffer()
    var isClientClosed = false
    var isClientReset = false
    var isFinished = false
    var answers: [ControlResult] = []
    /// Answers `dial` by itself.
    var acceptsDials = true

    init(
        profiles: [Profile] = [],
        isTracing: Bool = true,
        configure: (inout RelayConfiguration) -> Void = { _ in }
    ) throws {
        var configuration = RelayConfiguration(
            edgeID: 7,
            entropy: 11,
            run: "test",
            routes: [try BackendRoute("ws://backend:9000")],
            isTracing: isTracing
        )
        configure(&configuration)
        self.relay = Relay(
            configuration: configuration,
            engine: FaultEngine(profiles: profiles, seed: 1, version: 1)
        )
    }

    // MARK: acting

    func ask(_ command: ControlCommand) {
        self.relay.receive(.command(ControlID(number: 1), command), at: self.now)
        self.run()
    }

    func connect() {
        self.client = self.relay.connect(peer: "10.0.0.1", at: self.now)
        self.run()
    }

    func clientSends(_ bytes: ByteBuffer) {
        guard let client = self.client else { return }
        self.receive(.bytes(client, bytes))
    }

    func backendSends(_ bytes: ByteBuffer) {
        guard let dial = self.dials.last else { return }
        self.receive(.bytes(dial.leg, bytes))
    }

    func receive(_ event: RelayEvent) {
        self.relay.receive(event, at: self.now)
        self.run()
    }

    /// Lets time pass, stopping at every deadline.
    func advance(_ span: Tick.Span) {
        let end = self.now + span
        while let deadline = self.relay.nextDeadline, deadline <= end {
            self.now = max(self.now, deadline)
            self.receive(.timer)
        }
        self.now = end
    }

    /// The handshake, up to the client's 101.
    func open(
        target: String = "/chat",
        headers: String = "",
        answer: String = ""
    ) {
        self.connect()
        self.clientSends(Self.request(target: target, headers: headers))
        self.backendSends(Self.accept(answer))
        self.received.clear()
        for place in self.dials.indices { self.dials[place].received.clear() }
    }

    static func request(target: String = "/chat", headers: String = "") -> ByteBuffer {
        ByteBuffer(
            string: "GET \(target) HTTP/1.1\r\nHost: edge.test:8080\r\nUpgrade: websocket\r\n"
                + "Connection: Upgrade\r\nSec-WebSocket-Key: \(Self.key)\r\n"
                + "Sec-WebSocket-Version: 13\r\n\(headers)\r\n"
        )
    }

    static func accept(_ more: String = "") -> ByteBuffer {
        ByteBuffer(
            string: "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                + "Connection: Upgrade\r\nSec-WebSocket-Accept: "
                + Handshake.acceptValue(key: Self.key) + "\r\n\(more)\r\n"
        )
    }

    static func frame(
        _ text: String,
        opcode: UInt8 = Opcode.text,
        fin: Bool = true,
        isMasked: Bool = true
    ) -> ByteBuffer {
        var bytes = ByteBuffer()
        FrameEncoder.encode(
            opcode: opcode,
            fin: fin,
            maskKey: isMasked ? 0x1234_5678 : nil,
            payload: ByteBuffer(string: text),
            into: &bytes
        )
        return bytes
    }

    static func close(_ code: UInt16, isMasked: Bool) -> ByteBuffer {
        var bytes = ByteBuffer()
        FrameEncoder.encode(
            opcode: Opcode.close,
            maskKey: isMasked ? 0x0102_0304 : nil,
            payload: ClosePayload.bytes(code: code, reason: ""),
            into: &bytes
        )
        return bytes
    }

    func command(_ command: ControlCommand) {
        self.receive(.command(ControlID(number: UInt64(self.answers.count)), command))
    }

    // MARK: looking

    /// Frames in the clear, as `text:…`, `close:1001`, `pong:`.
    static func frames(_ bytes: ByteBuffer) throws -> [String] {
        var splitter = FrameSplitter()
        splitter.append(bytes)
        var found: [String] = []
        while let header = try splitter.header(at: 0), splitter.readableBytes >= header.wireLength {
            let wire = splitter.take(header.wireLength)
            var payload = FrameSplitter.payload(of: wire, header)
            let name = MessageKind(opcode: header.opcode)?.rawValue ?? String(header.opcode)
            if header.opcode == Opcode.close {
                let code: UInt16? = payload.readInteger()
                found.append("close:\(code ?? 1005)")
            } else {
                let text = payload.readString(length: payload.readableBytes) ?? ""
                found.append(name + ":" + text + (header.isFinal ? "" : "…"))
            }
        }
        return found
    }

    func takeClient() throws -> [String] {
        defer { self.received.clear() }
        return try Self.frames(self.received)
    }

    func takeBackend() throws -> [String] {
        guard let last = self.dials.indices.last else { return [] }
        defer { self.dials[last].received.clear() }
        return try Self.frames(self.dials[last].received)
    }

    /// The words of the trace: sock and life steps.
    func steps() -> [String] {
        var events: [Recorded] = []
        self.relay.drainTrace(into: &events)
        return events.compactMap { recorded in
            switch recorded.event {
            case .life(let step): step.what.rawValue
            case .socket(let step): step.what.rawValue
            case .frame, .fault, .log, .expect, .mark, .gap: nil
            }
        }
    }

    func events() -> [TraceEvent] {
        var events: [Recorded] = []
        self.relay.drainTrace(into: &events)
        return events.map(\.event)
    }

    // MARK: the sockets

    private func run() {
        while let action = self.relay.nextAction() {
            switch action {
            case .dial(let leg, let route):
                self.dials.append(Dial(leg: leg, route: route))
                if self.acceptsDials { self.relay.receive(.dialled(leg), at: self.now) }
            case .write(let leg, var bytes):
                switch leg.side {
                case .client: self.received.writeBuffer(&bytes)
                case .backend:
                    guard let place = self.dials.firstIndex(where: { $0.leg == leg }) else {
                        return
                    }
                    self.dials[place].received.writeBuffer(&bytes)
                }
            case .close(let leg): self.closed(leg)
            case .reset(let leg):
                switch leg.side {
                case .client: self.isClientReset = true
                case .backend:
                    for place in self.dials.indices where self.dials[place].leg == leg {
                        self.dials[place].isReset = true
                    }
                }
                self.closed(leg)
            case .endOutput, .pauseReads, .resumeReads: break
            case .answer(_, let result): self.answers.append(result)
            case .finished: self.isFinished = true
            }
        }
    }

    private func closed(_ leg: RelayLeg) {
        switch leg.side {
        case .client: self.isClientClosed = true
        case .backend:
            for place in self.dials.indices where self.dials[place].leg == leg {
                self.dials[place].isClosed = true
            }
        }
        self.relay.receive(.closed(leg), at: self.now)
    }
}
