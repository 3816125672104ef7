/// What an object was doing when a frame was born.
///
/// Stamped once, at birth, and carried.
///
/// Shape: `fresh` and `woken` last from construction to the end of the first handler;
/// `idle` is an awake object that no frame reached or left for a second.
/// Source: Durable Object life cycle; `woken` is the first event of a wake.
public enum Phase: String, CaseIterable, Hashable, Sendable {
    /// First life, first handler.
    case fresh
    /// Awake.
    case active
    /// Awake with nothing to do.
    case idle
    /// Between `hibernate-begin` and its outcome.
    case hibernating
    /// Asleep; only the package exists.
    case hibernated
    /// Being constructed again.
    case waking
    /// A later life, first handler.
    case woken
    /// Thrown out of memory.
    case evicted
    /// The session is closing.
    case closing
}
