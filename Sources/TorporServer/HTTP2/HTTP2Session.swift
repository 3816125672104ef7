internal import CNghttp2
internal import NIOCore

/// One side of an HTTP/2 connection without a socket: bytes go in, events and bytes come out.
///
/// Shape: `feed` what the peer sent, take `nextEvent()` until nil, `pull` what must be sent.
/// The connection's window is given back on receipt, a stream's when its bytes were `processed`,
/// so a slow stream stops itself and no other.
/// This file is the only one of the target with unsafe pointers; a session lives on one event loop.
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
        static let pullBytesMax = 256 << 10
        /// Resets of our own link come in storms when an object server evicts many objects.
        static let resetBurst: UInt64 = 100_000
        static let resetsPerSecond: UInt64 = 10_000
    }

    let role: Role
    /// Bytes written to streams and not yet pulled.
    private(set) var queuedBytes = 0
    fileprivate var events: [HTTP2Event] = []
    private var eventIndex = 0
    fileprivate var streams: [Int32: Stream] = [:]
    fileprivate var assembling: (stream: Int32, head: HTTP2Head, bytes: Int)?
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
    fileprivate struct Stream {
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

// MARK: - nghttp2's callbacks

extension HTTP2Session {
    private static func of(_ user: UnsafeMutableRawPointer?) -> HTTP2Session? {
        user.map { Unmanaged<HTTP2Session>.fromOpaque($0).takeUnretainedValue() }
    }

    /// Gives nghttp2 the queued bytes of a stream, or defers it until there are some.
    fileprivate static var provider: nghttp2_data_provider {
        nghttp2_data_provider(source: nghttp2_data_source()) {
            _,
            stream,
            destination,
            length,
            flags,
            _,
            user in
            guard let me = HTTP2Session.of(user), let destination else {
                return Int(NGHTTP2_ERR_CALLBACK_FAILURE.rawValue)
            }
            let target = UnsafeMutableRawBufferPointer(start: destination, count: length)
            return me.fill(target, from: stream, flags: flags)
        }
    }

    private func fill(
        _ target: UnsafeMutableRawBufferPointer,
        from stream: Int32,
        flags: UnsafeMutablePointer<UInt32>?
    ) -> Int {
        guard let index = self.streams.index(forKey: stream) else {
            return Int(NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue)
        }
        let ready = self.streams.values[index].pending.readableBytes
        if ready == 0 && !self.streams.values[index].isEnded {
            self.streams.values[index].isDeferred = true
            return Int(NGHTTP2_ERR_DEFERRED.rawValue)
        }
        let count = min(ready, target.count)
        self.streams.values[index].pending.readWithUnsafeReadableBytes { bytes in
            target.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[0..<count]))
            return count
        }
        self.queuedBytes -= count
        if count == ready {
            self.streams.values[index].pending = ByteBuffer()
            if self.streams.values[index].isEnded {
                flags?.pointee |= UInt32(NGHTTP2_DATA_FLAG_EOF.rawValue)
            }
        }
        return count
    }

    fileprivate static func install(_ callbacks: OpaquePointer?) {
        nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks) { _, frame, user in
            guard let me = HTTP2Session.of(user), let frame else { return 0 }
            me.assembling = (frame.pointee.hd.stream_id, HTTP2Head(), 0)
            return 0
        }
        nghttp2_session_callbacks_set_on_header_callback(callbacks) {
            _,
            _,
            name,
            nameLength,
            value,
            valueLength,
            _,
            user in
            let name = UnsafeBufferPointer(start: name, count: nameLength)
            let value = UnsafeBufferPointer(start: value, count: valueLength)
            return HTTP2Session.of(user)?.headerCame(
                String(decoding: name, as: UTF8.self),
                String(decoding: value, as: UTF8.self)
            ) ?? 0
        }
        nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks) {
            session,
            _,
            stream,
            data,
            length,
            user in
            guard let me = HTTP2Session.of(user), let data, length > 0 else { return 0 }
            let bytes = UnsafeRawBufferPointer(start: data, count: length)
            me.events.append(.data(stream: stream, ByteBuffer(bytes: bytes)))
            return nghttp2_session_consume_connection(session, length)
        }
        nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks) { session, frame, user in
            guard let me = HTTP2Session.of(user), let frame else { return 0 }
            me.frameCame(frame.pointee, session: session)
            return 0
        }
        nghttp2_session_callbacks_set_on_stream_close_callback(callbacks) { _, stream, code, user in
            HTTP2Session.of(user)?.streamClosed(stream, code: code)
            return 0
        }
        nghttp2_session_callbacks_set_on_frame_not_send_callback(callbacks) { _, frame, _, user in
            guard let me = HTTP2Session.of(user), let frame,
                frame.pointee.hd.type == UInt8(NGHTTP2_HEADERS.rawValue)
            else { return 0 }
            me.streamClosed(
                frame.pointee.hd.stream_id,
                code: UInt32(NGHTTP2_REFUSED_STREAM.rawValue)
            )
            return 0
        }
    }

    private func headerCame(_ name: String, _ value: String) -> Int32 {
        guard self.assembling != nil else { return 0 }
        self.assembling?.bytes += name.utf8.count + value.utf8.count
        if let assembling = self.assembling,
            assembling.head.fields.count >= Limits.headerCountMax
                || assembling.bytes > Limits.headerBytesMax
        {
            // Resets the stream, not the connection.
            return Int32(NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue)
        }
        switch name {
        case ":method": self.assembling?.head.method = value
        case ":path": self.assembling?.head.path = value
        case ":authority": self.assembling?.head.authority = value
        case ":protocol": self.assembling?.head.connectProtocol = value
        case ":status": self.assembling?.head.status = Int(value) ?? 0
        case ":scheme": break
        default: self.assembling?.head.fields.append((name: name, value: value))
        }
        return 0
    }

    private func frameCame(_ frame: nghttp2_frame, session: OpaquePointer?) {
        let stream = frame.hd.stream_id
        let flags = UInt32(frame.hd.flags)
        let ends = flags & UInt32(NGHTTP2_FLAG_END_STREAM.rawValue) != 0
        switch UInt32(frame.hd.type) {
        case UInt32(NGHTTP2_SETTINGS.rawValue):
            guard flags & UInt32(NGHTTP2_FLAG_ACK.rawValue) == 0 else { return }
            let accepts = nghttp2_session_get_remote_settings(
                session,
                NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL
            )
            self.events.append(.settingsReceived(extendedConnect: accepts == 1))
        case UInt32(NGHTTP2_HEADERS.rawValue):
            self.headersCame(frame, stream: stream, ends: ends)
        case UInt32(NGHTTP2_DATA.rawValue):
            if ends { self.events.append(.endStream(stream: stream)) }
        case UInt32(NGHTTP2_GOAWAY.rawValue):
            self.events.append(.goaway(code: frame.goaway.error_code))
        case UInt32(NGHTTP2_RST_STREAM.rawValue):
            self.streamClosed(stream, code: frame.rst_stream.error_code, isReset: true)
        default:
            break
        }
    }

    private func headersCame(_ frame: nghttp2_frame, stream: Int32, ends: Bool) {
        guard let assembled = self.assembling, assembled.stream == stream else { return }
        self.assembling = nil
        if frame.headers.cat == NGHTTP2_HCAT_REQUEST { self.streams[stream] = Stream() }
        // Interim responses come first, trailers (which nobody here sends) last.
        let isFinal =
            frame.headers.cat == NGHTTP2_HCAT_REQUEST || assembled.head.status >= 200
        if isFinal {
            self.events.append(
                .headers(stream: stream, head: assembled.head, endStream: ends)
            )
        } else if ends {
            self.events.append(.endStream(stream: stream))
        }
    }

    /// A stream is gone: by its clean end, by the peer's reset, or refused before it was sent.
    private func streamClosed(_ stream: Int32, code: UInt32, isReset: Bool = false) {
        guard let gone = self.streams.removeValue(forKey: stream) else { return }
        self.queuedBytes -= gone.pending.readableBytes
        if isReset || code != UInt32(NGHTTP2_NO_ERROR.rawValue) {
            self.events.append(.reset(stream: stream, code: code))
        }
    }
}
