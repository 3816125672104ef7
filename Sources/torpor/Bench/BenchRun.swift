internal import Foundation
internal import TorporServer

/// One run of the bench: its size, its report, and the processes it starts.
struct BenchRun {
    /// How much is measured.
    struct Size {
        var rounds = 5
        /// Messages in one measurement of the relay, by their payload.
        var messages = 20_000
        var longMessages = 4_000
        var connects = 2_000
        var objects = 500
        var perObject = 30
        /// Events under callgrind, and by the clock.
        var countedEvents = 8_000
        var timedEvents = 800_000
        /// Seconds between the last sleep and the reading of memory.
        var restSeconds: UInt32 = 10

        /// Enough to see that everything works.
        static let quick = Size(
            rounds: 1,
            messages: 1_000,
            longMessages: 200,
            connects: 50,
            objects: 4,
            perObject: 5,
            countedEvents: 800,
            timedEvents: 8_000,
            restSeconds: 1
        )
    }

    let size: Size
    let folder: String
    let executable: String
    var report: BenchReport

    init(size: Size, bars: [String: Double]) throws {
        self.size = size
        self.report = BenchReport(bars: bars)
        self.folder = NSTemporaryDirectory() + "torpor-bench-\(getpid())"
        try FileManager.default.createDirectory(
            atPath: self.folder,
            withIntermediateDirectories: true
        )
        let link = "/proc/self/exe"
        guard let path = try? FileManager.default.destinationOfSymbolicLink(atPath: link) else {
            throw CommandFailure("torpor bench reads /proc: run it on Linux")
        }
        self.executable = path
    }

    func cleanUp() { try? FileManager.default.removeItem(atPath: self.folder) }

    /// Makes a folder inside the run's.
    func subfolder(_ name: String) throws -> String {
        let path = self.folder + "/" + name
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }

    func worker(_ role: BenchWorker.Role, _ words: String...) throws -> BenchChild {
        try self.torpor(["bench-worker", role.rawValue] + words)
    }

    func torpor(_ words: [String]) throws -> BenchChild {
        try BenchChild(words.prefix(2).joined(separator: " "), [self.executable] + words)
    }

    /// The full path of a program, as a shell would find it; `sbin` is looked in too.
    static func program(_ name: String) -> String? {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        let folders =
            path.split(separator: ":").map(String.init) + ["/usr/sbin", "/usr/local/sbin"]
        return folders.map { $0 + "/" + name }.first(where: FileManager.default.isExecutableFile)
    }

    static func progress(_ words: String) { Terminal.note("bench: " + words) }
}
