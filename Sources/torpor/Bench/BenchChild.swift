internal import Foundation

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// A process of the bench: started, read line by line, told line by line, ended.
///
/// Shape: blocking, with a time limit on every wait. Ours end when their standard input does, so none
/// outlives the bench; the others are ended by `end`.
final class BenchChild {
    /// The longest wait for a line.
    static let lineSecondsMax = 120.0

    let name: String
    let pid: pid_t
    private var input: Int32
    private let output: Int32
    private var held: [UInt8] = []
    private var hasEnded = false

    /// Starts a program.
    ///
    /// - Parameters:
    ///   - name: what errors call it.
    ///   - arguments: its path or name first.
    ///   - environment: what to add to this process's.
    /// - Throws: `BenchFailure` when it cannot be started.
    init(_ name: String, _ arguments: [String], environment: [String: String] = [:]) throws {
        self.name = name
        let toChild = try Self.pipe()
        let fromChild = try Self.pipe()
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, toChild.read, STDIN_FILENO)
        posix_spawn_file_actions_adddup2(&actions, fromChild.write, STDOUT_FILENO)
        posix_spawn_file_actions_adddup2(&actions, fromChild.write, STDERR_FILENO)
        let merged = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        var words = arguments.map { strdup($0) } + [nil]
        var variables = merged.map { strdup("\($0)=\($1)") } + [nil]
        defer { for word in words + variables { free(word) } }
        var pid = pid_t()
        let code = posix_spawnp(&pid, arguments[0], &actions, nil, &words, &variables)
        close(toChild.read)
        close(fromChild.write)
        self.pid = pid
        self.input = toChild.write
        self.output = fromChild.read
        guard code == 0 else {
            self.hasEnded = true
            throw BenchFailure("\(name) cannot be started: \(String(cString: strerror(code)))")
        }
    }

    deinit {
        self.end()
        self.closeInput()
        close(self.output)
    }

    private func closeInput() {
        if self.input >= 0 { close(self.input) }
        self.input = -1
    }

    /// Sends a line and awaits the answer, which starts with `ok`.
    ///
    /// - Parameter line: the command.
    /// - Returns: what follows the `ok`.
    /// - Throws: `BenchFailure` when it failed or says nothing.
    @discardableResult
    func ask(_ line: String) throws -> String {
        let bytes = Array((line + "\n").utf8)
        guard write(self.input, bytes, bytes.count) == bytes.count else {
            throw BenchFailure("\(self.name) is gone")
        }
        return try self.line { $0.hasPrefix("ok") || $0.hasPrefix("failed") ? $0 : nil }.map {
            guard $0.hasPrefix("ok") else { throw BenchFailure("\(self.name), \(line): \($0)") }
            return String($0.dropFirst(3))
        } ?? ""
    }

    /// The port of its `listening on` line.
    func port() throws -> Int {
        try self.line { line in
            guard line.contains("listening on") else { return nil }
            return line.split(separator: ":").last.flatMap { Int($0) }
        } ?? 0
    }

    /// Reads lines until one is wanted.
    private func line<Wanted>(_ pick: (String) -> Wanted?) throws -> Wanted? {
        let end = Date().addingTimeInterval(Self.lineSecondsMax)
        var seen: [String] = []
        while true {
            while let mark = self.held.firstIndex(of: 0x0A) {
                let line = String(decoding: self.held[..<mark], as: UTF8.self)
                self.held.removeSubrange(...mark)
                if let wanted = pick(line) { return wanted }
                seen.append(line)
            }
            guard try self.readMore(until: end) else {
                let last = seen.suffix(3).joined(separator: " / ")
                throw BenchFailure("\(self.name) said nothing more; last: \(last)")
            }
        }
    }

    private func readMore(until end: Date) throws -> Bool {
        var waiting = pollfd(fd: self.output, events: Int16(POLLIN), revents: 0)
        let milliseconds = Int32(max(0, end.timeIntervalSinceNow) * 1_000)
        guard poll(&waiting, 1, milliseconds) > 0 else { return false }
        var chunk = [UInt8](repeating: 0, count: 65_536)
        let count = read(self.output, &chunk, chunk.count)
        guard count > 0 else { return false }
        self.held += chunk[..<count]
        return true
    }

    /// Everything it still prints, until it ends by itself.
    func rest(within seconds: Double) throws -> String {
        self.closeInput()
        let end = Date().addingTimeInterval(seconds)
        while try self.readMore(until: end) {}
        defer { self.held = [] }
        return String(decoding: self.held, as: UTF8.self)
    }

    /// Ends it, by force when it takes longer than a moment.
    func end() {
        guard !self.hasEnded else { return }
        self.hasEnded = true
        var status: Int32 = 0
        kill(self.pid, SIGTERM)
        for _ in 0..<300 {
            if waitpid(self.pid, &status, WNOHANG) != 0 { return }
            usleep(10_000)
        }
        kill(self.pid, SIGKILL)
        waitpid(self.pid, &status, 0)
    }

    private static func pipe() throws -> (read: Int32, write: Int32) {
        var ends: [Int32] = [0, 0]
        #if canImport(Darwin)
        let code = Darwin.pipe(&ends)
        #else
        let code = Glibc.pipe(&ends)
        #endif
        guard code == 0 else { throw BenchFailure("no pipe: too many open files?") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[0], ends[1])
    }
}
