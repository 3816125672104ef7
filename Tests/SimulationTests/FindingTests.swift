import FaultFiles
import Faults
import Foundation
import FramePath
import FrameTrace
import NIOCore
import ObjectCore
import Simulation
import Testing
import TraceAnalysis

@Suite("The finding of each shipped profile, from the real cores in virtual time")
struct FindingTests {
    func profile(_ name: String) throws -> Profile {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("faults")
        let text = try String(
            contentsOf: folder.appendingPathComponent(name + ".yaml"),
            encoding: .utf8
        )
        return try ProfileReader.read(text: text, file: "faults/\(name).yaml").get()
    }

    /// Three clients, each with an object of its own, over three sleeps, with a burst across the third.
    func play(
        _ setting: Setting,
        objects: [String] = ["a", "b", "c"]
    ) throws -> [(name: String, bytes: [UInt8])] {
        let world = setting.world()
        let clients = try objects.map { try world.join($0) }
        for life in 0..<4 {
            for client in clients { world.exchange(client, life) }
            world.run(for: .seconds(2))
            for client in clients { world.exchange(client, life) }
            if life == 3 {
                for client in clients {
                    for number in 0..<40 { world.say(client, type: "message", "n\(number)") }
                }
            }
            world.run(for: .seconds(15))
        }
        for client in clients { world.close(client, code: 1000, reason: "bye") }
        world.run(for: .seconds(1))
        var files = [
            ("edge-1-1.jsonl", self.file("edge", [.edgeRx, .edgeTx], world.edgeTrace)),
            (
                "object-1-1.jsonl",
                self.file(
                    "object",
                    [.objectRx, .objectDispatch, .objectSend, .objectTx],
                    world.hostTrace
                )
            ),
        ]
        for (index, client) in clients.enumerated() {
            files.append(
                (
                    "client-\(index)-1.jsonl",
                    self.file("client", [.clientTx, .clientRx], client.trace)
                )
            )
        }
        return files
    }

    private func file(_ role: String, _ points: [Point], _ events: [Recorded]) -> [UInt8] {
        var encoder = TraceEncoder(role: role, payload: .hash)
        var bytes = encoder.header(
            TraceHeader(
                run: "sim",
                role: role,
                tool: "test",
                pid: 0,
                seed: 42,
                clock: .virtual,
                wall0: 0,
                points: points
            )
        )
        for event in events { encoder.encode(event, into: &bytes) }
        return bytes + encoder.end()
    }

    @Test(
        "the finding is what the profile expects, blind or not, with or without the client's files",
        arguments: [
            "pass-through", "silent-handlers", "jammed-pump", "edge-to-client-loss",
            "drop-after-wake", "delay-after-wake", "reorder-after-wake",
        ]
    )
    func expected(name: String) throws {
        let profile = try self.profile(name)
        var setting = Setting()
        setting.engine = FaultEngine(profiles: [profile], seed: 42, version: 1)
        let files = try self.play(setting)
        for observed in [files, Array(files.prefix(2))] {
            for isBlind in [false, true] {
                let report = Analyzer.analyze(observed, isBlind: isBlind)
                let finding = try #require(report.findings.first)
                let expect = try #require(profile.expect)
                if name == "pass-through" {
                    #expect(finding.status == .none, "\(report.text)")
                    continue
                }
                #expect(finding.status == .broken, "\(report.text)")
                #expect(finding.between?.from == expect.between?.last, "\(report.text)")
                #expect(finding.between?.to == expect.between?.first, "\(report.text)")
                #expect(finding.kind?.rawValue == expect.kind.rawValue, "\(report.text)")
                if let handler = expect.handler { #expect(finding.handler == handler) }
                #expect((finding.source == nil) == isBlind, "\(report.text)")
            }
        }
    }

    @Test("a forgetful object is found with no rule")
    func forgetful() throws {
        var setting = Setting()
        setting.mode = .forgetful
        let files = try self.play(setting)
        for isBlind in [false, true] {
            let report = Analyzer.analyze(files, isBlind: isBlind)
            #expect(report.text.hasPrefix("object never sent after wake"), "\(report.text)")
            #expect(report.text.contains(isBlind ? "blind" : "no rule"))
        }
    }
}
