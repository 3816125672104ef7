import EdgeCore
import Faults
import FramePath
import FrameTrace
import NIOCore
import ObjectLink
import WebSocketWire

/// An edge with nothing around it: the test plays driver, clients and object server.
final class EdgeBench {
    var edge: Edge
    var now = Tick.zero
    var written: [LegID: ByteBuffer] = [:]
    var closed: [LegID] = []
    var resets: [LegID] = []
    var paused: [LegID] = []
    var control: [LinkMessage] = []
    var opened: [LinkStreamID] = []
    var sent: [(stream: LinkStreamID, message: LinkMessage)] = []
    var endedStreams: [LinkStreamID] = []
    var resetStreams: [LinkStreamID] = []
    var requests: [(id: RequestID, target: String, headers: [HTTPHeader], body: ByteBuffer)] = []
    var answers: [ControlResult] = []
    var links: [LinkState] = []
    var isFinished = false
    var trace: [Recorded] = []
    /// A driver tells that a connection it closed is gone; a stubborn one does not.
    var confirmsCloses = true
    private var decoders: [LegID: FrameDecoder] = [:]

    init(
        _ change: (inout EdgeConfiguration) -> Void = { _ in },
        engine: FaultEngine = FaultEngine(),
        startsLink: Bool = true
    ) {
        var configuration = EdgeConfiguration(edgeID: 0xabc, run: "run-1")
        change(&configuration)
        self.edge = Edge(configuration: configuration, engine: engine)
        if startsLink { self.bringLinkUp() }
    }

    func bringLinkUp() {
        self.feed(.linkUp)
        self.feed(.control(.helloAck(version: 1)))
    }

    func feed(_ event: EdgeEvent) {
        self.edge.receive(event, at: self.now)
        var gone: [LegID] = []
        while let action = self.edge.nextAction() {
            switch action {
            case .write(let leg, let bytes):
                self.written[leg, default: ByteBuffer()].writeImmutableBuffer(bytes)
            case .close(let leg):
                self.closed.append(leg)
                gone.append(leg)
            case .reset(let leg):
                self.resets.append(leg)
                gone.append(leg)
            case .pauseReads(let leg): self.paused.append(leg)
            case .resumeReads(let leg): self.paused.removeAll { $0 == leg }
            case .control(let message): self.control.append(message)
            case .openStream(let stream, _): self.opened.append(stream)
            case .send(let stream, let message): self.sent.append((stream, message))
            case .endStream(let stream): self.endedStreams.append(stream)
            case .resetStream(let stream): self.resetStreams.append(stream)
            case .request(let id, _, let target, let headers, let body):
                self.requests.append((id, target, headers, body))
            case .cancelRequest: break
            case .answer(_, let result): self.answers.append(result)
            case .linkChanged(let link): self.links.append(link)
            case .finished: self.isFinished = true
            }
        }
        self.edge.drainTrace(into: &self.trace)
        guard self.confirmsCloses else { return }
        for leg in gone { self.feed(.clientClosed(leg)) }
    }

    func advance(_ span: Tick.Span) {
        let end = self.now + span
        while let deadline = self.edge.nextDeadline, deadline <= end {
            self.now = max(self.now, deadline)
            self.feed(.timer)
        }
        self.now = end
    }

    func connect(_ number: UInt64) -> LegID {
        let leg = LegID(number: number)
        self.feed(.clientConnected(leg, peer: "192.0.2.7"))
        return leg
    }

    func say(_ leg: LegID, _ text: String) {
        self.feed(.clientBytes(leg, ByteBuffer(string: text)))
    }

    static func upgrade(_ path: String, extra: String = "") -> String {
        "GET \(path) HTTP/1.1\r\nHost: edge\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
            + extra + "\r\n"
    }

    /// A client with an accepted WebSocket on an awake object.
    func accepted(_ number: UInt64, path: String = "/objects/room/websocket") -> LegID {
        let leg = self.connect(number)
        self.say(leg, Self.upgrade(path))
        if let stream = self.opened.last { self.feed(.streamMessage(stream, self.life(.fresh, 0))) }
        self.answerOpens()
        _ = self.text(leg)
        return leg
    }

    func life(_ phase: Phase, _ wake: UInt32) -> LinkMessage { .life(phase: phase, wake: wake) }

    /// Accepts every open that was not yet answered.
    func answerOpens() {
        let opens = self.sent
        self.sent.removeAll()
        for (stream, message) in opens {
            guard case .open(let request) = message else { continue }
            self.feed(
                .streamMessage(
                    stream,
                    .accept(session: request.session, wake: 0, subprotocol: nil, tags: [])
                )
            )
        }
    }

    func frame(
        _ leg: LegID,
        _ opcode: UInt8,
        _ payload: ByteBuffer,
        mask: UInt32? = 0x0102_0304,
        fin: Bool = true
    ) {
        var bytes = ByteBuffer()
        FrameEncoder.encode(
            opcode: opcode,
            fin: fin,
            maskKey: mask,
            payload: payload,
            into: &bytes
        )
        self.feed(.clientBytes(leg, bytes))
    }

    func text(_ leg: LegID, _ payload: String) {
        self.frame(leg, Opcode.text, ByteBuffer(string: payload))
    }

    /// Takes what was written to a client as text.
    func text(_ leg: LegID) -> String {
        String(buffer: self.written.removeValue(forKey: leg) ?? ByteBuffer())
    }

    /// Takes what was written to a client as frames.
    func frames(_ leg: LegID) throws -> [Frame] {
        var decoder = self.decoders[leg] ?? FrameDecoder(payloadMax: 32 << 20)
        if let bytes = self.written.removeValue(forKey: leg) { decoder.append(bytes) }
        var frames: [Frame] = []
        while let frame = try decoder.next() { frames.append(frame) }
        self.decoders[leg] = decoder
        return frames
    }

    /// Close codes among what was written to a client.
    func closeCodes(_ leg: LegID) throws -> [UInt16?] {
        try self.frames(leg).filter { $0.opcode == Opcode.close }.map {
            $0.payload.getInteger(at: $0.payload.readerIndex, as: UInt16.self)
        }
    }

    /// Texts of the messages that reached the object, in order.
    var delivered: [String] {
        self.sent.compactMap {
            if case .message(let message) = $0.message {
                String(buffer: message.payload)
            } else {
                nil
            }
        }
    }

    /// Steps of life in the trace, in order.
    var lives: [TraceEvent.LifeStep.What] {
        self.trace.compactMap { if case .life(let step) = $0.event { step.what } else { nil } }
    }

    /// Socket steps in the trace, in order.
    var sockets: [TraceEvent.SocketStep.What] {
        self.trace.compactMap { if case .socket(let step) = $0.event { step.what } else { nil } }
    }

    func seen(_ point: Point, _ direction: Direction) -> [TraceEvent.FrameSeen] {
        self.trace.compactMap {
            guard case .frame(let seen) = $0.event, seen.point == point,
                seen.message.id.direction == direction
            else { return nil }
            return seen
        }
    }

    /// Puts an awake object to sleep through the barrier.
    func sleep(
        _ stream: LinkStreamID,
        _ packages: [LinkMessage.SessionPackage],
        auto: (String, String)? = nil
    ) {
        self.feed(.streamMessage(stream, .hibernateBegin))
        self.feed(
            .streamMessage(
                stream,
                .hibernate(
                    wake: 0,
                    packages: packages,
                    autoRequest: auto?.0,
                    autoResponse: auto?.1
                )
            )
        )
        self.feed(.streamEnded(stream, clean: true))
    }

    static func package(
        _ session: SessionID,
        path: String = "/objects/room/websocket"
    ) -> LinkMessage.SessionPackage {
        LinkMessage.SessionPackage(
            session: session,
            url: path,
            subprotocol: nil,
            tags: [],
            attachment: nil,
            closedOutgoing: false,
            key: "room#0",
            attempt: 1,
            nextOrdinal: 0
        )
    }

    static let first = SessionID(edge: 0xabc, number: 1)
}
