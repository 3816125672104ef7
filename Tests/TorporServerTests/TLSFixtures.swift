import Foundation
import NIOCore

@testable import TorporServer

/// Certificates in files, made for one test.
struct TLSFiles {
    let folder: String
    var authority: String { self.folder + "/ca.pem" }
    var certificate: String { self.folder + "/cert.pem" }
    var key: String { self.folder + "/key.pem" }

    init(
        hosts: [String] = ["localhost", "127.0.0.1", "::1"],
        validity: CertificateMaker.Validity = .usual
    ) throws {
        self.folder = FileManager.default.temporaryDirectory.path + "/torpor-tls-\(UUID())"
        let made = try CertificateMaker.make(hosts: hosts, validity: validity)
        try FileManager.default.createDirectory(
            atPath: self.folder,
            withIntermediateDirectories: true
        )
        try made.authority.write(toFile: self.authority, atomically: false, encoding: .utf8)
        try made.chain.write(toFile: self.certificate, atomically: false, encoding: .utf8)
        try made.key.write(toFile: self.key, atomically: false, encoding: .utf8)
    }

    func server(alpn: [String] = []) throws -> TLSContext {
        try TLSContext.server(certificate: self.certificate, key: self.key, alpn: alpn)
    }

    func client(alpn: [String] = []) throws -> TLSContext {
        try TLSContext.client(trust: TLSTrust(caFile: self.authority), alpn: alpn)
    }

    func remove() { try? FileManager.default.removeItem(atPath: self.folder) }
}

/// Two sessions whose wire is cut into pieces.
final class TLSPair {
    let client: TLSSession
    let server: TLSSession
    /// Plaintext that came out of each.
    var clientGot = ByteBuffer()
    var serverGot = ByteBuffer()

    init(_ client: TLSContext, _ server: TLSContext, name: String? = "localhost") {
        self.client = TLSSession(context: client, serverName: name)
        self.server = TLSSession(context: server)
        self.client.start()
        self.server.start()
    }

    /// Carries bytes both ways, `piece` bytes at a time, until nobody has any.
    func run(piece: Int = .max) {
        while self.carry(self.client, self.server, &self.serverGot, piece)
            || self.carry(self.server, self.client, &self.clientGot, piece)
        {}
    }

    private func carry(
        _ from: TLSSession,
        _ to: TLSSession,
        _ got: inout ByteBuffer,
        _ piece: Int
    ) -> Bool {
        guard var bytes = from.pull() else { return false }
        while let part = bytes.readSlice(length: min(piece, bytes.readableBytes)),
            part.readableBytes > 0
        {
            if var plain = to.feed(part) { got.writeBuffer(&plain) }
        }
        return true
    }
}
