internal import CNghttp2
internal import NIOCore

/// What nghttp2 asks and tells: bodies to send, headers and bytes that came, streams that ended.
extension HTTP2Session {
    private static func of(_ user: UnsafeMutableRawPointer?) -> HTTP2Session? {
        user.map { Unmanaged<HTTP2Session>.fromOpaque($0).takeUnretainedValue() }
    }

    /// Gives nghttp2 the queued bytes of a stream, or defers it until there are some.
    static var provider: nghttp2_data_provider {
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

    static func install(_ callbacks: OpaquePointer?) {
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
