public import FramePath

/// How long bytes and messages travel in a world.
///
/// Shape: fixed spans, so that nothing overtakes on one way; jitter is the fault engine's business.
public struct Network: Sendable {
    /// Between client and edge, one way.
    public var client: Tick.Span
    /// Between edge and object server, one way.
    public var link: Tick.Span

    /// Makes a network.
    ///
    /// - Parameters:
    ///   - client: between client and edge, one way.
    ///   - link: between edge and object server, one way.
    public init(client: Tick.Span = .milliseconds(2), link: Tick.Span = .milliseconds(1)) {
        self.client = client
        self.link = link
    }
}
