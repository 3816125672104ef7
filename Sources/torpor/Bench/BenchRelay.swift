internal import Foundation
internal import TorporServer

extension BenchRun {
    /// Clients of each proxy.
    private static let sessions = 100

    /// A way of sending.
    private struct Traffic {
        let name: String
        let bytes: Int
        let depth: Int
        let messages: Int
    }

    /// Processor time of a message through each proxy, taken in turn.
    mutating func relay() throws {
        let echo = try self.worker(.echo)
        let server = try echo.port()
        let haproxy = try self.haproxy(server, skipping: "relay.64.ratio")
        let nginx = try self.nginx(server, skipping: "relay.16k.nginx-ratio")
        let folder = try self.subfolder("relay")
        let edge = try self.edge(server, name: "torpor", trace: nil)
        let traced = try self.edge(server, name: "torpor-traced", trace: folder)
        let proxies = [haproxy, nginx, edge, traced].compactMap { $0 }
        for proxy in proxies { try proxy.load.ask("connect \(Self.sessions) 1") }
        let traffics = [
            Traffic(name: "64", bytes: 64, depth: 1, messages: self.size.messages),
            Traffic(name: "64x16", bytes: 64, depth: 16, messages: self.size.messages),
            Traffic(name: "16k", bytes: 16_384, depth: 1, messages: self.size.longMessages),
        ]
        for traffic in traffics {
            Self.progress("relay: \(traffic.messages) messages, \(traffic.name)")
            let costs = try self.inTurn(proxies, traffic)
            for proxy in proxies {
                self.report.add(
                    BenchFigure(
                        "relay.\(traffic.name).\(proxy.name)",
                        BenchMath.median(costs[proxy.name] ?? []),
                        "ns a message and its answer"
                    )
                )
            }
            self.judge(costs, traffic.name)
        }
        let lost = try Self.lostEvents(traced, folder)
        self.report.add(BenchFigure("relay.lost", Double(lost), "events lost", bar: 0))
    }

    /// The gates; the other ratios are only printed.
    ///
    /// A ratio is taken within each round, whose measurements stand next to each other in time: what else
    /// the machine does then weighs on both.
    private mutating func judge(_ costs: [String: [Double]], _ traffic: String) {
        func add(_ name: String, _ one: String, to other: String, bar: Double? = nil) {
            guard let values = costs[one], let bases = costs[other] else { return }
            let ratios = zip(values, bases).map { BenchMath.ratio($0, to: $1) }
            self.report.add(
                BenchFigure(
                    "relay.\(traffic).\(name)",
                    BenchMath.median(ratios),
                    "× \(other)",
                    bar: bar
                )
            )
        }
        let isOneInFlight = traffic == "64"
        add("ratio", "torpor", to: "haproxy", bar: isOneInFlight ? 2 : nil)
        add("tracing", "torpor-traced", to: "torpor", bar: isOneInFlight ? 1.5 : nil)
        add("nginx-ratio", "torpor", to: "nginx", bar: traffic == "16k" ? 0.5 : nil)
    }

    /// What a message cost in each round, in each of which every proxy has its turn.
    private func inTurn(
        _ proxies: [BenchProxy],
        _ traffic: Traffic
    ) throws -> [String: [Double]] {
        let words = "\(traffic.bytes) \(traffic.depth)"
        for proxy in proxies { try proxy.load.ask("echo \(traffic.messages / 10) \(words)") }
        var costs: [String: [Double]] = [:]
        for _ in 0..<self.size.rounds {
            for proxy in proxies {
                let before = try Self.processorTime(proxy)
                try proxy.load.ask("echo \(traffic.messages) \(words)")
                let spent = try Self.processorTime(proxy) - before
                costs[proxy.name, default: []].append(spent / Double(traffic.messages))
            }
        }
        return costs
    }

    /// Handshakes a second and their processor time, through each proxy.
    mutating func connectRate() throws {
        let echo = try self.worker(.echo)
        let server = try echo.port()
        let haproxy = try self.haproxy(server, skipping: "connect.haproxy")
        let edge = try self.edge(server, name: "torpor", trace: nil)
        Self.progress("connect: \(self.size.connects) handshakes")
        for proxy in [haproxy, edge].compactMap({ $0 }) {
            try proxy.load.ask("churn \(self.size.connects / 10)")
            let before = try Self.processorTime(proxy)
            let seconds = Double(try proxy.load.ask("churn \(self.size.connects)")) ?? .nan
            let spent = try Self.processorTime(proxy) - before
            let count = Double(self.size.connects)
            self.report.add(
                BenchFigure("connect.\(proxy.name).rate", count / seconds, "handshakes a second")
            )
            self.report.add(
                BenchFigure("connect.\(proxy.name).cpu", spent / count / 1e3, "µs a handshake")
            )
        }
    }

    private static func processorTime(_ proxy: BenchProxy) throws -> Double {
        // What is done a moment later, as writing the trace, belongs to it.
        usleep(60_000)
        guard let time = ProcessMeter.cpuNanoseconds(of: proxy.child.pid) else {
            throw BenchFailure("\(proxy.name) is gone")
        }
        return time
    }

    /// What the trace says it lost: a recorder that loses events costs too little.
    private static func lostEvents(_ proxy: BenchProxy, _ folder: String) throws -> Int {
        proxy.child.end()
        let path = try TraceFolder.current(folder)
        let wanted = Data(#""ev":"gap""#.utf8)
        var lost = 0
        for name in try FileManager.default.contentsOfDirectory(atPath: path)
        where name.hasSuffix(".jsonl") {
            let file = try Data(
                contentsOf: URL(filePath: path + "/" + name),
                options: .alwaysMapped
            )
            var from = file.startIndex
            while let found = file.range(of: wanted, in: from..<file.endIndex) {
                lost += 1
                from = found.upperBound
            }
        }
        return lost
    }
}
