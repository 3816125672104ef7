import ClientCore
import EdgeCore
public import FramePath
public import WebSocketWire

public import struct NIOCore.ByteBuffer

/// Clients of a world.
extension World {
    /// Connects a WebSocket client.
    ///
    /// - Parameters:
    ///   - url: where to; only its target matters here.
    ///   - subprotocols: offered, most wanted first.
    ///   - headers: more request headers.
    /// - Returns: the client, whose `isOpen` becomes true when it was accepted.
    @discardableResult
    public func connect(
        _ url: WebSocketURL,
        subprotocols: [String] = [],
        headers: [HTTPHeader] = []
    ) -> SimulatedClient {
        let number = UInt64(self.clients.count)
        let core = Client(
            url: url,
            subprotocols: subprotocols,
            headers: headers,
            entropy: self.entropy &* 1_000_003 &+ number,
            object: ObjectName.name(ofPath: url.target) ?? "",
            isTracing: true
        )
        let client = self.add(WebSocketClient(core))
        self.stepClient(Int(number), .connected)
        return client
    }

    /// Connects without saying anything.
    ///
    /// - Returns: a bare connection; `write` gives it bytes.
    public func connectBare() -> SimulatedClient { self.add(nil) }

    /// Writes bytes of a bare connection.
    ///
    /// - Parameters:
    ///   - bytes: any bytes.
    ///   - client: the connection.
    public func write(_ bytes: ByteBuffer, from client: SimulatedClient) {
        self.toEdge(client.leg, .clientBytes(client.leg, bytes))
    }

    /// Sends a message, or a Ping, of a WebSocket client.
    ///
    /// - Parameters:
    ///   - kind: text, binary or ping.
    ///   - payload: its bytes.
    ///   - client: the client.
    public func send(_ kind: MessageKind, _ payload: ByteBuffer, from client: SimulatedClient) {
        guard let index = self.legs[client.leg] else { return }
        self.stepClient(index, .send(kind: kind, payload: payload))
    }

    /// Closes a WebSocket client with a Close frame.
    ///
    /// - Parameters:
    ///   - client: the client.
    ///   - code: close code.
    ///   - reason: close reason.
    public func close(_ client: SimulatedClient, code: UInt16, reason: String) {
        guard let index = self.legs[client.leg] else { return }
        self.stepClient(index, .close(code: code, reason: reason))
    }

    /// Cuts a client's connection without a Close frame.
    ///
    /// - Parameter client: the client.
    public func cut(_ client: SimulatedClient) {
        self.toEdge(client.leg, .clientClosed(client.leg))
    }

    private func add(_ core: WebSocketClient?) -> SimulatedClient {
        let index = self.clients.count
        let client = SimulatedClient(leg: LegID(number: UInt64(index) + 1), client: core)
        self.clients.append(client)
        self.legs[client.leg] = index
        self.toEdge(client.leg, .clientConnected(client.leg, peer: "192.0.2.1"))
        return client
    }

    private func toEdge(_ leg: LegID, _ event: EdgeEvent) {
        if self.paused[leg] != nil {
            self.paused[leg]?.append(event)
        } else {
            self.schedule.plan(.edge(event), at: self.now + self.network.client)
        }
    }

    func receive(_ index: Int, _ bytes: ByteBuffer) {
        guard self.clients[index].client != nil else {
            self.clients[index].bytes.writeImmutableBuffer(bytes)
            return
        }
        self.stepClient(index, .bytes(bytes))
    }

    func closed(_ index: Int) {
        guard !self.clients[index].isClosed else { return }
        self.clients[index].isClosed = true
        self.stepClient(index, .closed)
    }

    func stepClient(_ index: Int, _ event: ClientEvent) {
        let seen = self.clients[index]
        guard let client = seen.client else { return }
        client.core.receive(event, at: self.now)
        while let action = client.core.nextAction() { self.perform(action, of: seen) }
        client.core.drainTrace(into: &seen.trace)
        guard let deadline = client.core.nextDeadline, seen.plannedTimer != deadline else { return }
        seen.plannedTimer = deadline
        self.schedule.plan(.client(index, .timer), at: max(deadline, self.now))
    }

    private func perform(_ action: ClientAction, of seen: SimulatedClient) {
        switch action {
        case .write(let bytes): self.toEdge(seen.leg, .clientBytes(seen.leg, bytes))
        case .closeSocket: self.cut(seen)
        case .opened(let session, _, _):
            seen.isOpen = true
            seen.session = session
        case .message(let kind, let payload, let sequence):
            seen.messages.append(
                SimulatedClient.Seen(
                    at: self.now,
                    kind: kind,
                    payload: payload,
                    sequence: sequence
                )
            )
        case .pong(let payload): seen.pongs.append(payload)
        case .ended(let code, let reason, let wasClean):
            seen.isOpen = false
            seen.ended = SimulatedClient.End(code: Int(code), reason: reason, wasClean: wasClean)
        case .refused(let status, let reason):
            seen.refused = SimulatedClient.End(code: status, reason: reason, wasClean: false)
        }
    }
}
