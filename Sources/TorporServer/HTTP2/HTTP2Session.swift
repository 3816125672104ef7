internal import CNghttp2
internal import NIOCore

/// One side of an HTTP/2 connection without a socket: bytes go in, events and bytes come out.
///
/// Shape: `feed` what the peer sent, take `nextEvent()` until nil, `pull` what must be sent.
/// The connection's window is given back on receipt, a stream's when its bytes were `processed`,
/// so a slow stream stops itself and no other.
/// Its two files and those of TLS are the only ones of the target with C pointers, but for sockets'
/// options and the trace's `write(2)`; a session lives on one event loop.
/// Source: RFC 9113, RFC 8441; nghttp2 1.52.
final class HTTP2Session {
    enum Role {
        case client
        case server
    }

    /// Limits of one session.
    enum Limits {
        static let streamsMax: UInt32 = 100_000
        static let connectionWindowBytes: Int32 = 16 << 20
        static let streamWindowBytes: UInt32 = 1 << 20
        static let headerCountMax = 200
        static let headerBytesMax = 64 << 10
        /// One pull gives no more, so that a slow socket is not flooded.
        static let pullBytesMax = 64 << 10
        /// Resets of our own link come in storms when an object server evicts many objects.
        static let resetBurst: UInt64 = 100_000
        static let resetsPerSecond: UInt64 = 10_000
    }

    let role: Role
    /// Bytes written to streams and not yet pulled.
    var queuedBytes = 0
    var events: [HTTP2Event] = []
    private var eventIndex = 0
    var streams: [Int32: Stream] = [:]
    var assembling: (stream: Int32, head: HTTP2Head, bytes: Int)?
    private var session: OpaquePointer?
    private var resumed: [Int32] = []

    /// Makes a session; its preface and settings are the first thing to `pull`.
    init(role: Role) throws(HTTP2Failure) {
        self.role = role
        var callbacks: OpaquePointer?
        var option: OpaquePointer?
        nghttp2_session_callbacks_new(&callbacks)
        nghttp2_option_new(&option)
        defer {
            nghttp2_session_callbacks_del(callbacks)
            nghttp2_option_del(option)
        }
        Self.install(callbacks)
        nghttp2_option_set_no_auto_window_update(option, 1)
        nghttp2_option_set_no_closed_streams(option, 1)
        nghttp2_option_set_peer_max_concurrent_streams(option, Limits.streamsMax)
        nghttp2_option_set_stream_reset_rate_limit(
            option,
            Limits.resetBurst,
            Limits.resetsPerSecond
        )
        let me = Unmanaged.passUnretained(self).toOpaque()
        switch role {
        case .client:
            try Self.check(nghttp2_session_client_new2(&self.session, callbacks, me, option))
        case .server:
            try Self.check(nghttp2_session_server_new2(&self.session, callbacks, me, option))
        }
        try self.submitSettings()
    }

    deinit { nghttp2_session_del(self.session) }

    // MARK: in

    /// Takes bytes of the peer.
    ///
    /// Errors: the peer broke HTTP/2 so badly that the connection must end; pull once more first.
    func feed(_ bytes: ByteBuffer) throws(HTTP2Failure) {
        let result = bytes.withUnsafeReadableBytes { raw in
            nghttp2_session_mem_recv(
                self.session,
                raw.bindMemory(to: UInt8.self).baseAddress,
                raw.count
            )
        }
        try Self.check(Int32(clamping: result))
    }

    /// The next thing the peer did, oldest first.
    func nextEvent() -> HTTP2Event? {
        guard self.eventIndex < self.events.count else {
            self.events.removeAll(keepingCapacity: self.events.count < 256)
            self.eventIndex = 0
            return nil
        }
        defer { self.eventIndex += 1 }
        return self.events[self.eventIndex]
    }

    /// The receiver is done with bytes of a stream; its window opens again.
    func processed(stream: Int32, bytes: Int) {
        _ = nghttp2_session_consume_stream(self.session, stream, bytes)
    }

    // MARK: out

    /// Writes what must go to the peer now.
    ///
    /// - Returns: whether anything was written; `false` means there is nothing to send.
    func pull(into out: inout ByteBuffer) -> Bool {
        for stream in self.resumed { _ = nghttp2_session_resume_data(self.session, stream) }
        self.resumed.removeAll(keepingCapacity: true)
        let start = out.writerIndex
        while out.writerIndex - start < Limits.pullBytesMax {
            var bytes: UnsafePointer<UInt8>?
            let count = nghttp2_session_mem_send(self.session, &bytes)
            guard count > 0, let bytes else { break }
            out.writeBytes(UnsafeRawBufferPointer(start: bytes, count: count))
        }
        return out.writerIndex > start
    }

    /// Whether the session has nothing more to say or hear and the connection may be closed.
    var isFinished: Bool {
        nghttp2_session_want_read(self.session) == 0
            && nghttp2_session_want_write(self.session) == 0
    }

    /// Opens a stream by extended CONNECT (RFC 8441 §4).
    func submitConnect(
        protocol word: String,
        path: String,
        headers: [(name: String, value: String)]
    ) throws(HTTP2Failure) -> Int32 {
        let pseudo = [
            (name: ":method", value: "CONNECT"), (name: ":protocol", value: word),
            (name: ":scheme", value: "http"), (name: ":path", value: path),
            (name: ":authority", value: "torpor"),
        ]
        return try self.submit(pseudo + headers, body: Stream())
    }

    /// Sends a whole request.
    func submitRequest(
        method: String,
        path: String,
        authority: String,
        headers: [(name: String, value: String)],
        body: ByteBuffer
    ) throws(HTTP2Failure) -> Int32 {
        let pseudo = [
            (name: ":method", value: method), (name: ":scheme", value: "http"),
            (name: ":path", value: path), (name: ":authority", value: authority),
        ]
        return try self.submit(pseudo + headers, body: Stream(whole: body))
    }

    /// Answers a request; without a body the stream stays open for `write`.
    func submitResponse(
        stream: Int32,
        status: Int,
        headers: [(name: String, value: String)],
        body: ByteBuffer?
    ) {
        guard self.streams[stream] != nil else { return }
        self.streams[stream] = body.map(Stream.init(whole:)) ?? Stream()
        self.queuedBytes += body?.readableBytes ?? 0
        let lines = [(name: ":status", value: String(status))] + headers
        var provider = Self.provider
        let result = Self.withNameValues(lines) { pairs in
            nghttp2_submit_response(self.session, stream, pairs.baseAddress, pairs.count, &provider)
        }
        if result != 0 { self.reset(stream: stream, code: UInt32(NGHTTP2_INTERNAL_ERROR.rawValue)) }
    }

    /// Queues bytes on a stream; a stream that is gone swallows them.
    func write(stream: Int32, _ bytes: ByteBuffer) {
        guard self.streams[stream]?.append(bytes) == true else { return }
        self.queuedBytes += bytes.readableBytes
        self.resume(stream)
    }

    /// Bytes written to one stream and not yet pulled.
    func queuedBytes(stream: Int32) -> Int { self.streams[stream]?.pending.readableBytes ?? 0 }

    /// Ends our side of a stream after what was queued.
    func end(stream: Int32) {
        guard self.streams[stream]?.end() == true else { return }
        self.resume(stream)
    }

    /// Ends a stream at once; what is queued on it is lost.
    func reset(stream: Int32, code: UInt32) {
        guard let gone = self.streams.removeValue(forKey: stream) else { return }
        self.queuedBytes -= gone.pending.readableBytes
        _ = nghttp2_submit_rst_stream(
            self.session,
            UInt8(NGHTTP2_FLAG_NONE.rawValue),
            stream,
            code
        )
    }

    /// Tells the peer that no new streams are taken and the connection ends.
    func goaway() {
        _ = nghttp2_session_terminate_session(self.session, UInt32(NGHTTP2_NO_ERROR.rawValue))
    }

    // MARK: streams

    /// Our side of one stream.
    struct Stream {
        var pending = ByteBuffer()
        var isEnded = false
        /// nghttp2 asked for bytes when there were none.
        var isDeferred = false

        init() {}

        init(whole body: ByteBuffer) {
            self.pending = body
            self.isEnded = true
        }

        mutating func append(_ bytes: ByteBuffer) -> Bool {
            guard !self.isEnded else { return false }
            if self.pending.readableBytes == 0 {
                self.pending = bytes
            } else {
                self.pending.discardReadBytes()
                self.pending.writeImmutableBuffer(bytes)
            }
            return true
        }

        mutating func end() -> Bool {
            defer { self.isEnded = true }
            return !self.isEnded
        }
    }

    private func resume(_ stream: Int32) {
        guard self.streams[stream]?.isDeferred == true else { return }
        self.streams[stream]?.isDeferred = false
        self.resumed.append(stream)
    }

    private func submit(
        _ lines: [(name: String, value: String)],
        body: Stream
    ) throws(HTTP2Failure) -> Int32 {
        var provider = Self.provider
        let isEmpty = body.isEnded && body.pending.readableBytes == 0
        let stream = Self.withNameValues(lines) { pairs in
            withUnsafePointer(to: &provider) { provider in
                nghttp2_submit_request(
                    self.session,
                    nil,
                    pairs.baseAddress,
                    pairs.count,
                    isEmpty ? nil : provider,
                    nil
                )
            }
        }
        try Self.check(stream)
        self.streams[stream] = body
        self.queuedBytes += body.pending.readableBytes
        return stream
    }

    private func submitSettings() throws(HTTP2Failure) {
        var entries = [
            nghttp2_settings_entry(
                settings_id: Int32(NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS.rawValue),
                value: Limits.streamsMax
            ),
            nghttp2_settings_entry(
                settings_id: Int32(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE.rawValue),
                value: Limits.streamWindowBytes
            ),
        ]
        switch self.role {
        case .client:
            entries.append(
                nghttp2_settings_entry(
                    settings_id: Int32(NGHTTP2_SETTINGS_ENABLE_PUSH.rawValue),
                    value: 0
                )
            )
        case .server:
            entries.append(
                nghttp2_settings_entry(
                    settings_id: Int32(NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL.rawValue),
                    value: 1
                )
            )
        }
        let flags = UInt8(NGHTTP2_FLAG_NONE.rawValue)
        try Self.check(nghttp2_submit_settings(self.session, flags, entries, entries.count))
        try Self.check(
            nghttp2_session_set_local_window_size(
                self.session,
                flags,
                0,
                Limits.connectionWindowBytes
            )
        )
    }

    private static func check(_ result: Int32) throws(HTTP2Failure) {
        guard result < 0 else { return }
        throw HTTP2Failure(
            code: Int(result),
            reason: nghttp2_strerror(result).map { String(cString: $0) } ?? "error \(result)"
        )
    }

    /// Lends the lines as nghttp2 wants them: one block of bytes, pointers into it.
    private static func withNameValues<Result>(
        _ lines: [(name: String, value: String)],
        _ body: (UnsafeMutableBufferPointer<nghttp2_nv>) -> Result
    ) -> Result {
        var bytes: [UInt8] = []
        for line in lines {
            bytes.append(contentsOf: line.name.utf8)
            bytes.append(contentsOf: line.value.utf8)
        }
        return bytes.withUnsafeMutableBufferPointer { block in
            var position = block.baseAddress
            var pairs: [nghttp2_nv] = lines.map { line in
                let name = position
                let value = position.map { $0 + line.name.utf8.count }
                position = value.map { $0 + line.value.utf8.count }
                return nghttp2_nv(
                    name: name,
                    value: value,
                    namelen: line.name.utf8.count,
                    valuelen: line.value.utf8.count,
                    flags: UInt8(NGHTTP2_NV_FLAG_NONE.rawValue)
                )
            }
            return pairs.withUnsafeMutableBufferPointer { body($0) }
        }
    }
}

@available(*, unavailable)
extension HTTP2Session: Sendable {}
