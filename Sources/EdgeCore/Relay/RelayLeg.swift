/// One socket end of a conversation, with the number of its life.
///
/// Shape: a place in the driver's tables, so that no event looks anything up; an event of an earlier
/// life of the place has another serial and means nothing.
public struct RelayLeg: Hashable, Sendable {
    /// Which end.
    public enum Side: Hashable, Sendable {
        case client
        case backend
    }

    /// The conversation's place.
    public let slot: Int
    /// Unique in one process.
    public let serial: UInt64
    /// Which end.
    public let side: Side

    init(slot: Int, serial: UInt64, side: Side) {
        self.slot = slot
        self.serial = serial
        self.side = side
    }
}
