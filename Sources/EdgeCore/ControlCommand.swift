public import Faults
public import FramePath
public import ObjectLink

/// One question of an operator, numbered by whoever asks.
public struct ControlID: Hashable, Sendable {
    /// Unique in one process.
    public let number: UInt64
    /// Makes an id.
    public init(number: UInt64) { self.number = number }
}

/// What an operator may ask of the process that holds the sessions.
///
/// Shape: each is answered once, by a `ControlResult`, when its outcome is known.
public enum ControlCommand: Sendable {
    /// Put an object to sleep now, if nothing prevents it.
    case hibernate(object: String)
    /// Wake an object.
    case wake(object: String)
    /// Throw an object's instance out of memory; its sockets are kept or reset.
    case evict(object: String, keepsSockets: Bool)
    /// Send a session's client a Close.
    case close(session: SessionID, code: UInt16, reason: String)
    /// Reset a session's connection (TCP RST).
    case reset(session: SessionID)
    /// Hold everything of a session, both ways, as if its client's network stood still.
    case stall(session: SessionID)
    /// Let go everything that a stall or a rule holds of a session at this process.
    case resume(session: SessionID)
    /// Other profiles from now on; rules whose text did not change keep their state.
    case reload(profiles: [Profile], texts: [LinkMessage.ProfileText], seed: UInt64)
    /// No rule any more, and everything held is let go.
    case panic
}

/// How a command ended, in plain words.
public enum ControlResult: Sendable, Equatable {
    /// It was done.
    case done(String)
    /// There is no such object or session.
    case notFound(String)
    /// It cannot be done in the state things are in.
    case conflict(String)
    /// Somebody who is needed is not there, or did not answer in time.
    case unavailable(String)
}
