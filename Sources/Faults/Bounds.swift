/// A number, or the numbers between two ends.
///
/// Shape: both ends belong to it; a missing end is open.
public struct Bounds: Sendable, Hashable {
    /// The least.
    public var least: UInt64?
    /// The most.
    public var most: UInt64?

    /// Makes bounds from their ends.
    public init(least: UInt64? = nil, most: UInt64? = nil) {
        self.least = least
        self.most = most
    }

    /// Makes bounds of one number.
    public init(exactly value: UInt64) {
        self.init(least: value, most: value)
    }

    /// Whether a number lies within.
    public func contains(_ value: UInt64) -> Bool {
        value >= self.least ?? 0 && value <= self.most ?? .max
    }
}
