internal import FramePath

/// One exchange asked for and what came of it.
struct ProbeAsk {
    /// Its column; `nil` when it is only there to wake the object.
    var column: ProbeColumn?
    /// Which connection of the lane.
    var slot: Int
    /// The unique text of a message or Ping, empty where answers have none.
    var text: String
    /// Its place in a burst.
    var number: Int
    /// When it was asked.
    var time: Tick
    /// What came of it; `missing` turns `late` when an answer comes before the lane's end.
    var outcome: ProbeOutcome?
    /// From asking to the answer.
    var latency: Tick.Span?
    /// The frame number on its leg.
    var sequence: UInt64?
    /// Plain words.
    var why: String?
    /// Whether its expectation stands in the trace.
    var isRecorded = false
}

/// A step of a lane's script.
enum ProbeStep: Equatable {
    /// Connects a slot; judged as the welcome of a column when one is given.
    case connect(Int, ProbeColumn?)
    /// The lane's exchange on a slot.
    case exchange(Int, ProbeColumn)
    /// A message that only wakes the object.
    case wake(Int)
    /// Leaves the object alone until it sleeps.
    case sleep

    /// The script of a row.
    ///
    /// A close ends its connection, so each column has one of its own, made before the sleep: the object
    /// must be asleep when the close is asked.
    static func script(_ row: ProbeRow) -> [ProbeStep] {
        switch row {
        case .welcome:
            [
                .connect(0, .fresh), .sleep, .connect(1, .firstAfterWake), .connect(2, .later),
                .sleep, .connect(3, .secondWake),
            ]
        case .closeByObject, .closeByClient:
            [
                .connect(0, nil), .exchange(0, .fresh), .connect(1, nil), .connect(2, nil), .sleep,
                .exchange(1, .firstAfterWake), .exchange(2, .later), .connect(3, nil), .sleep,
                .exchange(3, .secondWake),
            ]
        case .protocolPing:
            [
                .connect(0, nil), .exchange(0, .fresh), .sleep, .exchange(0, .firstAfterWake),
                .wake(0), .exchange(0, .later), .sleep, .exchange(0, .secondWake),
            ]
        case .echo, .ping, .heartbeat, .burst:
            [
                .connect(0, nil), .exchange(0, .fresh), .sleep, .exchange(0, .firstAfterWake),
                .exchange(0, .later), .sleep, .exchange(0, .secondWake),
            ]
        }
    }
}
