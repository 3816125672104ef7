internal import FramePath

/// One thing expected and what came of it.
struct ProbeAsk {
    /// The step that expects it, by its place in the lane.
    let step: Int
    /// Which of the step's expectations; `nil` for a greeting.
    let expectation: Int?
    /// Which connection of the lane.
    let slot: Int
    /// The session of that connection, when the edge told it.
    let session: SessionID?
    /// What the places of its texts stand for.
    let values: ScriptText.Values
    /// The exchange it belongs to: all that one doing of one step expects.
    let exchange: Int
    /// When it was asked.
    let time: Tick
    /// When it is missing; `nil` where that depends on how fast earlier answers came.
    let until: Tick?
    /// What came of it; `missing` turns `late` when an answer comes before the lane's end.
    var outcome: ProbeOutcome?
    /// From asking to the answer.
    var latency: Tick.Span?
    /// The frame number on its leg.
    var sequence: UInt64?
    /// Plain words.
    var why: String?
}
