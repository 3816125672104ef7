internal import COpenSSL
public import NIOCore
internal import Synchronization
internal import WebSocketWire

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// What all TLS connections of one kind share: certificates, trust, the protocols offered.
///
/// Shape: made once and not changed after; OpenSSL counts its users and lets any thread make
/// connections of it. TLS 1.2 and later; no resumption, no renegotiation.
public final class TLSContext: Sendable {
    /// Names of protocols, most wanted first (RFC 7301).
    let protocols: [String]
    /// Whether it dials.
    let isClient: Bool
    /// Whether nobody is checked.
    let isInsecure: Bool
    /// Set up whole before anybody else sees it, and from then on only handed to OpenSSL, which counts and
    /// locks what sessions on several threads share of an SSL_CTX.
    nonisolated(unsafe) let pointer: OpaquePointer
    private let handshakes = Atomic<Int>(0)

    private init(isClient: Bool, isInsecure: Bool, protocols: [String]) throws(TLSFailure) {
        guard let pointer = SSL_CTX_new(isClient ? TLS_client_method() : TLS_server_method()) else {
            throw TLSFailure(.file, "OpenSSL cannot start: \(TLSWords.lastError())")
        }
        self.pointer = pointer
        self.isClient = isClient
        self.isInsecure = isInsecure
        self.protocols = protocols
        guard torpor_prepare_context(pointer) == 1 else {
            throw TLSFailure(.file, "OpenSSL does not allow TLS 1.2: \(TLSWords.lastError())")
        }
    }

    deinit { SSL_CTX_free(self.pointer) }

    /// The side that dials.
    ///
    /// - Parameters:
    ///   - trust: whom it believes.
    ///   - alpn: protocols it offers; unless `http/1.1` is one of them the peer must choose one.
    /// - Returns: a context for any number of connections.
    /// - Throws: a CA file that cannot be used.
    public static func client(trust: TLSTrust, alpn: [String]) throws(TLSFailure) -> TLSContext {
        let context = try TLSContext(
            isClient: true,
            isInsecure: trust.isInsecure,
            protocols: alpn
        )
        let offered = Self.wire(alpn)
        SSL_CTX_set_alpn_protos(context.pointer, offered, UInt32(offered.count))
        guard !trust.isInsecure else { return context }
        SSL_CTX_set_verify(context.pointer, SSL_VERIFY_PEER, nil)
        guard let file = trust.caFile else {
            SSL_CTX_set_default_verify_paths(context.pointer)
            return context
        }
        try Self.checkReadable(file, "the CA file")
        ERR_clear_error()
        guard SSL_CTX_load_verify_file(context.pointer, file) == 1 else {
            throw TLSFailure(.file, "the CA file \(file) holds no certificate in PEM form")
        }
        return context
    }

    /// The side that is dialled.
    ///
    /// - Parameters:
    ///   - certificate: a PEM file, the leaf first, then its chain.
    ///   - key: the PEM file of the leaf's key, without a passphrase.
    ///   - alpn: protocols it speaks, most wanted first; a peer that offers none is taken.
    /// - Returns: a context for any number of connections.
    /// - Throws: files that cannot be used.
    public static func server(
        certificate: String,
        key: String,
        alpn: [String]
    ) throws(TLSFailure) -> TLSContext {
        let context = try TLSContext(isClient: false, isInsecure: false, protocols: alpn)
        try Self.checkReadable(certificate, "the certificate file")
        try Self.checkReadable(key, "the key file")
        ERR_clear_error()
        guard SSL_CTX_use_certificate_chain_file(context.pointer, certificate) == 1 else {
            throw TLSFailure(
                .file,
                "the certificate file \(certificate) holds no usable certificate in PEM form: "
                    + TLSWords.lastError()
            )
        }
        // Without this an encrypted key would ask for its passphrase on the terminal.
        SSL_CTX_set_default_passwd_cb(context.pointer) { _, _, _, _ in 0 }
        ERR_clear_error()
        guard SSL_CTX_use_PrivateKey_file(context.pointer, key, SSL_FILETYPE_PEM) == 1,
            SSL_CTX_check_private_key(context.pointer) == 1
        else { throw Self.keyFailure(certificate: certificate, key: key) }
        guard !alpn.isEmpty else { return context }
        SSL_CTX_set_alpn_select_cb(
            context.pointer,
            { _, chosen, length, offered, offeredLength, argument in
                TLSContext.choose(chosen, length, offered, offeredLength, argument)
            },
            // The context outlives its sessions, which hold it.
            Unmanaged.passUnretained(context).toOpaque()
        )
        return context
    }

    /// For clients of that address; `nil` when it is not `wss://`.
    static func dialling(_ url: WebSocketURL, trust: TLSTrust) throws(TLSFailure) -> TLSContext? {
        url.isSecure ? try Self.client(trust: trust, alpn: ["http/1.1"]) : nil
    }

    /// Puts TLS first into a channel's pipeline; call it in the channel's initializer.
    ///
    /// - Parameters:
    ///   - channel: on its event loop.
    ///   - serverName: the name or address dialled; `nil` on a server.
    /// - Throws: when a server has too many handshakes under way, or the pipeline is gone already.
    public func add(to channel: any Channel, serverName: String? = nil) throws(TLSFailure) {
        guard self.isClient || self.handshakeCount < TLSLimits.handshakesMax
        else { throw TLSFailure(.handshake, "too many TLS handshakes at once") }
        do {
            try channel.pipeline.syncOperations.addHandler(
                TLSHandler(context: self, serverName: serverName),
                position: .first
            )
        } catch {
            throw TLSFailure(.handshake, "the connection is gone already")
        }
    }

    /// Handshakes under way.
    var handshakeCount: Int { self.handshakes.load(ordering: .relaxed) }

    func handshakeBegan() { self.handshakes.add(1, ordering: .relaxed) }

    func handshakeEnded() { self.handshakes.subtract(1, ordering: .relaxed) }

    private static func checkReadable(_ file: String, _ what: String) throws(TLSFailure) {
        guard access(file, R_OK) == 0 else {
            let why = String(cString: strerror(errno)).lowercased()
            throw TLSFailure(.file, "cannot read \(what) \(file): \(why)")
        }
    }

    private static func keyFailure(certificate: String, key: String) -> TLSFailure {
        let reason = TLSWords.lastError()
        let found =
            switch reason {
            case "key values mismatch", "key type mismatch":
                "does not belong to the certificate in \(certificate)"
            case "bad password read", "problems getting password", "bad decrypt":
                "is locked with a passphrase; give one without: openssl pkey -in \(key) -out OPEN.pem"
            default: "holds no usable private key in PEM form: \(reason)"
            }
        return TLSFailure(.file, "the key file \(key) \(found)")
    }

    /// Each name behind its length, as RFC 7301 §3.1 has it.
    private static func wire(_ protocols: [String]) -> [UInt8] {
        protocols.flatMap { [UInt8(clamping: $0.utf8.count)] + $0.utf8.prefix(255) }
    }

    /// The server's choice; none in common ends the handshake with an alert (RFC 7301 §3.2).
    private static func choose(
        _ chosen: UnsafeMutablePointer<UnsafePointer<UInt8>?>?,
        _ length: UnsafeMutablePointer<UInt8>?,
        _ offered: UnsafePointer<UInt8>?,
        _ offeredLength: UInt32,
        _ argument: UnsafeMutableRawPointer?
    ) -> Int32 {
        guard let argument, let offered, let chosen, let length else {
            return SSL_TLSEXT_ERR_ALERT_FATAL
        }
        let context = Unmanaged<TLSContext>.fromOpaque(argument).takeUnretainedValue()
        let bytes = UnsafeBufferPointer(start: offered, count: Int(offeredLength))
        for wanted in context.protocols {
            var at = 0
            while at < bytes.count {
                let end = at + 1 + Int(bytes[at])
                guard end <= bytes.count else { break }
                if bytes[(at + 1)..<end].elementsEqual(wanted.utf8) {
                    // It may stay in the client's list, which outlives this call.
                    chosen.pointee = offered + at + 1
                    length.pointee = bytes[at]
                    return SSL_TLSEXT_ERR_OK
                }
                at = end
            }
        }
        return SSL_TLSEXT_ERR_ALERT_FATAL
    }
}
