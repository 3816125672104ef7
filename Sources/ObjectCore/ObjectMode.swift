/// How the object server treats its objects' memory.
public enum ObjectMode: String, CaseIterable, Hashable, Sendable {
    /// Sleeps when idle; sockets are asked of the runtime.
    case hibernating
    /// Never sleeps: the version that works.
    case resident
    /// Sleeps, but the object keeps its sockets in a table of its own, lost on wake.
    case forgetful
}

/// A named set of numbers.
public enum ObjectPreset: String, CaseIterable, Hashable, Sendable {
    /// Torpor's own.
    case standard
    /// The service of the original bug: 20/60/60/30, alarm pushed back by each heartbeat, a pending
    /// `setTimeout` per connection.
    ///
    /// Source: github.com/broux-es/minimal_do_pingpong, src/index.ts.
    case original
}
