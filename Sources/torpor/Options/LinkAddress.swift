internal import ArgumentParser
internal import TorporServer

/// Where the object server is, as `--objects` has it: `http://HOST:PORT` or `https://HOST:PORT`.
struct LinkAddress: ExpressibleByArgument, CustomStringConvertible {
    let address: ListenAddress
    let isSecure: Bool

    init(_ address: ListenAddress) {
        self.address = address
        self.isSecure = false
    }

    init?(argument: String) {
        let scheme = "https://"
        self.isSecure = argument.hasPrefix(scheme)
        let rest = self.isSecure ? String(argument.dropFirst(scheme.count)) : argument
        guard !self.isSecure || !rest.contains("://"), let address = ListenAddress(argument: rest)
        else { return nil }
        self.address = address
    }

    var description: String { (self.isSecure ? "https://" : "http://") + self.address.description }

    var defaultValueDescription: String { self.description }

    /// TLS towards it; `nil` for `http://`.
    func context(trust: TLSTrust) throws(TLSFailure) -> TLSContext? {
        self.isSecure ? try TLSContext.client(trust: trust, alpn: ["h2"]) : nil
    }
}
