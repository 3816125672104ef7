public import struct NIOCore.ByteBuffer

/// Bytes of a client in, HTTP/1.1 request heads out; strict and bounded.
///
/// Errors: 400 malformed, 414 target too long, 431 too many or too large headers, 501 transfer
/// codings, 505 other versions.
public struct RequestDecoder: Sendable {
    private var reader: HeadReader
    private let passesTransferCodings: Bool

    /// Makes a decoder.
    ///
    /// - Parameters:
    ///   - limits: bounds on heads.
    ///   - passesTransferCodings: whether a body is read by somebody else, so that its coding is no
    ///     reason to refuse the head.
    public init(limits: HTTPLimits = .init(), passesTransferCodings: Bool = false) {
        self.reader = HeadReader(limits: limits)
        self.passesTransferCodings = passesTransferCodings
    }

    /// Takes bytes, oldest first.
    public mutating func append(_ bytes: ByteBuffer) { self.reader.append(bytes) }

    /// Bytes that are not yet part of a head that was given out.
    public var bufferedBytes: Int { self.reader.buffer.readableBytes }

    /// The next whole head, or `nil` when more bytes are needed.
    public mutating func next() throws(HTTPViolation) -> RequestHead? {
        guard let lines = try self.reader.next() else { return nil }
        guard let line = lines.first else {
            throw HTTPViolation(status: 400, reason: "empty request")
        }
        let parts = line.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 3, !parts[0].isEmpty, parts[0].utf8.allSatisfy(HeadReader.isToken),
            !parts[1].isEmpty, parts[2].hasPrefix("HTTP/")
        else { throw HTTPViolation(status: 400, reason: "not an HTTP/1.1 request line") }
        guard parts[2] == "HTTP/1.1" || parts[2] == "HTTP/1.0" else {
            throw HTTPViolation(status: 505, reason: "\(parts[2]) is not spoken here; use HTTP/1.1")
        }
        guard parts[1].utf8.count <= self.reader.limits.targetBytesMax else {
            throw HTTPViolation(
                status: 414,
                reason: "request target of more than \(self.reader.limits.targetBytesMax) bytes"
            )
        }
        guard parts[1].utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw HTTPViolation(status: 400, reason: "request target is not plain ASCII")
        }
        let head = RequestHead(
            method: String(parts[0]),
            target: String(parts[1]),
            headers: try HeadReader.headers(lines.dropFirst())
        )
        try self.check(head, version: parts[2])
        return head
    }

    /// A body of that many bytes, or `nil` until all are there.
    public mutating func takeBody(_ length: Int) -> ByteBuffer? { self.reader.take(length) }

    /// Everything after the last head: the first bytes of what follows an upgrade.
    public mutating func takeRest() -> ByteBuffer { self.reader.takeRest() }

    private func check(_ head: RequestHead, version: Substring) throws(HTTPViolation) {
        guard self.passesTransferCodings || head.first("transfer-encoding") == nil else {
            throw HTTPViolation(
                status: 501,
                reason: "transfer codings are not read; send Content-Length"
            )
        }
        let lengths = head.headers.filter { $0.name.lowercased() == "content-length" }
        guard lengths.count <= 1,
            lengths.allSatisfy({
                !$0.value.isEmpty && $0.value.utf8.allSatisfy { (0x30...0x39).contains($0) }
            })
        else { throw HTTPViolation(status: 400, reason: "Content-Length is not one number") }
        guard lengths.allSatisfy({ $0.value.utf8.count <= 18 }) else {
            throw HTTPViolation(status: 413, reason: "Content-Length of more than 18 digits")
        }
        let hosts = head.headers.filter { $0.name.lowercased() == "host" }.count
        guard hosts == 1 || (hosts == 0 && version == "HTTP/1.0") else {
            throw HTTPViolation(status: 400, reason: "a request needs exactly one Host header")
        }
        guard version == "HTTP/1.1" || !Handshake.isUpgrade(head) else {
            throw HTTPViolation(status: 505, reason: "a WebSocket is opened with HTTP/1.1")
        }
    }
}

/// Bytes of a server in, HTTP/1.1 response heads out.
///
/// Errors: a status of 502 with the reason.
public struct ResponseDecoder: Sendable {
    private var reader: HeadReader

    /// Makes a decoder.
    public init(limits: HTTPLimits = .init()) {
        self.reader = HeadReader(limits: limits)
    }

    /// Takes bytes, oldest first.
    public mutating func append(_ bytes: ByteBuffer) { self.reader.append(bytes) }

    /// The next whole head, or `nil` when more bytes are needed.
    public mutating func next() throws(HTTPViolation) -> ResponseHead? {
        do {
            return try self.head()
        } catch {
            throw HTTPViolation(status: 502, reason: error.reason)
        }
    }

    private mutating func head() throws(HTTPViolation) -> ResponseHead? {
        guard let lines = try self.reader.next() else { return nil }
        let parts = (lines.first ?? "").split(separator: " ", maxSplits: 2)
        guard parts.count >= 2, parts[0] == "HTTP/1.1" || parts[0] == "HTTP/1.0",
            parts[1].utf8.count == 3, let status = Int(parts[1]), (100...599).contains(status)
        else { throw HTTPViolation(status: 502, reason: "not an HTTP/1.1 response") }
        return ResponseHead(status: status, headers: try HeadReader.headers(lines.dropFirst()))
    }

    /// A body of that many bytes, or `nil` until all are there.
    public mutating func takeBody(_ length: Int) -> ByteBuffer? { self.reader.take(length) }

    /// Everything after the last head.
    public mutating func takeRest() -> ByteBuffer { self.reader.takeRest() }
}
