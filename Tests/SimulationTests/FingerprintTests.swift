import FaultFiles
import Faults
import FramePath
import ObjectCore
import Testing
import TraceAnalysis

@Suite("The name of a break over runs of the real cores")
struct FingerprintTests {
    private static let broken = [
        "silent-handlers", "jammed-pump", "edge-to-client-loss", "drop-after-wake",
        "delay-after-wake", "reorder-after-wake",
    ]

    private func report(
        _ name: String?,
        seed: UInt64 = 42,
        mode: ObjectMode = .hibernating,
        objects: [String] = ["a", "b", "c"],
        isBlind: Bool = false
    ) throws -> AnalysisReport {
        let world = FindingTests()
        var setting = Setting()
        setting.seed = seed
        setting.entropy = seed
        setting.mode = mode
        if let name {
            let profile = try world.profile(name)
            setting.engine = FaultEngine(profiles: [profile], seed: seed, version: 1)
        }
        return Analyzer.analyze(try world.play(setting, objects: objects), isBlind: isBlind)
    }

    @Test(
        "a break has one name whatever the seed, the objects and their number, blind too",
        arguments: broken
    )
    func equal(name: String) throws {
        for isBlind in [false, true] {
            let runs = [
                try self.report(name, isBlind: isBlind),
                try self.report(name, seed: 7, objects: ["x", "y"], isBlind: isBlind),
                try self.report(name, seed: 9, objects: ["m", "n", "o", "p"], isBlind: isBlind),
            ]
            let names = Set(runs.map { $0.findings.first?.fingerprint })
            #expect(names.count == 1 && names.first != .some(nil), "\(runs.map(\.oneLine))")
        }
    }

    @Test("each shipped profile, and an object that forgets, has a name of its own")
    func different() throws {
        for isBlind in [false, true] {
            var reports = try Self.broken.map { try self.report($0, isBlind: isBlind) }
            reports.append(try self.report(nil, mode: .forgetful, isBlind: isBlind))
            let names = reports.compactMap { $0.findings.first?.fingerprint }
            #expect(Set(names).count == Self.broken.count + 1, "\(reports.map(\.oneLine))")
        }
    }

    @Test("an object that forgets has one name in every run")
    func forgetful() throws {
        let one = try self.report(nil, mode: .forgetful)
        let other = try self.report(nil, seed: 3, mode: .forgetful, objects: ["z", "y", "x", "w"])
        #expect(one.findings.first?.fingerprint != nil)
        #expect(one.findings.first?.fingerprint == other.findings.first?.fingerprint)
    }

    @Test("one line says place, count and cause, and fits", arguments: broken)
    func line(name: String) throws {
        let line = try self.report(name).oneLine
        #expect(line.count <= AnalysisReport.oneLineMax)
        #expect(line.contains("faults/\(name).yaml:"), "\(line)")
        #expect(line.hasSuffix("]") && line.contains(" [torpor:"), "\(line)")
    }

    @Test("a run in which nothing broke has no name")
    func none() throws {
        let report = try self.report("pass-through")
        #expect(report.findings.first?.fingerprint == nil)
        #expect(report.oneLine.hasPrefix("nothing broken: "))
    }
}
