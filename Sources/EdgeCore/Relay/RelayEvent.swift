public import struct NIOCore.ByteBuffer

/// Something that reached a relay.
public enum RelayEvent: Sendable {
    /// A connection ended before it was a client's: its TLS handshake failed.
    case clientRefused(reason: String)
    /// Bytes of a leg.
    case bytes(RelayLeg, ByteBuffer)
    /// The peer of a leg will send no more.
    case halfClosed(RelayLeg)
    /// A leg is gone; also the answer to `close` and `reset`.
    case closed(RelayLeg)
    /// A leg's socket buffer drained below, or rose above, its watermark.
    case writable(RelayLeg, Bool)
    /// So many bytes really went to a client's socket; makes `unsent` exact.
    case wrote(RelayLeg, bytes: Int)
    /// A dial succeeded, with TLS where the backend has it.
    case dialled(RelayLeg)
    /// A dial failed.
    case dialFailed(RelayLeg, reason: String)
    /// An operator asks something; `answer` says how it ended.
    case command(ControlID, ControlCommand)
    /// `nextDeadline` has come.
    case timer
    /// The process is asked to end.
    case shutdown
}

/// Something the driver of a relay must do, in order.
public enum RelayAction: Sendable {
    /// Connect a leg to the backend with that place in the configuration.
    case dial(RelayLeg, route: Int)
    /// Write to a leg.
    case write(RelayLeg, ByteBuffer)
    /// End our half of a leg after what was written.
    case endOutput(RelayLeg)
    /// Close a leg after what was written.
    case close(RelayLeg)
    /// Reset a leg.
    case reset(RelayLeg)
    /// Read no more from a leg for now.
    case pauseReads(RelayLeg)
    /// Read again.
    case resumeReads(RelayLeg)
    /// An operator's command ended.
    case answer(ControlID, ControlResult)
    /// Shutdown is complete.
    case finished
}
