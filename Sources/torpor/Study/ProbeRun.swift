internal import ClientCore
internal import FramePath
internal import FrameTrace
internal import NIOPosix
internal import TorporServer
internal import WebSocketWire

/// A script played against one address, once or several times.
struct ProbeRun {
    let url: WebSocketURL
    let script: Script
    let isBuiltIn: Bool
    let hibernateAfter: Tick.Span
    /// Copies of each lane; `nil` for as many as suit the script.
    var copies: Int?
    var runs = 1
    var headers: [HTTPHeader] = []
    var subprotocols: [String] = []
    var trust = TLSTrust()
    var trace: TorporServer.TraceOptions?
    var awaitsSleep = true
    /// The edge of this process that is probed, if it is one.
    var edge: EdgeServer?
    var clock = RunClock()
    /// Part of the object names, where runs are to decide alike; else one by chance.
    var tag: String?
    /// What the report calls it; else its address.
    var name: String?

    /// Where it goes, without what may be a secret.
    var target: String {
        let scheme = self.url.isSecure ? "wss" : "ws"
        return "\(scheme)://\(self.url.hostHeader)\(Redaction.path(self.url.target))"
    }

    /// Runs it, one run after another; a report each.
    func run(progress: @escaping @Sendable (String) -> Void) async throws -> [ProbeReport] {
        // Copies that share an object would only take turns on it.
        let suited = self.isBuiltIn && self.url.target == "/" ? 3 : 1
        var reports: [ProbeReport] = []
        for number in 1...self.runs {
            var configuration = ProbeRunner.Configuration(
                url: self.url,
                probe: ProbeConfiguration(
                    target: self.name ?? self.target,
                    script: self.script,
                    tag: self.tag(number),
                    sessions: self.copies ?? suited,
                    hibernateAfter: self.hibernateAfter
                )
            )
            configuration.headers = self.headers
            configuration.subprotocols = self.subprotocols
            configuration.trust = self.trust
            configuration.trace = self.trace
            configuration.awaitsSleep = self.awaitsSleep
            configuration.edge = self.edge
            configuration.clock = self.clock
            let prefix = self.runs == 1 ? "" : "run \(number) of \(self.runs), "
            let report = try await ProbeRunner.run(
                configuration,
                group: .singletonMultiThreadedEventLoopGroup,
                progress: { progress(prefix + $0) }
            )
            reports.append(report)
        }
        return reports
    }

    private func tag(_ number: Int) -> String {
        guard let tag else { return String(UInt32.random(in: 0...UInt32.max), radix: 16) }
        return number == 1 ? tag : "\(tag)-\(number)"
    }
}
