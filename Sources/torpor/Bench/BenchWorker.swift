internal import ArgumentParser
internal import Foundation
internal import NIOCore
internal import NIOPosix
internal import TorporServer
internal import TraceAnalysis

/// A child of the bench; each is a process of its own, so that the proxy's time is its own.
///
/// Not asynchronous: valgrind cannot run the idle main thread of a program that is.
struct BenchWorker: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench-worker",
        abstract: "A process that the bench starts.",
        shouldDisplay: false
    )

    enum Role: String, ExpressibleByArgument, CaseIterable {
        /// The WebSocket server behind the proxies; ends with its standard input.
        case echo
        /// The clients in front; takes commands on its standard input.
        case load
        /// Records, encodes and writes events into a folder.
        case capture
        /// Analyses a folder.
        case analysis
    }

    @Argument var role: Role
    @Argument var words: [String] = []

    func run() throws {
        switch self.role {
        case .echo: try self.echo()
        case .load: try self.load()
        case .capture: try self.capture()
        case .analysis: try self.analyse()
        }
    }

    private func echo() throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let channel = try BenchEcho.listen(group: group)
        Terminal.line("echo listening on ws://127.0.0.1:\(channel.localAddress?.port ?? 0)")
        while readLine() != nil {}
    }

    private func load() throws {
        guard let port = self.words.first.flatMap({ Int($0) }) else {
            throw BenchFailure("wanted a port")
        }
        let load = BenchLoad(port: port, group: MultiThreadedEventLoopGroup(numberOfThreads: 1))
        while let line = readLine() {
            do {
                Terminal.line(try Self.timed { try Self.obey(line, load) })
            } catch {
                Terminal.line("failed \(error)")
            }
        }
    }

    private static func obey(_ line: String, _ load: BenchLoad) throws {
        let words = line.split(separator: " ")
        let numbers = words.dropFirst().compactMap { Int($0) }
        switch (words.first, numbers.count) {
        case ("connect", 2): try load.connect(numbers[0], perObject: numbers[1])
        case ("churn", 1): try load.churn(numbers[0])
        case ("echo", 3): try load.echo(numbers[0], bytes: numbers[1], depth: numbers[2])
        case ("ask", 1): try load.ask(each: numbers[0])
        default: throw BenchFailure("no command '\(line)'")
        }
    }

    private func capture() throws {
        guard self.words.count == 2, let count = Int(self.words[1]) else {
            throw BenchFailure("wanted a folder and a number of events")
        }
        var trace = try BenchTrace(folder: self.words[0])
        Terminal.line(Self.timed { trace.write(count) })
    }

    private func analyse() throws {
        let sources = try RunDirectory.load(self.words.first ?? "")
        var judged = 0
        Terminal.line(Self.timed { judged = Analyzer.analyze(sources).judged })
        guard judged > 0 else { throw BenchFailure("the analysis judged no message") }
    }

    private static func timed<Failure: Error>(
        _ work: () throws(Failure) -> Void
    ) throws(Failure) -> String {
        let clock = ContinuousClock()
        let start = clock.now
        try work()
        let span = (clock.now - start).components
        return "ok \(Double(span.seconds) + Double(span.attoseconds) / 1e18)"
    }
}
