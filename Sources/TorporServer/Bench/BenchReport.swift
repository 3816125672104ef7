internal import Foundation
internal import FramePath

/// Everything a bench measured, and whether it may stand.
///
/// Shape: figures and skipped parts in, text or JSON and an exit code out. A gate that could not be
/// measured is never counted as met.
public struct BenchReport: Sendable {
    /// A part that could not be measured.
    public struct Skip: Sendable, Equatable {
        /// The part, or the figure.
        public var name: String
        /// What is missing and what to do.
        public var why: String
    }

    /// What was measured, in order.
    public private(set) var figures: [BenchFigure] = []
    /// What was not.
    public private(set) var skipped: [Skip] = []
    /// Figures worse than the ones kept, in words.
    public private(set) var regressions: [String] = []
    /// Bars that replace the built-in ones, by figure.
    private let bars: [String: Double]

    /// An empty report.
    ///
    /// - Parameter bars: bars that replace the built-in ones, by the name of the figure.
    public init(bars: [String: Double] = [:]) { self.bars = bars }

    /// Adds a figure.
    public mutating func add(_ figure: BenchFigure) {
        var figure = figure
        if let bar = self.bars[figure.name] { figure.bar = bar }
        self.figures.append(figure)
    }

    /// Notes a part that could not be measured.
    public mutating func skip(_ name: String, _ why: String) {
        self.skipped.append(Skip(name: name, why: why))
    }

    /// Compares with figures kept from an earlier version.
    ///
    /// - Parameter baseline: the kept figures; one that was not measured now is passed over.
    public mutating func compare(with baseline: BenchBaseline) {
        for figure in self.figures {
            guard let kept = baseline.figures[figure.name], let most = kept.most,
                !(figure.value <= most)
            else { continue }
            self.regressions.append(
                "\(figure.name) is \(figure.text) \(figure.unit), was \(kept.value) "
                    + "(at most \(Int(kept.margin * 100)) % more is allowed)"
            )
        }
    }

    /// Bars given for figures that no part measures.
    public var unknownBars: [String] {
        let names = Set(self.figures.map(\.name))
        return self.bars.keys.filter { !names.contains($0) }.sorted()
    }

    /// 1 over a bar or worse than before, 2 when a gate could not be measured, else 0.
    public var exitCode: Int32 {
        if self.figures.contains(where: \.isOver) || !self.regressions.isEmpty { return 1 }
        return self.skipped.isEmpty ? 0 : 2
    }

    /// One JSON object.
    public var json: String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("figures")
        writer.beginArray()
        for figure in self.figures { Self.write(figure, &writer) }
        writer.endArray()
        writer.key("skipped")
        writer.beginArray()
        for skip in self.skipped {
            writer.beginObject()
            writer.key("name")
            writer.string(skip.name)
            writer.key("why")
            writer.string(skip.why)
            writer.endObject()
        }
        writer.endArray()
        writer.key("regressions")
        writer.beginArray()
        for words in self.regressions { writer.string(words) }
        writer.endArray()
        writer.key("exit")
        writer.int(self.exitCode)
        writer.endObject()
        return writer.text
    }

    private static func write(_ figure: BenchFigure, _ writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("name")
        writer.string(figure.name)
        writer.key("value")
        writer.double(figure.value)
        writer.key("unit")
        writer.string(figure.unit)
        if let bar = figure.bar {
            writer.key("bar")
            writer.double(bar)
            writer.key("ok")
            writer.bool(!figure.isOver)
        }
        writer.endObject()
    }

    /// A table for people.
    public var text: String {
        let name = (self.figures.map(\.name.count).max() ?? 0) + 2
        let value = (self.figures.map(\.text.count).max() ?? 0) + 1
        let unit = (self.figures.map(\.unit.count).max() ?? 0) + 2
        var lines = self.figures.map { figure in
            let bar = figure.bar.map { " \(figure.isOver ? "OVER" : "ok  ")  bar \($0)" } ?? ""
            return figure.name.padding(toLength: name, withPad: " ", startingAt: 0)
                + String(repeating: " ", count: value - figure.text.count) + figure.text + " "
                + (bar.isEmpty
                    ? figure.unit
                    : figure.unit.padding(toLength: unit, withPad: " ", startingAt: 0) + bar)
        }
        lines += self.skipped.map { "SKIPPED \($0.name): \($0.why)" }
        lines += self.regressions.map { "WORSE \($0)" }
        return lines.joined(separator: "\n")
    }
}

/// Figures kept in the repository, each with how much worse it may get.
public struct BenchBaseline: Sendable {
    /// One kept figure.
    public struct Kept: Sendable, Codable {
        /// As it was measured.
        public var value: Double
        /// How much more is no regression, as a part of the value.
        public var margin: Double
        /// The most it may be now.
        var most: Double? { self.value > 0 ? self.value * (1 + self.margin) : nil }
    }

    /// By name.
    public var figures: [String: Kept]

    /// Reads `{"NAME": {"value": …, "margin": …}}`.
    ///
    /// - Parameter json: the file's bytes.
    /// - Throws: `ServerFailure` that says what was wanted.
    public init(json: [UInt8]) throws(ServerFailure) {
        do {
            self.figures = try JSONDecoder().decode([String: Kept].self, from: Data(json))
        } catch {
            throw ServerFailure(
                "not a list of kept figures; wanted {\"NAME\": {\"value\": 1, \"margin\": 0.2}}"
            )
        }
    }
}
