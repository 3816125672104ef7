internal import COpenSSL
internal import NIOCore

/// One side of a TLS connection without a socket: bytes of the wire and plaintext go in and come out.
///
/// Shape: `start`, then `feed` what the peer sent and get its plaintext, `write` plaintext, and after
/// each `pull` what must be sent. OpenSSL reads from and writes to this object's own buffers, so wire
/// bytes are copied once each way and an idle session holds none.
/// Errors: none thrown; `failure` says why the session is dead, after its last alert was pulled.
/// Lives on one event loop. Source: RFC 8446, RFC 6066 §3, RFC 7301; OpenSSL 3.0.
final class TLSSession {
    let context: TLSContext
    private let serverName: String?
    private let session: OpaquePointer
    private var incoming = ByteBuffer()
    private var outgoing = ByteBuffer()

    /// The handshake is done and nothing has failed.
    private(set) var isOpen = false
    /// The peer sent its close_notify: nothing more comes.
    private(set) var peerHasClosed = false
    /// We sent ours: nothing more may be written.
    private(set) var hasClosed = false
    /// Why it is dead.
    private(set) var failure: TLSFailure?

    /// Makes one side.
    ///
    /// - Parameters:
    ///   - context: says which side, and with what.
    ///   - serverName: the name or IP address that a client dialled: it must stand in the peer's
    ///     certificate, and a name is told to the peer. Without one no name is checked.
    init(context: TLSContext, serverName: String? = nil) {
        guard let session = SSL_new(context.pointer), let wire = BIO_new(Self.method) else {
            preconditionFailure("OpenSSL is out of memory")
        }
        self.context = context
        self.serverName = serverName
        self.session = session
        BIO_set_data(wire, Unmanaged.passUnretained(self).toOpaque())
        BIO_set_init(wire, 1)
        SSL_set_bio(session, wire, wire)
        if context.isClient {
            SSL_set_connect_state(session)
        } else {
            SSL_set_accept_state(session)
        }
        guard let serverName else { return }
        SSL_set_hostflags(session, UInt32(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS))
        let isChecked = SSL_set1_host(session, serverName) == 1
        let isTold = Self.isAddress(serverName) || torpor_set_server_name(session, serverName) == 1
        if !isChecked || !isTold {
            self.failure = TLSFailure(.handshake, "'\(serverName)' is not a name TLS can check")
        }
    }

    deinit { SSL_free(self.session) }

    /// The protocol both sides agreed on by ALPN, or `nil`.
    var agreedProtocol: String? {
        var bytes: UnsafePointer<UInt8>?
        var count: UInt32 = 0
        SSL_get0_alpn_selected(self.session, &bytes, &count)
        guard let bytes, count > 0 else { return nil }
        return String(decoding: UnsafeBufferPointer(start: bytes, count: Int(count)), as: UTF8.self)
    }

    // MARK: in

    /// Begins the handshake: a client has something to `pull` after it.
    func start() { if self.failure == nil { self.shakeHands() } }

    /// Takes bytes of the peer, in any cut.
    ///
    /// - Parameter bytes: what came off the socket.
    /// - Returns: the plaintext in it, or `nil` when there is none yet.
    func feed(_ bytes: ByteBuffer) -> ByteBuffer? {
        guard self.failure == nil, !self.peerHasClosed else { return nil }
        self.incoming = bytes
        // The rest, if any, comes after a failure or the peer's close_notify and means nothing.
        defer { self.incoming = ByteBuffer() }
        if !self.isOpen { self.shakeHands() }
        guard self.isOpen else { return nil }
        return self.decrypt()
    }

    private func shakeHands() {
        ERR_clear_error()
        let result = SSL_do_handshake(self.session)
        guard result != 1 else { return self.handshakeDone() }
        self.judge(result)
    }

    private func handshakeDone() {
        // A client that offers no HTTP/1.1 has nothing to fall back on.
        let needsChoice =
            self.context.isClient && !self.context.protocols.isEmpty
            && !self.context.protocols.contains("http/1.1")
        guard !needsChoice || self.agreedProtocol != nil else {
            let wanted = self.context.protocols.joined(separator: " or ")
            self.failure = TLSFailure(
                .handshake,
                "the peer did not agree to speak \(wanted) (ALPN); is it the right server?"
            )
            return
        }
        self.isOpen = true
    }

    private func decrypt() -> ByteBuffer? {
        var plain = ByteBuffer()
        var result: Int32 = 1
        while result == 1 {
            let room = max(
                self.incoming.readableBytes,
                Int(SSL_pending(self.session)),
                TLSLimits.readBytesMin
            )
            ERR_clear_error()
            plain.writeWithUnsafeMutableBytes(minimumWritableBytes: room) { space in
                var count = 0
                result = SSL_read_ex(self.session, space.baseAddress, space.count, &count)
                return result == 1 ? count : 0
            }
        }
        self.judge(result)
        return plain.readableBytes > 0 ? plain : nil
    }

    /// Why the last call gave nothing.
    private func judge(_ result: Int32) {
        switch SSL_get_error(self.session, result) {
        case SSL_ERROR_WANT_READ, SSL_ERROR_NONE: return
        case SSL_ERROR_ZERO_RETURN: self.peerHasClosed = true
        default:
            self.isOpen = false
            self.failure = TLSWords.failure(
                of: self.session,
                isClient: self.context.isClient,
                name: self.serverName
            )
        }
    }

    // MARK: out

    /// Takes plaintext for the peer; a no-op before the handshake is done and after `close`.
    func write(_ bytes: ByteBuffer) {
        guard self.isOpen, !self.hasClosed, bytes.readableBytes > 0 else { return }
        self.outgoing.reserveCapacity(
            minimumWritableBytes: bytes.readableBytes + bytes.readableBytes >> 9
                + TLSLimits.recordBytes
        )
        ERR_clear_error()
        let result = bytes.withUnsafeReadableBytes { raw in
            var count = 0
            return SSL_write_ex(self.session, raw.baseAddress, raw.count, &count)
        }
        if result != 1 { self.judge(result) }
    }

    /// Tells the peer that nothing more comes.
    func close() {
        guard self.isOpen, !self.hasClosed else { return }
        self.hasClosed = true
        ERR_clear_error()
        SSL_shutdown(self.session)
    }

    /// What must go to the peer now, or `nil`.
    func pull() -> ByteBuffer? {
        guard self.outgoing.readableBytes > 0 else { return nil }
        defer { self.outgoing = ByteBuffer() }
        return self.outgoing
    }

    // MARK: OpenSSL's view of the wire

    /// A kind of BIO whose memory is the session's two buffers.
    ///
    /// Unsafe only to the compiler: made once under the lock of a static, and never changed again.
    nonisolated(unsafe) private static let method: OpaquePointer = {
        guard let method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "torpor") else {
            preconditionFailure("OpenSSL is out of memory")
        }
        BIO_meth_set_read_ex(method) { bio, space, room, count in
            TLSSession.of(bio).give(
                bio,
                UnsafeMutableRawBufferPointer(start: space, count: room),
                count
            )
        }
        BIO_meth_set_write_ex(method) { bio, bytes, length, count in
            TLSSession.of(bio).outgoing.writeBytes(
                UnsafeRawBufferPointer(start: bytes, count: length)
            )
            count?.pointee = length
            return 1
        }
        // Flushing always succeeds; nothing else is asked of a BIO of this kind.
        BIO_meth_set_ctrl(method) { _, command, _, _ in command == BIO_CTRL_FLUSH ? 1 : 0 }
        return method
    }()

    /// The session that a BIO belongs to, which outlives it.
    private static func of(_ bio: OpaquePointer?) -> TLSSession {
        guard let data = BIO_get_data(bio) else { preconditionFailure("a BIO without a session") }
        return Unmanaged<TLSSession>.fromOpaque(data).takeUnretainedValue()
    }

    private func give(
        _ bio: OpaquePointer?,
        _ space: UnsafeMutableRawBufferPointer,
        _ count: UnsafeMutablePointer<Int>?
    ) -> Int32 {
        torpor_clear_retry(bio)
        let given = self.incoming.readWithUnsafeReadableBytes { bytes in
            let part = UnsafeRawBufferPointer(rebasing: bytes.prefix(space.count))
            space.copyMemory(from: part)
            return (part.count, part.count)
        }
        count?.pointee = given
        if given == 0 { torpor_set_retry_read(bio) }
        return given > 0 ? 1 : 0
    }

    private static func isAddress(_ name: String) -> Bool {
        (try? SocketAddress(ipAddress: name, port: 0)) != nil
    }
}

@available(*, unavailable)
extension TLSSession: Sendable {}
