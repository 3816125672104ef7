internal import Foundation

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// A folder with a throw-away authority and a leaf, for tests and trials of `wss://` and `https://`.
public struct CertificateFolder: Sendable {
    /// Trusted by clients: `ca.pem`.
    public let authority: String
    /// Its key, for more leaves: `ca.key`.
    public let authorityKey: String
    /// The server's certificate with its chain: `cert.pem`.
    public let certificate: String
    /// The server's key: `key.pem`.
    public let key: String
    /// What the certificate is for.
    public let hosts: [String]

    /// Every certificate is for these.
    public static let loopback = ["localhost", "127.0.0.1", "::1"]
    /// How long they are valid, days.
    public static let days = 30
    /// The most names of one certificate.
    static let hostsMax = 100

    /// Makes the four files; keys are readable by their owner only.
    ///
    /// - Parameters:
    ///   - path: the folder, made when it is not there.
    ///   - hosts: names and IP addresses besides those of this machine; a name may begin with `*.`.
    ///   - overwrites: whether files that are there are replaced.
    /// - Returns: the paths of the files.
    /// - Throws: a name that is none, a file that is there, a folder that cannot be written.
    public static func make(
        _ path: String,
        hosts: [String],
        overwrites: Bool
    ) throws(TLSFailure) -> CertificateFolder {
        var all = Self.loopback
        for host in hosts where !all.contains(host) {
            guard Self.isName(host) || CertificateMaker.isAddress(host) else {
                throw TLSFailure(
                    .file,
                    "'\(host)' is not a host: a name such as app.example or *.example, or an address"
                )
            }
            all.append(host)
        }
        guard all.count <= Self.hostsMax else {
            throw TLSFailure(.file, "a certificate has at most \(Self.hostsMax) names")
        }
        let folder = CertificateFolder(
            authority: path + "/ca.pem",
            authorityKey: path + "/ca.key",
            certificate: path + "/cert.pem",
            key: path + "/key.pem",
            hosts: all
        )
        try folder.makeRoom(path, overwrites: overwrites)
        let made = try CertificateMaker.make(hosts: all)
        try Self.write(made.authority, to: folder.authority, mode: 0o644)
        try Self.write(made.authorityKey, to: folder.authorityKey, mode: 0o600)
        try Self.write(made.chain, to: folder.certificate, mode: 0o644)
        try Self.write(made.key, to: folder.key, mode: 0o600)
        return folder
    }

    private func makeRoom(_ path: String, overwrites: Bool) throws(TLSFailure) {
        do {
            try FileManager.default.createDirectory(
                atPath: path,
                withIntermediateDirectories: true
            )
        } catch {
            throw TLSFailure(.file, "cannot make \(path): \(error.localizedDescription)")
        }
        for file in [self.authority, self.authorityKey, self.certificate, self.key]
        where access(file, F_OK) == 0 {
            guard overwrites else {
                throw TLSFailure(.file, "\(file) is there already: give --force to replace it")
            }
            // Made anew, so that an old file's mode does not stay.
            guard unlink(file) == 0 else {
                let why = String(cString: strerror(errno)).lowercased()
                throw TLSFailure(.file, "cannot replace \(file): \(why)")
            }
        }
    }

    private static func write(
        _ text: String,
        to path: String,
        mode: mode_t
    ) throws(TLSFailure) {
        do throws(TraceFailure) {
            let file = try AppendFile(path: path, mode: mode)
            guard file.append(Array(text.utf8)) else {
                throw TraceFailure(path: path, reason: "the disk refused it")
            }
        } catch {
            throw TLSFailure(.file, "cannot write \(path): \(error.reason)")
        }
    }

    /// Letters, digits and dashes between dots; the first part may be `*`.
    private static func isName(_ host: String) -> Bool {
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        guard host.utf8.count <= 253, parts.last?.utf8.allSatisfy({ (0x30...0x39) ~= $0 }) == false
        else { return false }
        return parts.enumerated().allSatisfy { place, part in
            if place == 0, parts.count > 1, part == "*" { return true }
            return (1...63).contains(part.utf8.count)
                && part.utf8.allSatisfy { byte in
                    switch byte {
                    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x5F: true
                    default: false
                    }
                }
        }
    }
}
