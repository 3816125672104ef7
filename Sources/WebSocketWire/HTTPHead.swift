public import struct NIOCore.ByteBuffer

/// One header line, its name as sent.
public struct HTTPHeader: Sendable, Equatable {
    /// The name, as sent.
    public var name: String
    /// The value without surrounding blanks.
    public var value: String
    /// Makes a header.
    public init(name: String, value: String) {
        self.name = name
        self.value = value
    }
}

/// The head of an HTTP/1.1 request.
public struct RequestHead: Sendable, Equatable {
    /// The method, upper case.
    public var method: String
    /// The request target, as sent.
    public var target: String
    /// Headers in order.
    public var headers: [HTTPHeader]
    /// Makes a head.
    public init(method: String, target: String, headers: [HTTPHeader]) {
        self.method = method
        self.target = target
        self.headers = headers
    }
    /// The first value of a header, by its lower-case name.
    public func first(_ name: String) -> String? { self.headers.first(name) }
    /// Every comma-separated token of a header, blanks trimmed, in order.
    public func tokens(_ name: String) -> [String] { self.headers.tokens(name) }
}

/// The head of an HTTP/1.1 response.
public struct ResponseHead: Sendable, Equatable {
    /// The status.
    public var status: Int
    /// Headers in order.
    public var headers: [HTTPHeader]
    /// Makes a head.
    public init(status: Int, headers: [HTTPHeader]) {
        self.status = status
        self.headers = headers
    }
    /// The first value of a header, by its lower-case name.
    public func first(_ name: String) -> String? { self.headers.first(name) }
    /// Every comma-separated token of a header, blanks trimmed, in order.
    public func tokens(_ name: String) -> [String] { self.headers.tokens(name) }
}

extension [HTTPHeader] {
    func first(_ name: String) -> String? {
        self.first { $0.name.lowercased() == name }?.value
    }

    func tokens(_ name: String) -> [String] {
        self.filter { $0.name.lowercased() == name }
            .flatMap { $0.value.split(separator: ",") }
            .map { String($0.trimmingBlanks()) }
            .filter { !$0.isEmpty }
    }
}

extension [HTTPHeader] {
    /// As lines of a head.
    ///
    /// A name or value that could end its line early is left out, so that no header from elsewhere
    /// can add another.
    var lines: String {
        self.filter { header in
            !header.name.isEmpty && header.name.utf8.allSatisfy(HeadReader.isToken)
                && header.value.utf8.allSatisfy { ($0 >= 0x20 && $0 != 0x7F) || $0 == 0x09 }
        }
        .map { "\($0.name): \($0.value)\r\n" }.joined()
    }

    /// A whole head: the first line, these, and the empty one.
    public func head(_ line: String) -> ByteBuffer {
        ByteBuffer(string: line + "\r\n" + self.lines + "\r\n")
    }
}

extension Substring {
    func trimmingBlanks() -> Substring {
        var text = self
        while let first = text.first, first == " " || first == "\t" { text.removeFirst() }
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        return text
    }
}

/// Why a head is refused, as a status to answer with.
public struct HTTPViolation: Error, Equatable, Sendable {
    /// The status, 400…599.
    public let status: Int
    /// Plain words for the body and the trace.
    public let reason: String
    /// Makes one.
    public init(status: Int, reason: String) {
        self.status = status
        self.reason = reason
    }
}

/// Bounds on heads.
public struct HTTPLimits: Sendable {
    /// Bytes of a whole head.
    public var headBytesMax = 64 << 10
    /// Header lines.
    public var headersMax = 200
    /// Bytes of a request target.
    public var targetBytesMax = 8 << 10
    /// The defaults.
    public init() {}
}
