internal import NIOCore
internal import ObjectCore
internal import ObjectLink
internal import WebSocketWire

/// The object server's end of one edge's connection.
///
/// Shape: one control stream, then any number of object streams and plain requests. Streams are named
/// to the host by this connection's number and their own.
final class LinkServer: LinkEnd {
    /// Body bytes of a plain request.
    static let bodyBytesMax = 1 << 20
    /// Bytes of an object's name.
    static let nameBytesMax = 1_024

    let number: UInt64
    /// Already in the driver's list of connections to flush.
    var isTouched = false
    private let driver: ObjectDriver
    private var wire: (any LinkWire)?
    private var session: HTTP2Session?
    private var controlStream: Int32?
    private var control = LinkDecoder()
    private var streams: [Int32: LinkDecoder] = [:]
    private var requests: [Int32: (head: HTTP2Head, body: ByteBuffer)] = [:]

    init(number: UInt64, driver: ObjectDriver) {
        self.number = number
        self.driver = driver
    }

    // MARK: actions of the host

    func control(_ message: LinkMessage) {
        guard let stream = self.controlStream else { return }
        self.session?.write(stream: stream, Self.bytes(message))
    }

    func send(_ stream: Int32, _ message: LinkMessage) {
        self.session?.write(stream: stream, Self.bytes(message))
    }

    func end(_ stream: Int32) { self.session?.end(stream: stream) }

    func reset(_ stream: Int32) {
        self.streams[stream] = nil
        self.session?.reset(stream: stream, code: 8)
    }

    func respond(_ stream: Int32, status: Int, headers: [HTTPHeader], body: ByteBuffer) {
        self.session?.submitResponse(
            stream: stream,
            status: status,
            headers: HeaderLines.forHTTP2(headers),
            body: body
        )
    }

    /// Sends what the session has, as far as the wire takes it.
    func flush() {
        self.isTouched = false
        guard let session = self.session else { return }
        while let wire = self.wire, wire.isWritable {
            var bytes = ByteBuffer()
            guard session.pull(into: &bytes) else { break }
            wire.send(bytes)
        }
        // Writing ends streams too: those that the session itself resets.
        while let event = session.nextEvent() { self.take(event, session) }
        if session.isFinished { self.wire?.close() }
    }

    /// Ends the link for good.
    func stop() {
        self.session?.goaway()
        self.flush()
        self.wire?.close()
    }

    // MARK: the wire

    func wireUp(_ wire: any LinkWire) {
        do throws(HTTP2Failure) {
            self.session = try HTTP2Session(role: .server)
            self.wire = wire
            self.driver.connected(self)
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
        if failure != nil { self.wire?.close() }
    }

    func wireWritable() {
        self.flush()
        self.driver.drain()
    }

    func wireDown(reason: String) {
        self.session = nil
        self.wire = nil
        self.driver.gone(self, wasEdge: self.controlStream != nil)
        self.controlStream = nil
    }

    // MARK: events of the session

    private func take(_ event: HTTP2Event, _ session: HTTP2Session) {
        switch event {
        case .settingsReceived, .goaway: break
        case .headers(let stream, let head, let ends): self.headers(stream, head, ends, session)
        case .data(let stream, let bytes):
            self.data(stream, bytes)
            session.processed(stream: stream, bytes: bytes.readableBytes)
        case .endStream(let stream): self.ended(stream, clean: true)
        case .reset(let stream, _): self.ended(stream, clean: false)
        }
    }

    private func headers(
        _ stream: Int32,
        _ head: HTTP2Head,
        _ ends: Bool,
        _ session: HTTP2Session
    ) {
        switch head.connectProtocol {
        case "torpor-control": self.openControl(stream, head)
        case "torpor-link": self.openObject(stream, head)
        case .some: self.refuse(stream, 501, "unknown protocol")
        case nil where self.controlStream == nil:
            // Before the control stream nobody has shown the link's secret.
            self.refuse(stream, self.driver.token == nil ? 412 : 401, "no control stream")
        case nil:
            self.requests[stream] = (head, ByteBuffer())
        }
        if ends { self.ended(stream, clean: true) }
    }

    private func openControl(_ stream: Int32, _ head: HTTP2Head) {
        guard LinkToken.matches(head.first(LinkToken.header), self.driver.token) else {
            return self.refuse(stream, 401, "wrong link token")
        }
        guard self.controlStream == nil else {
            return self.refuse(stream, 409, "this connection has a control stream")
        }
        self.controlStream = stream
        self.session?.submitResponse(stream: stream, status: 200, headers: [], body: nil)
        self.driver.receive(.edgeConnected(edge: self.number))
    }

    private func openObject(_ stream: Int32, _ head: HTTP2Head) {
        guard self.controlStream != nil else {
            return self.refuse(stream, 412, "no control stream")
        }
        guard let object = head.first("torpor-object"),
            (1...Self.nameBytesMax).contains(object.utf8.count)
        else { return self.refuse(stream, 400, "torpor-object of 1 to 1024 bytes wanted") }
        self.streams[stream] = LinkDecoder()
        self.session?.submitResponse(stream: stream, status: 200, headers: [], body: nil)
        self.driver.receive(.streamOpened(self.id(stream), object: object))
    }

    private func refuse(_ stream: Int32, _ status: Int, _ reason: String) {
        self.session?.submitResponse(
            stream: stream,
            status: status,
            headers: [(name: "content-type", value: "text/plain; charset=utf-8")],
            body: ByteBuffer(string: reason + "\n")
        )
    }

    private func data(_ stream: Int32, _ bytes: ByteBuffer) {
        if stream == self.controlStream {
            self.controlData(bytes)
        } else if self.streams[stream] != nil {
            self.objectData(stream, bytes)
        } else if let request = self.requests[stream] {
            if request.body.readableBytes + bytes.readableBytes > Self.bodyBytesMax {
                self.requests[stream] = nil
                self.refuse(stream, 413, "request body too large")
            } else {
                self.requests[stream]?.body.writeImmutableBuffer(bytes)
            }
        }
    }

    private func controlData(_ bytes: ByteBuffer) {
        self.control.append(bytes)
        do throws(LinkViolation) {
            while let message = try self.control.next() {
                self.driver.receive(.control(edge: self.number, message))
            }
        } catch {
            // Without its control stream an edge is nothing: the whole connection goes.
            self.wire?.close()
        }
    }

    private func objectData(_ stream: Int32, _ bytes: ByteBuffer) {
        self.streams[stream]?.append(bytes)
        do throws(LinkViolation) {
            while let message = try self.streams[stream]?.next() {
                self.driver.receive(.stream(self.id(stream), message))
            }
        } catch {
            self.reset(stream)
            self.driver.receive(.streamEnded(self.id(stream), clean: false))
        }
    }

    private func ended(_ stream: Int32, clean: Bool) {
        if stream == self.controlStream {
            self.wire?.close()
        } else if self.streams.removeValue(forKey: stream) != nil {
            self.driver.receive(.streamEnded(self.id(stream), clean: clean))
        } else if let request = self.requests.removeValue(forKey: stream), clean {
            self.driver.request(
                from: self,
                stream: stream,
                head: request.head,
                body: request.body
            )
        }
    }

    private func id(_ stream: Int32) -> HostStreamID {
        HostStreamID(edge: self.number, number: UInt64(stream))
    }

    private static func bytes(_ message: LinkMessage) -> ByteBuffer {
        var bytes = ByteBuffer()
        LinkCodec.encode(message, into: &bytes)
        return bytes
    }
}

@available(*, unavailable)
extension LinkServer: Sendable {}
