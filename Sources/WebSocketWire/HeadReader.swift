import struct NIOCore.ByteBuffer

/// The lines of one HTTP/1.1 head, bounded, shared by requests and responses.
///
/// Source: RFC 9112 §2.2, §5: lines end with CRLF; a bare CR or LF, folding, blanks before the colon
/// and control bytes are refused, since two readers could take them apart differently.
struct HeadReader: Sendable {
    let limits: HTTPLimits
    private(set) var buffer = ByteBuffer()
    private var scanned = 0
    private var lines = 0

    init(limits: HTTPLimits) { self.limits = limits }

    mutating func append(_ bytes: ByteBuffer) {
        guard bytes.readableBytes > 0 else { return }
        if self.buffer.readableBytes == 0 {
            self.buffer = bytes
        } else {
            var bytes = bytes
            // Pipelined heads may never empty the buffer; what was read must still go.
            self.buffer.discardReadBytes()
            self.buffer.writeBuffer(&bytes)
        }
    }

    /// The head's lines without the empty one, or `nil` when it is not whole yet.
    mutating func next() throws(HTTPViolation) -> [String]? {
        while self.scanned == 0, self.lines == 0, self.buffer.readableBytes >= 2,
            self.buffer.getInteger(at: self.buffer.readerIndex, as: UInt16.self) == 0x0D0A
        {
            self.buffer.moveReaderIndex(forwardBy: 2)
        }
        let view = self.buffer.readableBytesView
        var at = view.startIndex + self.scanned
        var end: Int?
        while at < view.endIndex, end == nil {
            let byte = view[at]
            if byte == 0x0A {
                guard at > view.startIndex, view[at - 1] == 0x0D else {
                    throw HTTPViolation(status: 400, reason: "line ends with a bare LF")
                }
                self.lines += 1
                if at >= view.startIndex + 3, view[at - 2] == 0x0A { end = at }
            } else if byte == 0 || (byte < 0x20 && byte != 0x0D && byte != 0x09) || byte == 0x7F {
                throw HTTPViolation(status: 400, reason: "control byte \(byte) in the head")
            } else if at > view.startIndex, view[at - 1] == 0x0D {
                throw HTTPViolation(status: 400, reason: "bare CR in the head")
            }
            at += 1
        }
        self.scanned = at - view.startIndex
        guard self.lines <= self.limits.headersMax + 2 else {
            throw HTTPViolation(status: 431, reason: "more than \(self.limits.headersMax) headers")
        }
        guard self.scanned <= self.limits.headBytesMax else {
            throw HTTPViolation(
                status: 431,
                reason: "head of more than \(self.limits.headBytesMax) bytes"
            )
        }
        if self.lines == 0, self.scanned > self.limits.targetBytesMax + 64 {
            throw HTTPViolation(
                status: 414,
                reason: "first line of more than \(self.limits.targetBytesMax) bytes"
            )
        }
        guard let end else { return nil }
        var bytes = self.buffer.readSlice(length: end - view.startIndex + 1) ?? ByteBuffer()
        self.scanned = 0
        self.lines = 0
        let text = bytes.readString(length: bytes.readableBytes) ?? ""
        return text.split(separator: "\r\n", omittingEmptySubsequences: true).map(String.init)
    }

    mutating func take(_ length: Int) -> ByteBuffer? {
        length < 0 ? nil : self.buffer.readSlice(length: length)
    }

    mutating func takeRest() -> ByteBuffer {
        let rest = self.buffer.slice()
        self.buffer = ByteBuffer()
        self.scanned = 0
        self.lines = 0
        return rest
    }

    static func headers(_ lines: ArraySlice<String>) throws(HTTPViolation) -> [HTTPHeader] {
        var headers: [HTTPHeader] = []
        headers.reserveCapacity(lines.count)
        for line in lines {
            guard let colon = line.utf8.firstIndex(of: 0x3A), colon != line.startIndex,
                line.utf8[..<colon].allSatisfy(Self.isToken)
            else {
                throw HTTPViolation(status: 400, reason: "header line without a valid name")
            }
            headers.append(
                HTTPHeader(
                    name: String(line[..<colon]),
                    value: String(line[line.utf8.index(after: colon)...].trimmingBlanks())
                )
            )
        }
        return headers
    }

    /// Source: RFC 9110 §5.6.2.
    static func isToken(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        case 0x21, 0x23, 0x24, 0x25, 0x26, 0x27, 0x2A, 0x2B, 0x2D, 0x2E, 0x5E, 0x5F, 0x60, 0x7C,
            0x7E:
            true
        default: false
        }
    }
}
