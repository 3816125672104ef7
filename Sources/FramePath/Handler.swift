/// What made the object send a frame.
///
/// Source: the handler names are those of the Durable Object WebSocket API.
public enum Handler: String, CaseIterable, Hashable, Sendable {
    /// The request that opened the socket.
    case fetch
    /// A message of a client.
    case webSocketMessage
    /// A close, by the peer or by loss.
    case webSocketClose
    /// An error on a socket.
    case webSocketError
    /// An alarm.
    case alarm
    /// A timer.
    case timer
    /// The constructor.
    case constructor
    /// A call from outside.
    case rpc
    /// The runtime on the object's side: auto-response, close reply.
    case runtime
    /// The edge itself.
    case edge
    /// Cannot be known.
    case unknown
}
