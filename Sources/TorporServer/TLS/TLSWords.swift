internal import COpenSSL

/// OpenSSL's errors in words for a person.
enum TLSWords {
    /// The oldest error of this thread's queue, which is emptied.
    static func lastError() -> String { Self.takeError().words }

    /// Why a handshake or a connection ended, from this thread's queue and the certificate check.
    static func failure(of session: OpaquePointer, isClient: Bool, name: String?) -> TLSFailure {
        let error = Self.takeError()
        let verified = SSL_get_verify_result(session)
        switch error.reason {
        case SSL_R_CERTIFICATE_VERIFY_FAILED:
            return TLSFailure(.handshake, Self.distrust(verified, name: name))
        case SSL_R_HTTP_REQUEST, SSL_R_HTTPS_PROXY_REQUEST:
            return TLSFailure(.plainHTTP, "the peer spoke HTTP without TLS")
        case SSL_R_WRONG_VERSION_NUMBER where isClient:
            return TLSFailure(
                .handshake,
                "the peer does not speak TLS (\(error.words)); is it ws:// or http:// there?"
            )
        case SSL_R_WRONG_VERSION_NUMBER:
            return TLSFailure(.handshake, "the peer does not speak TLS (\(error.words))")
        case SSL_AD_REASON_OFFSET..<(SSL_AD_REASON_OFFSET + 256):
            let alert = error.reason - SSL_AD_REASON_OFFSET
            let word = SSL_alert_desc_string_long(alert).map { String(cString: $0) } ?? "\(alert)"
            return TLSFailure(.handshake, "the peer ended TLS with the alert '\(word)'")
        default: return TLSFailure(.handshake, "TLS failed: \(error.words)")
        }
    }

    private static func distrust(_ result: Int, name: String?) -> String {
        let why = X509_verify_cert_error_string(result).map { String(cString: $0) } ?? "\(result)"
        let next =
            switch Int32(clamping: result) {
            case X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH:
                "it is not for \(name ?? "this host"); dial a name it is for, or give --insecure"
            case X509_V_ERR_CERT_HAS_EXPIRED: "the server needs a new one; or give --insecure"
            case X509_V_ERR_CERT_NOT_YET_VALID: "is the clock right? Or give --insecure"
            default: "give --ca FILE or --insecure"
            }
        return "certificate verify failed: \(why); \(next)"
    }

    private static func takeError() -> (reason: Int32, words: String) {
        let error = ERR_get_error()
        ERR_clear_error()
        guard error != 0 else { return (0, "no reason given") }
        let words = ERR_reason_error_string(error).map { String(cString: $0) }
        return (torpor_error_reason(error), words ?? "error \(error)")
    }
}
