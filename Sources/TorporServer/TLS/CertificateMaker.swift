internal import COpenSSL

/// Makes a throw-away certificate authority and one leaf of it, as PEM texts.
///
/// Shape: EC P-256, SHA-256; the leaf is for server authentication of the given names and addresses.
/// Errors: OpenSSL refusing, as `TLSFailure`.
/// Source: RFC 5280 §4.2.
struct CertificateMaker: ~Copyable {
    /// The four files' texts.
    struct Pair: Equatable {
        var authority: String
        var authorityKey: String
        /// The leaf, then the authority.
        var chain: String
        var key: String
    }

    /// From when and until when, seconds from now.
    struct Validity {
        var from: Int
        var until: Int

        /// Since an hour ago, for clocks that differ, and for 30 days.
        static let usual = Validity(from: -3_600, until: 30 * 86_400)
    }

    /// Makes both.
    ///
    /// - Parameters:
    ///   - hosts: names and IP addresses, at least one.
    ///   - validity: of the leaf; the authority is valid as `usual`.
    /// - Returns: the texts.
    /// - Throws: what OpenSSL refuses.
    static func make(
        hosts: [String],
        validity: Validity = .usual
    ) throws(TLSFailure) -> Pair {
        let authority = try Self.begin(subject: "Torpor throw-away CA", validity: .usual)
        try authority.extend(NID_basic_constraints, "critical,CA:TRUE,pathlen:0", by: authority)
        try authority.extend(NID_key_usage, "critical,keyCertSign,cRLSign", by: authority)
        try authority.extend(NID_subject_key_identifier, "hash", by: authority)
        try authority.sign(by: authority)

        let leaf = try Self.begin(subject: hosts.first ?? "localhost", validity: validity)
        let names = hosts.map { (Self.isAddress($0) ? "IP:" : "DNS:") + $0 }
        try leaf.extend(NID_basic_constraints, "critical,CA:FALSE", by: authority)
        try leaf.extend(NID_key_usage, "critical,digitalSignature", by: authority)
        try leaf.extend(NID_ext_key_usage, "serverAuth", by: authority)
        try leaf.extend(NID_subject_alt_name, names.joined(separator: ","), by: authority)
        try leaf.extend(NID_subject_key_identifier, "hash", by: authority)
        try leaf.extend(NID_authority_key_identifier, "keyid", by: authority)
        try leaf.sign(by: authority)
        return Pair(
            authority: try authority.certificateText(),
            authorityKey: try authority.keyText(),
            chain: try leaf.certificateText() + authority.certificateText(),
            key: try leaf.keyText()
        )
    }

    /// Whether a certificate names it as an IP address.
    static func isAddress(_ host: String) -> Bool {
        guard let address = a2i_IPADDRESS(host) else { return false }
        ASN1_OCTET_STRING_free(address)
        return true
    }

    private let certificate: OpaquePointer
    private let key: OpaquePointer

    private init(certificate: OpaquePointer, key: OpaquePointer) {
        self.certificate = certificate
        self.key = key
    }

    private static func begin(
        subject: String,
        validity: Validity
    ) throws(TLSFailure) -> CertificateMaker {
        ERR_clear_error()
        guard let certificate = X509_new() else { throw Self.failure }
        guard let key = torpor_make_p256_key() else {
            X509_free(certificate)
            throw Self.failure
        }
        let maker = CertificateMaker(certificate: certificate, key: key)
        try maker.describe(subject: subject, validity: validity)
        return maker
    }

    private func describe(subject: String, validity: Validity) throws(TLSFailure) {
        X509_set_version(self.certificate, 2)
        X509_gmtime_adj(X509_getm_notBefore(self.certificate), validity.from)
        X509_gmtime_adj(X509_getm_notAfter(self.certificate), validity.until)
        let name = X509_get_subject_name(self.certificate)
        // A common name holds at most 64 letters (RFC 5280 A.1); the names that count stand elsewhere.
        let common = String(subject.prefix(64))
        guard self.number(), X509_set_pubkey(self.certificate, self.key) == 1,
            X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, common, -1, -1, 0) == 1
        else { throw Self.failure }
    }

    deinit {
        X509_free(self.certificate)
        EVP_PKEY_free(self.key)
    }

    /// A serial number nobody guesses: 127 bits (RFC 5280 §4.1.2.2).
    private func number() -> Bool {
        guard let number = BN_new() else { return false }
        defer { BN_free(number) }
        return BN_rand(number, 127, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) == 1
            && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(self.certificate)) != nil
    }

    private func extend(
        _ kind: Int32,
        _ value: String,
        by issuer: borrowing CertificateMaker
    ) throws(TLSFailure) {
        var context = X509V3_CTX()
        X509V3_set_ctx(&context, issuer.certificate, self.certificate, nil, nil, 0)
        guard let found = X509V3_EXT_nconf_nid(nil, &context, kind, value) else {
            throw Self.failure
        }
        defer { X509_EXTENSION_free(found) }
        guard X509_add_ext(self.certificate, found, -1) == 1 else { throw Self.failure }
    }

    private func sign(by issuer: borrowing CertificateMaker) throws(TLSFailure) {
        let name = X509_get_subject_name(issuer.certificate)
        guard X509_set_issuer_name(self.certificate, name) == 1,
            X509_sign(self.certificate, issuer.key, EVP_sha256()) > 0
        else { throw Self.failure }
    }

    private func certificateText() throws(TLSFailure) -> String {
        let certificate = self.certificate
        return try Self.text { PEM_write_bio_X509($0, certificate) }
    }

    private func keyText() throws(TLSFailure) -> String {
        let key = self.key
        return try Self.text { PEM_write_bio_PrivateKey($0, key, nil, nil, 0, nil, nil) }
    }

    private static func text(_ write: (OpaquePointer) -> Int32) throws(TLSFailure) -> String {
        guard let memory = BIO_new(BIO_s_mem()) else { throw Self.failure }
        defer { BIO_free(memory) }
        guard write(memory) == 1 else { throw Self.failure }
        var bytes: UnsafeMutablePointer<CChar>?
        let count = torpor_memory(memory, &bytes)
        return String(
            decoding: UnsafeRawBufferPointer(start: bytes, count: count),
            as: UTF8.self
        )
    }

    private static var failure: TLSFailure {
        TLSFailure(.file, "OpenSSL cannot make a certificate: \(TLSWords.lastError())")
    }
}
