internal import Foundation
internal import FrameTrace
internal import TorporServer

extension BenchRun {
    /// What a sleeping session costs the edge process, and that it still wakes.
    mutating func held() throws {
        let sessions = self.size.objects * self.size.perObject
        Self.progress("held: \(self.size.objects) objects × \(self.size.perObject) sessions")
        let run = try self.subfolder("held")
        let object = try self.torpor([
            "object", "--listen", "127.0.0.1:0", "--hibernate-after", "2s", "--stale-after", "1h",
            "--alarm-interval", "1h", "--attachment-bytes", "150", "--trace", run,
        ])
        let edge = try self.torpor([
            "edge", "--listen", "127.0.0.1:0",
            "--objects", "http://127.0.0.1:\(try object.port())", "--trace", run,
        ])
        let load = try self.worker(.load, "\(try edge.port())")
        sleep(1)
        let before = try Self.anonymous(edge)
        let took = try load.ask("connect \(sessions) \(self.size.perObject)")
        Self.progress("held: connected in \(took.prefix(5)) s, waiting for sleep")
        try Self.awaitSleep(of: self.size.objects, in: run)
        sleep(self.size.restSeconds)
        let after = try Self.anonymous(edge)
        let each = Double(after - before) / Double(sessions)
        self.report.add(BenchFigure("held.bytes", each, "bytes a session", bar: 4_096))
        self.report.add(BenchFigure("held.process", Double(after) / 1e6, "MB of the edge"))
        let stride = min(100, sessions)
        let woken = try load.ask("ask \(stride)")
        let asked = (sessions + stride - 1) / stride
        Self.progress("held: \(asked) sessions woken and answered in \(woken.prefix(5)) s")
        self.report.add(BenchFigure("held.woken", Double(asked), "sessions woken, all answered"))
    }

    private static func anonymous(_ child: BenchChild) throws -> Int {
        guard let bytes = ProcessMeter.anonymousBytes(of: child.pid) else {
            throw BenchFailure("/proc/\(child.pid)/smaps_rollup cannot be read")
        }
        return bytes
    }

    /// Waits until as many objects sleep as the edge's trace says.
    private static func awaitSleep(of count: Int, in folder: String) throws {
        var followed: FollowedFolder?
        var asleep: Set<String> = []
        for _ in 0..<600 {
            if followed == nil, let path = try? TraceFolder.current(folder) {
                followed = FollowedFolder(path: path)
            }
            for (_, row) in try followed?.newRows() ?? []
            where row.ev == .life && row.p.hasPrefix("edge") {
                guard let object = row.obj else { continue }
                if row.what == "hibernated" { asleep.insert(object) }
                if row.what == "wake-start" { asleep.remove(object) }
            }
            if asleep.count == count { return }
            usleep(100_000)
        }
        throw BenchFailure("\(asleep.count) of \(count) objects sleep after a minute")
    }
}
