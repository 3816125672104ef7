internal import ArgumentParser
internal import Foundation
internal import FrameTrace
internal import TraceAnalysis

struct TraceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trace",
        abstract: "Say where delivery broke, or watch a live run.",
        subcommands: [Analyze.self, Tail.self]
    )

    struct Analyze: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Merge the files of a run and print the finding.",
            discussion: """
                torpor trace analyze run/

                Exit codes: 0 nothing broken, 1 a finding, 2 unknown.
                """
        )

        @Argument(help: "The folder given to --trace, or one run in it.")
        var folder: String

        @Flag(help: "Throw every fault, rule and verdict record away first.")
        var blind = false

        @Flag(help: "Print JSON.")
        var json = false

        @Flag(help: "Print the finding in one line with its fingerprint.")
        var oneLine = false

        func validate() throws {
            guard !self.json || !self.oneLine else {
                throw ValidationError("--json has the one line in it: give only one of the two")
            }
        }

        func run() throws {
            let sources = try RunDirectory.load(TraceFolder.current(self.folder))
            let report = Analyzer.analyze(sources, isBlind: self.blind)
            Terminal.line(
                self.json ? report.json : self.oneLine ? report.oneLine : report.text
            )
            if report.exitCode != 0 { throw ExitCode(report.exitCode) }
        }
    }

    struct Tail: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Follow a live run: connects, closes, sleeps, wakes, alarms, losses.",
            discussion: """
                torpor trace tail run/ --format pretty

                Ends with SIGINT, or with --once after what is there now.
                """
        )

        enum Format: String, ExpressibleByArgument, CaseIterable {
            case pretty
            case json
        }

        @Argument(help: "The folder given to --trace, or one run in it.")
        var folder: String

        @Option(help: "pretty: a line for each step that matters; json: every row.")
        var format: Format = .pretty

        @Flag(help: "Print what is there now and end.")
        var once = false

        func run() async throws {
            let isColour = Terminal.hasColour
            let path = try TraceFolder.current(self.folder)
            var followed = FollowedFolder(path: path)
            while true {
                for (line, row) in try followed.newRows() {
                    switch self.format {
                    case .json: Terminal.line(line)
                    case .pretty:
                        if let text = PrettyRow.line(row, isColour: isColour) {
                            Terminal.line(text)
                        }
                    }
                }
                if self.once { return }
                try await Task.sleep(for: .milliseconds(100))
            }
        }
    }
}

/// The folder of one run.
enum TraceFolder {
    /// `DIR/<run>` when DIR has a `run` file, DIR when it has trace files itself, else its only run.
    static func current(_ path: String) throws -> String {
        let trimmed = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: trimmed, isDirectory: &isFolder),
            isFolder.boolValue
        else { throw CommandFailure("no folder \(trimmed): give the one that --trace named") }
        if let name = FileManager.default.contents(atPath: trimmed + "/run") {
            let run = String(decoding: name, as: UTF8.self).trimmingCharacters(
                in: .whitespacesAndNewlines
            )
            if !run.isEmpty { return trimmed + "/" + run }
        }
        let entries = try FileManager.default.contentsOfDirectory(atPath: trimmed).sorted()
        if entries.contains(where: { $0.hasSuffix(".jsonl") }) { return trimmed }
        let runs = entries.filter { entry in
            let inside = try? FileManager.default.contentsOfDirectory(atPath: trimmed + "/" + entry)
            return inside?.contains { $0.hasSuffix(".jsonl") } ?? false
        }
        guard runs.count == 1, let only = runs.first else {
            throw CommandFailure(
                runs.isEmpty
                    ? "no trace files (*.jsonl) in \(trimmed): was the run started with --trace?"
                    : "\(trimmed) holds several runs, name one: \(runs.joined(separator: ", "))"
            )
        }
        return trimmed + "/" + only
    }
}

/// The files of a run as they grow.
struct FollowedFolder {
    /// The longest line that is kept while its end is awaited.
    static let lineBytesMax = 64 << 20

    let path: String
    private var files: [Followed] = []

    private struct Followed {
        let name: String
        let handle: FileHandle
        var rest: [UInt8] = []
        var wall: UInt64 = 0
    }

    init(path: String) { self.path = path }

    /// The rows that came since the last call, by the time they were recorded.
    ///
    /// Shape: files of several processes are aligned by the wall clock of their `run` rows; a line that
    /// is no row is left out.
    mutating func newRows() throws -> [(line: [UInt8], row: TraceRow)] {
        let names = try FileManager.default.contentsOfDirectory(atPath: self.path).sorted()
        for name in names where name.hasSuffix(".jsonl") {
            guard !self.files.contains(where: { $0.name == name }),
                let handle = FileHandle(forReadingAtPath: self.path + "/" + name)
            else { continue }
            self.files.append(Followed(name: name, handle: handle))
        }
        var found: [(at: UInt64, line: [UInt8], row: TraceRow)] = []
        for index in self.files.indices {
            for line in try self.newLines(of: index) {
                guard let row = TraceReader.read(line).rows.first else { continue }
                if let wall = row.wall0 { self.files[index].wall = wall }
                found.append((self.files[index].wall &+ row.t, line, row))
            }
        }
        // Stable: rows of one file keep their order at equal times.
        let order = found.indices.sorted { (found[$0].at, $0) < (found[$1].at, $1) }
        return order.map { (found[$0].line, found[$0].row) }
    }

    private mutating func newLines(of index: Int) throws -> [[UInt8]] {
        guard let data = try self.files[index].handle.readToEnd(), !data.isEmpty else { return [] }
        let bytes = self.files[index].rest + data
        var lines: [[UInt8]] = []
        var start = bytes.startIndex
        while let end = bytes[start...].firstIndex(of: 0x0A) {
            lines.append(Array(bytes[start..<end]))
            start = end + 1
        }
        let rest = bytes[start...]
        self.files[index].rest = rest.count > Self.lineBytesMax ? [] : Array(rest)
        return lines
    }
}
