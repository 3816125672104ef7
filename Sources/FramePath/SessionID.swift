/// One client's WebSocket, from its upgrade to its close, over every sleep.
///
/// Shape: written `<edge id, 16 hex digits>-<n>`.
public struct SessionID: Hashable, Sendable {
    /// 64 random bits of the edge process.
    public var edge: UInt64
    /// Counted from 1 in that edge.
    public var number: UInt32

    /// Makes an id.
    public init(edge: UInt64, number: UInt32) {
        self.edge = edge
        self.number = number
    }

    /// Reads the written form, or gives nothing.
    ///
    /// - Parameter text: 16 hex digits, a dash, a decimal number.
    public init?(_ text: Substring) {
        guard let dash = text.firstIndex(of: "-"),
            text.distance(from: text.startIndex, to: dash) == 16,
            let edge = UInt64(text[..<dash], radix: 16),
            let number = UInt32(text[text.index(after: dash)...], radix: 10)
        else { return nil }
        self.init(edge: edge, number: number)
    }
}

extension SessionID: CustomStringConvertible {
    /// The written form.
    public var description: String {
        let hex = String(self.edge, radix: 16)
        return String(repeating: "0", count: 16 - hex.count) + hex + "-" + String(self.number)
    }
}
