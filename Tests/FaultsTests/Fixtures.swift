import Faults
import FramePath
import NIOCore

/// One message as the tests need it.
func message(
    _ ordinal: UInt32 = 0,
    direction: Direction = .toClient,
    epoch: UInt32 = 0,
    kind: MessageKind = .text,
    phase: Phase = .active,
    wake: UInt32 = 0,
    handler: Handler = .webSocketMessage,
    text: String = "{}"
) -> Message {
    Message(
        id: MessageID(
            session: SessionID(edge: 1, number: 1),
            direction: direction,
            epoch: epoch,
            ordinal: ordinal,
            isControl: kind.isControl
        ),
        kind: kind,
        payload: ByteBuffer(string: text),
        phase: phase,
        wake: wake,
        handler: direction == .toObject ? .unknown : handler
    )
}

extension FaultEngine {
    init(_ rules: Rule..., seed: UInt64 = 42) {
        self.init(profiles: [Profile(name: "p", rules: rules)], seed: seed, version: 1)
    }

    /// Decides on a message of one session and gives verdict and decisions.
    mutating func ask(
        _ message: Message,
        at point: Point = .edgeTx,
        session: SessionFacts = SessionFacts(key: "k", attempt: 1),
        object: String = "room"
    ) -> (verdict: Verdict, decisions: [Decision]) {
        var decisions: [Decision] = []
        let verdict = self.decide(
            message,
            at: point,
            session: session,
            object: object,
            decisions: &decisions
        )
        return (verdict, decisions)
    }
}

extension Verdict {
    var effects: Effects? {
        if case .apply(let effects) = self { effects } else { nil }
    }
}
