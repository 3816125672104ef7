import ClientCore
import FramePath
import FrameTrace
import ObjectCore
import Testing

@Suite struct ProbedWorldTests {
    @Test(
        "over the real cores every cell works; where no sleep was seen, the columns of a wake say so",
        arguments: [ObjectMode.hibernating, .resident]
    )
    func healthy(mode: ObjectMode) throws {
        let world = try ProbedWorld(Setting(mode: mode, hibernateAfter: .seconds(1)))
        let run = try world.run()
        let report = try #require(run)
        for row in PingPongRow.allCases {
            let wanted = mode == .resident ? "✓?✓?" : "✓✓✓✓"
            #expect(row.signs(report) == wanted, "\(row) \(report.text())")
        }
        let slept = report.notes.contains { $0.contains("observed before 16 of 16") }
        #expect(slept == (mode == .hibernating), "\(report.notes)")
    }

    @Test(
        "an object that forgets its sockets works in its first life and is silent after each wake"
    )
    func forgetful() throws {
        let world = try ProbedWorld(Setting(mode: .forgetful, hibernateAfter: .seconds(1)))
        let run = try world.run()
        let report = try #require(run)
        for row in [PingPongRow.echo, .ping, .heartbeat, .burst] {
            #expect(row.signs(report) == "✓✗✗✗", "\(row) \(report.text())")
        }
        #expect(PingPongRow.welcome.signs(report) == "✓✓✓✓", "\(report.text())")
        #expect(report.exitCode == 1)
    }

    @Test(
        "hypotheses for the original's silence give the same table: the welcome and nothing else",
        arguments: ["silent-handlers", "jammed-pump", "edge-to-client-loss"]
    )
    func silence(profile: String) throws {
        var setting = try ProfileTests.setting(profile)
        setting.hibernateAfter = .seconds(1)
        let run = try ProbedWorld(setting).run()
        let report = try #require(run)
        for row in [PingPongRow.echo, .ping, .heartbeat, .burst] {
            #expect(row.signs(report) == "✗✗✗✗", "\(row) \(report.text())")
        }
        #expect(PingPongRow.welcome.signs(report) == "✓✓✓✓", "\(report.text())")
        #expect(PingPongRow.protocolPing.signs(report) == "✓✓✓✓", "\(report.text())")
    }
}
