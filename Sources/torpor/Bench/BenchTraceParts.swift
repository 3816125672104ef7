internal import Foundation
internal import TorporServer

extension BenchRun {
    /// The factor between the two counted runs, whose difference is the cost of events alone.
    private static let growth = 3

    /// What recording, encoding and writing an event costs.
    mutating func capture() throws {
        Self.progress("capture: \(self.size.timedEvents) events")
        let events = self.size.timedEvents
        let seconds = try self.best { try self.run(.capture, "/dev/null", "\(events)") }
        self.report.add(
            BenchFigure("capture.rate", Double(events) / seconds, "events a second")
        )
        try self.counted("capture", folder: nil)
    }

    /// What reading and judging an event costs.
    mutating func analysis() throws {
        Self.progress("analysis: \(self.size.timedEvents) events")
        let folder = try self.traces("analysis", self.size.timedEvents)
        let seconds = try self.best { try self.run(.analysis, folder) }
        let rate = Double(self.size.timedEvents) / seconds
        self.report.add(BenchFigure("analysis.rate", rate, "events a second"))
        try self.counted("analysis", folder: "analysis")
    }

    /// Writes a run of that many events.
    private func traces(_ name: String, _ events: Int) throws -> String {
        let folder = try self.subfolder("\(name)-\(events)")
        _ = try self.run(.capture, folder, "\(events)")
        return folder
    }

    private func run(_ role: BenchWorker.Role, _ words: String...) throws -> Double {
        let text = try self.torpor(["bench-worker", role.rawValue] + words).rest(within: 60)
        guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix("ok ") }),
            let seconds = Double(line.dropFirst(3))
        else { throw BenchFailure("\(role.rawValue): \(text)") }
        return seconds
    }

    private func best(_ measure: () throws -> Double) throws -> Double {
        var least = Double.infinity
        for _ in 0..<min(3, self.size.rounds) { least = min(least, try measure()) }
        return least
    }

    /// Instructions an event, by callgrind: the same in every run of one binary.
    private mutating func counted(_ part: String, folder: String?) throws {
        let name = "\(part).instructions"
        guard let valgrind = Self.program("valgrind") else {
            return self.report.skip(name, "valgrind is missing: apt-get install valgrind")
        }
        // Valgrind gives up on the debug information of so large a program.
        let bare = self.folder + "/torpor"
        guard let strip = Self.program("strip") else {
            return self.report.skip(name, "strip is missing: apt-get install binutils")
        }
        _ = try BenchChild("strip", [strip, "-o", bare, self.executable]).rest(within: 60)
        Self.progress("\(part): counting instructions")
        var counts: [Double] = []
        let sizes = [self.size.countedEvents, self.size.countedEvents * Self.growth]
        for events in sizes {
            let words: [String]
            if let folder {
                words = ["analysis", try self.traces(folder, events)]
            } else {
                words = ["capture", "/dev/null", "\(events)"]
            }
            let child = try BenchChild(
                "valgrind",
                [
                    valgrind, "--tool=callgrind", "--callgrind-out-file=/dev/null",
                    bare, "bench-worker",
                ] + words,
                // The order of hash tables is part of the count.
                environment: ["SWIFT_DETERMINISTIC_HASHING": "1"]
            )
            counts.append(try Self.collected(try child.rest(within: 120)))
        }
        let each = (counts[1] - counts[0]) / Double(sizes[1] - sizes[0])
        self.report.add(BenchFigure(name, each, "instructions an event"))
    }

    private static func collected(_ text: String) throws -> Double {
        for line in text.split(separator: "\n") where line.contains("Collected :") {
            if let count = line.split(separator: " ").last.flatMap({ Double($0) }) { return count }
        }
        throw BenchFailure("valgrind counted nothing: \(text.suffix(200))")
    }
}
