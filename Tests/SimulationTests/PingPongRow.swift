import ClientCore
import FramePath
import ScriptFiles

/// The rows of the built-in script.
enum PingPongRow: String, CaseIterable {
    case welcome = "connect → welcome"
    case echo = "message → echo"
    case ping = "ping → pong"
    case heartbeat = "heartbeat → ack"
    case protocolPing = "protocol ping → pong"
    case burst = "burst of 100 → echoes"
    case closeByObject = "close by object"
    case closeByClient = "close by client"

    /// The signs of a row, one a column.
    func signs(_ report: ProbeReport) -> String {
        report.columns.map { report.cell(self.rawValue, $0).state.sign }.joined()
    }
}

extension ProbeReport {
    func cell(_ row: PingPongRow, _ column: String) -> ProbeCell { self.cell(row.rawValue, column) }
}

extension ProbeConfiguration {
    /// A run of the built-in script.
    static func pingPong(
        target: String = "fake",
        tag: String = "t",
        sessions: Int = 3,
        hibernateAfter: Tick.Span = .seconds(1),
        observesHibernation: Bool = false,
        isTracing: Bool = false
    ) throws -> ProbeConfiguration {
        ProbeConfiguration(
            target: target,
            script: try BuiltInScript.read().get(),
            tag: tag,
            sessions: sessions,
            hibernateAfter: hibernateAfter,
            observesHibernation: observesHibernation,
            isTracing: isTracing
        )
    }
}
