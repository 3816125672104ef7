import FramePath
import WebSocketWire

import struct NIOCore.ByteBuffer

/// Plain HTTP: heads, bodies, forwarding, answers.
extension Edge {
    /// Reads requests until the bytes, or the turn, end.
    ///
    /// An answer given at once asks for the next request while the loop below still runs; that loop goes
    /// on by itself, so that a client's pipeline never becomes depth of the stack.
    mutating func readRequests(_ slot: Int) {
        guard self.intakes[slot]?.isReading == false else { return }
        self.intakes[slot]?.isReading = true
        self.readAll(slot)
        self.intakes[slot]?.isReading = false
    }

    private mutating func readAll(_ slot: Int) {
        while true {
            switch self.legs.values[slot].stage {
            case .head:
                do throws(HTTPViolation) {
                    guard let head = try self.intakes[slot]?.requests.next() else { return }
                    self.intakes[slot]?.isIdleBetweenRequests = false
                    self.received(slot, head)
                } catch {
                    return self.refuse(slot, status: error.status, reason: error.reason)
                }
            case .body:
                guard self.takeBody(slot) else { return }
            case .answering, .upgrading, .socket, .finishing: return
            }
        }
    }

    private mutating func received(_ slot: Int, _ head: RequestHead) {
        if Handshake.isUpgrade(head) { return self.upgrade(slot, head) }
        if head.first("transfer-encoding") != nil {
            return self.refuse(slot, status: 501, reason: "only bodies by Content-Length are taken")
        }
        let length: Int
        if let text = head.first("content-length") {
            guard let number = Int(text), number >= 0 else {
                return self.refuse(slot, status: 400, reason: "Content-Length is no number")
            }
            length = number
        } else if ["POST", "PUT", "PATCH"].contains(head.method) {
            return self.refuse(slot, status: 411, reason: "a body needs Content-Length")
        } else {
            length = 0
        }
        guard length <= self.configuration.limits.bodyBytesMax else {
            self.limitCounts.add(.bodyBytes)
            return self.refuse(slot, status: 413, reason: "the body is over the limit")
        }
        if length > 0, head.first("expect")?.lowercased() == "100-continue" {
            self.write(slot, ByteBuffer(string: "HTTP/1.1 100 Continue\r\n\r\n"))
        }
        self.intakes[slot]?.head = head
        self.intakes[slot]?.bodyLength = length
        self.legs.values[slot].stage = .body
    }

    /// Forwards a request once its body is whole.
    private mutating func takeBody(_ slot: Int) -> Bool {
        guard let intake = self.intakes[slot], let head = intake.head else { return false }
        var body = ByteBuffer()
        if intake.bodyLength > 0 {
            guard let bytes = self.intakes[slot]?.requests.takeBody(intake.bodyLength) else {
                return false
            }
            body = bytes
        }
        self.legs.values[slot].deadline = nil
        self.legs.values[slot].stage = .answering
        self.legs.values[slot].waitingBytes = 0
        guard let reason = self.whyNoObjects else {
            self.forward(slot, head, body)
            return true
        }
        self.answer(slot, status: 502, reason: reason)
        return true
    }

    private mutating func forward(_ slot: Int, _ head: RequestHead, _ body: ByteBuffer) {
        self.lastRequest += 1
        let request = RequestID(number: self.lastRequest)
        self.intakes[slot]?.request = request
        self.requests[request] = self.legs.values[slot].id
        let headers = head.headers.endToEnd.forwarded(for: self.intakes[slot]?.peer)
        // HEAD asks for what GET would say (RFC 9110 §9.3.2), and only the whole answer has its length.
        self.emit(
            .request(
                request,
                method: head.method == "HEAD" ? "GET" : head.method,
                target: head.target,
                headers: headers,
                body: body
            )
        )
    }

    mutating func response(
        _ request: RequestID,
        status: Int,
        headers: [HTTPHeader],
        body: ByteBuffer
    ) {
        guard let slot = self.takeRequest(request) else { return }
        let kept = headers.endToEnd.filter { $0.name.lowercased() != "content-length" }
        self.finishAnswer(slot, status: status, headers: kept, body: body)
    }

    mutating func failed(_ request: RequestID, reason: String) {
        guard let slot = self.takeRequest(request) else { return }
        self.answer(slot, status: 502, reason: reason)
    }

    private mutating func takeRequest(_ request: RequestID) -> Int? {
        guard let leg = self.requests.removeValue(forKey: request), let slot = self.legSlots[leg]
        else { return nil }
        self.intakes[slot]?.request = nil
        guard self.legs.values[slot].stage == .answering else { return nil }
        return slot
    }

    private mutating func answer(_ slot: Int, status: Int, reason: String) {
        self.finishAnswer(
            slot,
            status: status,
            headers: [HTTPHeader(name: "content-type", value: "text/plain; charset=utf-8")],
            body: ByteBuffer(string: reason + "\n")
        )
    }

    private mutating func finishAnswer(
        _ slot: Int,
        status: Int,
        headers: [HTTPHeader],
        body: ByteBuffer
    ) {
        let closes =
            self.isShuttingDown
            || self.intakes[slot]?.head?.tokens("connection")
                .contains { $0.lowercased() == "close" } ?? true
        let isHead = self.intakes[slot]?.head?.method == "HEAD"
        self.write(
            slot,
            HTTPResponseWriter.response(
                status: status,
                headers: headers + self.demanded(status, headers),
                body: body,
                closes: closes,
                isHead: isHead
            )
        )
        self.intakes[slot]?.head = nil
        guard !closes else { return self.closeLeg(slot) }
        self.legs.values[slot].stage = .head
        let hasMore = self.legs.values[slot].waitingBytes > 0
        self.legs.values[slot].waitingBytes = 0
        self.intakes[slot]?.isIdleBetweenRequests = !hasMore
        let limits = self.configuration.limits
        self.setDeadline(slot, after: hasMore ? limits.handshakeTimeout : limits.keepAliveTimeout)
        self.readRequests(slot)
    }

    /// Answers with an error and closes: after a violation nothing of the stream can be trusted.
    mutating func refuse(_ slot: Int, status: Int, reason: String) {
        let headers = [HTTPHeader(name: "content-type", value: "text/plain; charset=utf-8")]
        self.write(
            slot,
            HTTPResponseWriter.response(
                status: status,
                headers: headers + self.demanded(status, headers),
                body: ByteBuffer(string: reason + "\n"),
                closes: true
            )
        )
        self.closeLeg(slot)
    }

    /// What a status demands (RFC 9110 §15.5.6, §15.5.22) and the answer does not say yet; `Upgrade` is of
    /// one connection, so the link never carries it.
    private func demanded(_ status: Int, _ headers: [HTTPHeader]) -> [HTTPHeader] {
        let wanted =
            switch status {
            case 405: [HTTPHeader(name: "allow", value: "GET")]
            case 426:
                [
                    HTTPHeader(name: "upgrade", value: "websocket"),
                    HTTPHeader(name: "sec-websocket-version", value: "13"),
                ]
            default: [HTTPHeader]()
            }
        return wanted.filter { want in
            !headers.contains { $0.name.lowercased() == want.name }
        }
    }

    /// Why nothing can reach the object server, or `nil` when it can or soon will.
    var whyNoObjects: String? {
        switch self.link {
        case .up, .greeting: nil
        case .down(let reason): "no object server: " + reason
        case .refused(let reason): "the object server refused the profile: " + reason
        }
    }
}
