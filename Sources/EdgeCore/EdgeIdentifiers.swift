/// One client connection, numbered by the driver.
public struct LegID: Hashable, Sendable {
    /// Unique in one edge process.
    public let number: UInt64
    /// Makes an id.
    public init(number: UInt64) { self.number = number }
}

/// One stream of the link, numbered by the edge.
public struct LinkStreamID: Hashable, Sendable {
    /// Unique in one edge process, over all links.
    public let number: UInt64
    /// Makes an id.
    public init(number: UInt64) { self.number = number }
}

/// One plain request that the edge forwarded, numbered by the edge.
public struct RequestID: Hashable, Sendable {
    /// Unique in one edge process.
    public let number: UInt64
    /// Makes an id.
    public init(number: UInt64) { self.number = number }
}
