public import FramePath

public import struct NIOCore.ByteBuffer

/// A connection of a probe, numbered from 1 by the probe.
public struct ConnectionID: Hashable, Sendable {
    /// The number.
    public var number: UInt64

    /// Makes an id.
    ///
    /// - Parameter number: counted from 1.
    public init(number: UInt64) {
        self.number = number
    }
}

/// What happens to a probe.
public enum ProbeEvent: Sendable {
    /// Begin; before it nothing is dialled.
    case start
    /// A connection stands.
    case opened(ConnectionID, session: SessionID?, subprotocol: String? = nil)
    /// The frame number a send got on its leg; optional, one for each send in order.
    case sent(ConnectionID, sequence: UInt64)
    /// A message came.
    case message(ConnectionID, kind: MessageKind, payload: ByteBuffer)
    /// A Pong came.
    case pong(ConnectionID, payload: ByteBuffer)
    /// A connection that stood is over.
    case ended(ConnectionID, code: UInt16, reason: String, wasClean: Bool)
    /// A connection never stood.
    case refused(ConnectionID, status: Int, reason: String)
    /// The object was seen to sleep.
    case observedHibernated(object: String)
    /// The object was seen to wake.
    case observedWake(object: String, wake: UInt32)
    /// `nextDeadline` has passed.
    case timer
}

/// What a probe wants done, in order.
public enum ProbeAction: Sendable {
    /// Dial the target with a `Client` made so.
    case dial(ConnectionID, ProbeDial)
    /// Send a message, or a Ping.
    case send(ConnectionID, kind: MessageKind, payload: ByteBuffer)
    /// Send a Close.
    case close(ConnectionID, code: UInt16, reason: String)
    /// Tell the user how far it is.
    case progress(String)
    /// Everything is judged.
    case done(ProbeReport)
}
