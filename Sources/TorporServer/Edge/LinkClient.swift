internal import EdgeCore
internal import NIOCore
internal import ObjectLink
internal import WebSocketWire

/// The edge's end of the link: streams and requests over one HTTP/2 connection at a time.
///
/// Shape: lives as long as the edge; each dialled wire gets a session of its own, and when it is gone
/// the dialler is asked for the next one.
final class LinkClient: LinkEnd {
    /// Body bytes of an answer to a plain request.
    static let bodyBytesMax = 16 << 20
    /// Bytes waiting for one object above which its clients are not read, and below which they are.
    static let streamHighBytes = 512 << 10
    static let streamLowBytes = 128 << 10

    private let driver: EdgeDriver
    private let token: String?
    private let onDown: (_ wasUp: Bool) -> Void
    private var wire: (any LinkWire)?
    private var session: HTTP2Session?
    private var controlStream: Int32?
    private var control = LinkDecoder()
    private var isUp = false
    private var wasUp = false
    private var isStopped = false
    /// The answer to our hello on this wire, nil before it.
    private var wasTaken: Bool?
    /// Why the last wire is gone.
    private(set) var failure: String?
    private var waiters: [(Bool) -> Void] = []
    private var streams: [Int32: ObjectStream] = [:]
    private var numbers: [LinkStreamID: Int32] = [:]
    /// Streams that hold more than the object server takes.
    private var congested: [Int32] = []
    private var answers: [Int32: Answer] = [:]
    private var answerNumbers: [RequestID: Int32] = [:]

    private struct ObjectStream {
        let id: LinkStreamID
        var decoder = LinkDecoder()
        var isAccepted = false
        var isEndedByUs = false
        var isCongested = false
    }

    private struct Answer {
        let id: RequestID
        var status = 0
        var headers: [HTTPHeader] = []
        var body = ByteBuffer()
    }

    // `onDown` is told after the edge, when another wire should be dialled.
    init(
        driver: EdgeDriver,
        token: String?,
        onDown: @escaping (_ wasUp: Bool) -> Void
    ) {
        self.driver = driver
        self.token = token
        self.onDown = onDown
    }

    /// Tells once whether the object server took the profile, as soon as that is known.
    func whenGreeted(_ body: @escaping (Bool) -> Void) {
        if let wasTaken = self.wasTaken { body(wasTaken) } else { self.waiters.append(body) }
    }

    /// Bytes that the object server has not taken.
    var queuedBytes: Int { self.session?.queuedBytes ?? 0 }

    // MARK: actions of the edge

    func control(_ message: LinkMessage) {
        guard let stream = self.controlStream, self.isUp else { return }
        self.session?.write(stream: stream, Self.bytes(message))
    }

    func open(_ id: LinkStreamID, object: String) {
        guard self.isUp, let session = self.session else { return }
        do throws(HTTP2Failure) {
            let number = try session.submitConnect(
                protocol: "torpor-link",
                path: "/",
                headers: [(name: "torpor-object", value: object)]
            )
            self.streams[number] = ObjectStream(id: id)
            self.numbers[id] = number
        } catch {
            self.driver.receive(.streamRefused(id, reason: error.reason))
        }
    }

    func send(_ id: LinkStreamID, _ message: LinkMessage) {
        guard let number = self.numbers[id], let session = self.session else { return }
        session.write(stream: number, Self.bytes(message))
        guard session.queuedBytes(stream: number) > Self.streamHighBytes,
            self.streams[number]?.isCongested == false
        else { return }
        self.streams[number]?.isCongested = true
        self.congested.append(number)
        self.driver.receive(.streamCongested(id, true))
    }

    func end(_ id: LinkStreamID) {
        guard let number = self.numbers[id] else { return }
        if self.streams[number] == nil {
            self.numbers[id] = nil
        } else {
            self.streams[number]?.isEndedByUs = true
        }
        self.session?.end(stream: number)
    }

    func reset(_ id: LinkStreamID) {
        guard let number = self.numbers.removeValue(forKey: id) else { return }
        self.streams[number] = nil
        self.session?.reset(stream: number, code: 8)
    }

    func request(
        _ id: RequestID,
        method: String,
        target: String,
        headers: [HTTPHeader],
        body: ByteBuffer
    ) {
        guard self.isUp, let session = self.session else {
            self.driver.receive(.responseFailed(id, reason: "no object server"))
            return
        }
        let host = headers.first { $0.name.lowercased() == "host" }?.value
        do throws(HTTP2Failure) {
            let number = try session.submitRequest(
                method: method,
                path: target,
                authority: host ?? "torpor",
                headers: HeaderLines.forHTTP2(headers),
                body: body
            )
            self.answers[number] = Answer(id: id)
            self.answerNumbers[id] = number
        } catch {
            self.driver.receive(.responseFailed(id, reason: error.reason))
        }
    }

    func cancel(_ id: RequestID) {
        guard let number = self.answerNumbers.removeValue(forKey: id) else { return }
        self.answers[number] = nil
        self.session?.reset(stream: number, code: 8)
    }

    /// Sends what the session has, as far as the wire takes it.
    func flush() {
        guard let session = self.session else { return }
        while let wire = self.wire, wire.isWritable {
            var bytes = ByteBuffer()
            guard session.pull(into: &bytes) else { break }
            wire.send(bytes)
        }
        self.relieve(session)
        // Writing ends streams too: those the session itself resets or could not open.
        while let event = session.nextEvent() { self.take(event, session) }
    }

    private func relieve(_ session: HTTP2Session) {
        self.congested.removeAll { number in
            guard session.queuedBytes(stream: number) < Self.streamLowBytes else { return false }
            guard let id = self.streams[number]?.id else { return true }
            self.streams[number]?.isCongested = false
            self.driver.receive(.streamCongested(id, false))
            return true
        }
    }

    /// Ends the link for good.
    func stop() {
        self.isStopped = true
        self.session?.goaway()
        self.flush()
        self.wire?.close()
    }

    // MARK: the wire

    func wireUp(_ wire: any LinkWire) {
        guard !self.isStopped else { return wire.close() }
        do throws(HTTP2Failure) {
            self.session = try HTTP2Session(role: .client)
            self.wire = wire
            self.control = LinkDecoder()
            self.flush()
        } catch {
            wire.close()
        }
    }

    func wireBytes(_ bytes: ByteBuffer) {
        guard let session = self.session else { return }
        var failure: HTTP2Failure?
        do throws(HTTP2Failure) { try session.feed(bytes) } catch { failure = error }
        while let event = session.nextEvent() { self.take(event, session) }
        self.driver.drain()
        self.flush()
        self.driver.drain()
        if let failure { self.fail(failure.description) }
    }

    func wireWritable() {
        self.flush()
        self.driver.drain()
        self.driver.watchCongestion()
    }

    func wireDown(reason: String) {
        if self.wire == nil {
            // It never stood; no other event says why.
            self.driver.receive(.linkDown(reason: reason))
        } else {
            self.lose(reason)
        }
        self.failure = reason
        self.wire = nil
        self.driver.drain()
        let wasUp = self.wasUp
        self.wasUp = false
        if !self.isStopped { self.onDown(wasUp) }
    }

    /// The peer broke the link's rules: the wire goes, the dialler tries again.
    private func fail(_ reason: String) {
        self.lose(reason)
        self.driver.drain()
        self.wire?.close()
    }

    private func lose(_ reason: String) {
        // The wire goes down after a failure too; the failure's reason is the one worth telling.
        guard self.session != nil else { return }
        self.session = nil
        self.controlStream = nil
        self.wasTaken = nil
        self.streams.removeAll()
        self.numbers.removeAll()
        self.congested.removeAll()
        let unanswered = self.answerNumbers.keys.sorted { $0.number < $1.number }
        self.answers.removeAll()
        self.answerNumbers.removeAll()
        self.isUp = false
        for id in unanswered { self.driver.receive(.responseFailed(id, reason: reason)) }
        self.driver.receive(.linkDown(reason: reason))
    }

    // MARK: events of the session

    private func take(_ event: HTTP2Event, _ session: HTTP2Session) {
        switch event {
        case .settingsReceived(let extendedConnect): self.settings(extendedConnect, session)
        case .headers(let stream, let head, let ends): self.headers(stream, head, ends)
        case .data(let stream, let bytes):
            self.data(stream, bytes)
            session.processed(stream: stream, bytes: bytes.readableBytes)
        case .endStream(let stream): self.ended(stream, clean: true, reason: "ended")
        case .reset(let stream, let code):
            self.ended(stream, clean: false, reason: "reset by the object server, code \(code)")
        case .goaway: self.fail("the object server is going away")
        }
    }

    private func settings(_ extendedConnect: Bool, _ session: HTTP2Session) {
        guard self.controlStream == nil, self.session != nil else { return }
        guard extendedConnect else { return self.fail("the peer has no extended CONNECT") }
        let headers = self.token.map { [(name: LinkToken.header, value: $0)] } ?? []
        do throws(HTTP2Failure) {
            self.controlStream = try session.submitConnect(
                protocol: "torpor-control",
                path: "/",
                headers: headers
            )
        } catch {
            self.fail(error.reason)
        }
    }

    private func headers(_ stream: Int32, _ head: HTTP2Head, _ ends: Bool) {
        if stream == self.controlStream {
            guard head.status == 200 else {
                return self.fail("the object server refuses the link: status \(head.status)")
            }
            self.isUp = true
            self.wasUp = true
            self.driver.receive(.linkUp)
        } else if self.answers[stream] != nil {
            self.answers[stream]?.status = head.status
            self.answers[stream]?.headers = head.fields.map {
                HTTPHeader(name: $0.name, value: $0.value)
            }
        } else if let entry = self.streams[stream] {
            if head.status == 200 {
                self.streams[stream]?.isAccepted = true
            } else {
                self.forget(stream, entry)
                self.driver.receive(.streamRefused(entry.id, reason: "status \(head.status)"))
            }
        }
        if ends { self.ended(stream, clean: true, reason: "ended") }
    }

    private func data(_ stream: Int32, _ bytes: ByteBuffer) {
        if stream == self.controlStream {
            self.control.append(bytes)
            do throws(LinkViolation) {
                while let message = try self.control.next() {
                    self.driver.receive(.control(message))
                    self.greeted(message)
                }
            } catch {
                self.fail("control stream: \(error.reason)")
            }
        } else if self.streams[stream] != nil {
            self.objectData(stream, bytes)
        } else if let answer = self.answers[stream] {
            if answer.body.readableBytes + bytes.readableBytes > Self.bodyBytesMax {
                self.cancel(answer.id)
                self.driver.receive(.responseFailed(answer.id, reason: "answer too large"))
            } else {
                self.answers[stream]?.body.writeImmutableBuffer(bytes)
            }
        }
    }

    private func greeted(_ message: LinkMessage) {
        switch message {
        case .helloAck: self.wasTaken = true
        case .helloRefused: self.wasTaken = false
        default: return
        }
        let waiters = self.waiters
        self.waiters = []
        for waiter in waiters { waiter(self.wasTaken == true) }
    }

    private func objectData(_ stream: Int32, _ bytes: ByteBuffer) {
        guard let id = self.streams[stream]?.id else { return }
        self.streams[stream]?.decoder.append(bytes)
        do throws(LinkViolation) {
            while let message = try self.streams[stream]?.decoder.next() {
                self.driver.receive(.streamMessage(id, message))
            }
        } catch {
            self.reset(id)
            self.driver.receive(.streamEnded(id, clean: false))
        }
    }

    private func ended(_ stream: Int32, clean: Bool, reason: String) {
        if stream == self.controlStream {
            self.fail("the control stream \(reason)")
        } else if let entry = self.streams[stream] {
            // The number stays while our half is open, so that the edge can end it.
            self.streams[stream] = nil
            if !clean || entry.isEndedByUs { self.numbers[entry.id] = nil }
            self.driver.receive(
                entry.isAccepted || clean
                    ? .streamEnded(entry.id, clean: clean)
                    : .streamRefused(entry.id, reason: reason)
            )
        } else if let answer = self.answers.removeValue(forKey: stream) {
            self.answerNumbers[answer.id] = nil
            self.driver.receive(
                clean
                    ? .response(
                        answer.id,
                        status: answer.status,
                        headers: answer.headers,
                        body: answer.body
                    )
                    : .responseFailed(answer.id, reason: reason)
            )
        }
    }

    private func forget(_ stream: Int32, _ entry: ObjectStream) {
        self.streams[stream] = nil
        self.numbers[entry.id] = nil
    }

    private static func bytes(_ message: LinkMessage) -> ByteBuffer {
        var bytes = ByteBuffer()
        LinkCodec.encode(message, into: &bytes)
        return bytes
    }
}

@available(*, unavailable)
extension LinkClient: Sendable {}
