internal import ArgumentParser
internal import TorporServer

/// Whom a dialling command believes on `wss://` and `https://`.
struct TLSTrustOptions: ParsableArguments {
    @Option(
        name: .customLong("ca"),
        help: ArgumentHelp(
            "Trust the certificates in this PEM file instead of the system's.",
            valueName: "file"
        )
    )
    var caFile: String?

    @Flag(name: .customLong("insecure"), help: "Check no certificate; the trace's run row says so.")
    var isInsecure = false

    /// The flags again.
    var words: [String] {
        (self.caFile.map { ["--ca", $0] } ?? []) + (self.isInsecure ? ["--insecure"] : [])
    }

    var trust: TLSTrust { TLSTrust(caFile: self.caFile, isInsecure: self.isInsecure) }

    func validate() throws {
        guard self.caFile == nil || !self.isInsecure else {
            throw ValidationError("--ca and --insecure exclude each other: check, or do not")
        }
    }
}

/// The certificate of a listening command.
struct TLSListenOptions: ParsableArguments {
    @Option(
        name: .customLong("tls-cert"),
        help: ArgumentHelp(
            "Listen with TLS: the certificate and its chain, PEM. `torpor certs DIR` makes one.",
            valueName: "file"
        )
    )
    var certificate: String?

    @Option(
        name: .customLong("tls-key"),
        help: ArgumentHelp("The certificate's key, PEM, without a passphrase.", valueName: "file")
    )
    var key: String?

    func validate() throws {
        guard (self.certificate == nil) == (self.key == nil) else {
            throw ValidationError("--tls-cert and --tls-key belong together: give both or none")
        }
    }

    /// What to listen with; `nil` without the options.
    func context(alpn: [String]) throws(TLSFailure) -> TLSContext? {
        guard let certificate = self.certificate, let key = self.key else { return nil }
        return try TLSContext.server(certificate: certificate, key: key, alpn: alpn)
    }
}
