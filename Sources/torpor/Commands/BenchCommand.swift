internal import ArgumentParser
internal import Foundation
internal import TorporServer

struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure what Torpor costs, next to HAProxy and nginx.",
        discussion: """
            torpor bench
            torpor bench held capture --json

            Times are printed, never judged; what is judged are ratios within one run, bytes a \
            session and instructions an event. Exit codes: 0 within every bar, 1 over a bar or worse \
            than the kept figures, 2 when something judged could not be measured.
            """
    )

    enum Part: String, ExpressibleByArgument, CaseIterable {
        case relay
        case held
        case connect
        case capture
        case analysis
    }

    @Argument(help: "Parts to measure. (default: all)")
    var parts: [String] = []

    @Flag(help: "Print JSON.")
    var json = false

    @Flag(help: "Small numbers: whether it works, not what it costs.")
    var quick = false

    @Option(help: "Another bar, FIGURE=VALUE; may be repeated.")
    var bar: [String] = []

    @Option(help: "Kept figures to compare with, a JSON file.")
    var baseline: String?

    func run() async throws {
        let parts = try self.wanted()
        let baseline = try self.kept()
        var run = try BenchRun(size: self.quick ? .quick : .init(), bars: try self.bars())
        defer { run.cleanUp() }
        for part in parts {
            do {
                switch part {
                case .relay: try run.relay()
                case .held: try run.held()
                case .connect: try run.connectRate()
                case .capture: try run.capture()
                case .analysis: try run.analysis()
                }
            } catch let failure as BenchFailure {
                run.report.skip(part.rawValue, failure.description)
            }
        }
        guard run.report.unknownBars.isEmpty else {
            throw CommandFailure(
                "--bar \(run.report.unknownBars.joined(separator: ", ")): no such figure; there is: "
                    + run.report.figures.map(\.name).joined(separator: ", ")
            )
        }
        if let baseline { run.report.compare(with: baseline) }
        Terminal.line(self.json ? run.report.json : run.report.text)
        if run.report.exitCode != 0 { throw ExitCode(run.report.exitCode) }
    }

    private func wanted() throws -> [Part] {
        guard !self.parts.isEmpty else { return Part.allCases }
        return try self.parts.map { word in
            guard let part = Part(rawValue: word) else {
                let all = Part.allCases.map(\.rawValue).joined(separator: ", ")
                throw CommandFailure("no part '\(word)'; there is: \(all)")
            }
            return part
        }
    }

    private func bars() throws -> [String: Double] {
        var bars: [String: Double] = [:]
        for word in self.bar {
            let sides = word.split(separator: "=")
            guard sides.count == 2, let value = Double(sides[1]) else {
                throw CommandFailure("--bar '\(word)': wanted FIGURE=VALUE, as held.bytes=4096")
            }
            bars[String(sides[0])] = value
        }
        return bars
    }

    private func kept() throws -> BenchBaseline? {
        guard let path = self.baseline else { return nil }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw CommandFailure("--baseline \(path) cannot be read")
        }
        return try BenchBaseline(json: Array(data))
    }
}
