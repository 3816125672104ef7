import ClientCore
import Foundation
import FramePath
import NIOPosix
import ObjectCore
import ObjectLink
import ScriptFiles
import Testing
import WebSocketWire

@testable import TorporServer

extension SocketTests {
    @Suite("The probe on real sockets", .timeLimit(.minutes(1)))
    struct ProbeTests {
        private let group = MultiThreadedEventLoopGroup.singleton

        @Test("without faults nothing is broken, over two sleeps")
        func healthy() async throws {
            let report = try await self.probe(profile: nil)
            let bad = report.rows.filter { row in row.cells.contains { $0.state == .broken } }
            #expect(bad.isEmpty, "\(report.text())")
            #expect(report.exitCode == 0, "\(report.text())")
        }

        @Test("when handlers' sends are lost before the edge, the probe finds it broken")
        func silentHandlers() async throws {
            let report = try await self.probe(profile: Self.silentHandlers)
            #expect(report.exitCode == 1, "\(report.text())")
        }

        @Test(
            "sleeps are read from the trace of an edge that the probe does not share a process with"
        )
        func tailed() async throws {
            let report = try await self.probe(profile: nil, sharesProcess: false)
            #expect(report.exitCode == 0, "\(report.text())")
            let seen = "sleep observed before 16 of 16 columns that need it"
            #expect(report.notes.contains(seen), "\(report.text())")
        }

        private func probe(profile: String?, sharesProcess: Bool = true) async throws -> ProbeReport
        {
            let clock = RunClock()
            let trace = TraceOptions(folder: try RunFolder.open(directory: makeFolder(), run: nil))
            let span = Tick.Span.milliseconds(300)
            var edge = EdgeServerConfiguration(listen: ListenAddress(host: "127.0.0.1", port: 0))
            edge.trace = trace
            edge.clock = clock
            if let profile {
                edge.profiles = [LinkMessage.ProfileText(file: "test.yaml", text: profile)]
            }
            var objects = ObjectServerConfiguration(
                objects: ObjectConfiguration(hibernateAfter: span)
            )
            objects.trace = trace
            objects.clock = clock
            let up = try await Up.start(edge: edge, objects: objects, group: self.group)
            var script = ProbeConfiguration(
                target: "test",
                script: try BuiltInScript.read().get(),
                tag: "t",
                sessions: 1,
                hibernateAfter: span
            )
            script.grace = .milliseconds(200)
            if profile == nil {
                // What is healthy must not look broken on a machine that is busy with other things.
                script.answerMin = .seconds(3)
                script.answerMax = .seconds(3)
            }
            var configuration = ProbeRunner.Configuration(
                url: try WebSocketURL("ws://\(up.address)/"),
                probe: script
            )
            if sharesProcess { configuration.edge = up.edge }
            configuration.trace = trace
            configuration.clock = clock
            let report = try await ProbeRunner.run(configuration, group: self.group)
            await up.stop()
            return report
        }

        private static let silentHandlers = """
            version: 1
            name: silent-handlers
            about: What an event handler sends is lost between object and edge.
            source: a test
            rules:
              - id: lose-handler-sends
                at: object.tx
                match:
                  direction: to-client
                  handler: [webSocketMessage, webSocketClose, webSocketError, alarm]
                  opcode: [text, binary]
                fire: {always: true}
                do: [{drop: {}}]

            """
    }
}
