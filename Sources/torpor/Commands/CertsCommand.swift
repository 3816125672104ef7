internal import ArgumentParser
internal import FramePath
internal import TorporServer

struct CertsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "certs",
        abstract: "Make a throw-away CA and a server certificate for wss:// and https://.",
        discussion: """
            torpor certs certs --host app.example

            Writes ca.pem, ca.key, cert.pem (with its chain) and key.pem: EC P-256, valid 30 days, for
            localhost, 127.0.0.1, ::1 and every --host. For tests and trials only: whoever has ca.key
            can sign for any name. Exit codes: 64 when a file is there already or cannot be written.
            """
    )

    @Argument(help: ArgumentHelp("The folder; it is made when it is not there.", valueName: "dir"))
    var folder: String

    @Option(name: .customLong("host"), help: "One more name or IP address. Repeatable.")
    var hosts: [String] = []

    @Flag(help: "Replace files that are there.")
    var force = false

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        let made = try CertificateFolder.make(
            self.folder,
            hosts: self.hosts,
            overwrites: self.force
        )
        guard !self.json else { return Terminal.line(Self.json(made)) }
        Terminal.line(
            """
            \(made.authority)   trusted by clients: --ca, curl --cacert, SSL_CERT_FILE
            \(made.certificate) and \(made.key)   for \(made.hosts.joined(separator: ", "))
            \(made.authorityKey)   signs more; throw it away with the rest within \(CertificateFolder.days) days
            Next:
              torpor up --listen 127.0.0.1:8443 --tls-cert \(made.certificate) --tls-key \(made.key)
              torpor probe wss://localhost:8443/ --ca \(made.authority)
              curl --cacert \(made.authority) https://localhost:8443/
            """
        )
    }

    private static func json(_ made: CertificateFolder) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        let files = [
            ("ca", made.authority), ("caKey", made.authorityKey), ("cert", made.certificate),
            ("key", made.key),
        ]
        for (key, path) in files {
            writer.key(key)
            writer.string(path)
        }
        writer.key("hosts")
        writer.beginArray()
        for host in made.hosts { writer.string(host) }
        writer.endArray()
        writer.key("days")
        writer.int(CertificateFolder.days)
        writer.endObject()
        return writer.bytes
    }
}
