internal import FramePath
internal import FrameTrace
internal import WebSocketWire

internal import struct NIOCore.ByteBuffer

extension Client {
    mutating func startHandshake(at now: Tick) {
        guard self.state == .waiting else { return }
        let draw = Philox.draw(key: (self.entropy, 0), counter: (0, 0, 0, 0))
        var bytes: [UInt8] = []
        for word in [draw.0, draw.1] {
            for shift in stride(from: UInt64(0), to: 64, by: 8) {
                bytes.append(UInt8(truncatingIfNeeded: word >> shift))
            }
        }
        self.key = Base64.encode(bytes)
        var headers = self.headers
        if self.asksTorporHeaders {
            headers.append(HTTPHeader(name: "torpor-client", value: "1"))
        }
        let request = Handshake.request(
            host: self.hostHeader,
            target: self.url.target,
            key: self.key,
            subprotocols: self.subprotocols,
            headers: headers
        )
        self.state = .handshaking
        self.deadline = now + Self.handshakeMax
        self.actions.append(.write(request))
        self.step(.connect, path: Redaction.path(self.url.target), at: now)
    }

    mutating func continueHandshake(_ bytes: ByteBuffer, at now: Tick) {
        self.response.append(bytes)
        do throws(HTTPViolation) {
            guard let head = try self.response.next() else { return }
            guard head.status == 101 else {
                self.refuse(head.status, self.refusalText(head), at: now)
                return
            }
            let agreed = try Handshake.verify(head, key: self.key, offered: self.subprotocols)
            self.open(head, subprotocol: agreed, at: now)
        } catch {
            self.refuse(error.status, error.reason, at: now)
        }
    }

    mutating func refuse(_ status: Int, _ reason: String, at now: Tick) {
        self.state = .ended
        self.deadline = nil
        self.held = []
        self.step(.reject, code: UInt16(clamping: status), reason: reason, at: now)
        self.actions.append(.refused(status: status, reason: reason))
        self.actions.append(.closeSocket)
    }

    private mutating func open(_ head: ResponseHead, subprotocol: String?, at now: Tick) {
        let told = head.first("torpor-session").flatMap { SessionID(Substring($0)) }
        if let told { self.session = told }
        self.state = .open
        self.deadline = nil
        self.step(.accept, code: 101, at: now)
        self.actions.append(
            .opened(session: told, run: head.first("torpor-run"), subprotocol: subprotocol)
        )
        let held = self.held
        self.held = []
        for message in held {
            self.send(message.kind, message.payload, at: now)
        }
        let rest = self.response.takeRest()
        if rest.readableBytes > 0 {
            self.take(rest, at: now)
        }
    }

    /// The start of the answer's body, for it says why: `502 no object server at …`.
    private mutating func refusalText(_ head: ResponseHead) -> String {
        let rest = self.response.takeRest()
        let body = String(decoding: rest.readableBytesView.prefix(300), as: UTF8.self)
        let line = body.split(whereSeparator: \.isNewline).first.map(String.init)
        return line ?? "the server answered \(head.status)"
    }

    private var hostHeader: String {
        let host = self.url.host.contains(":") ? "[\(self.url.host)]" : self.url.host
        let isDefault = self.url.port == (self.url.isSecure ? 443 : 80)
        return isDefault ? host : "\(host):\(self.url.port)"
    }
}
