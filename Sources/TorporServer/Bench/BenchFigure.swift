/// One measured number, and the most it may be.
public struct BenchFigure: Sendable, Equatable {
    /// Dotted: the part, then what of it.
    public var name: String
    /// The measured value.
    public var value: Double
    /// What it counts.
    public var unit: String
    /// The most it may be; `nil` for a number that is only printed.
    public var bar: Double?

    /// Makes one.
    public init(_ name: String, _ value: Double, _ unit: String, bar: Double? = nil) {
        self.name = name
        self.value = value
        self.unit = unit
        self.bar = bar
    }

    /// Whether it is above its bar, or no number at all.
    public var isOver: Bool {
        guard let bar = self.bar else { return false }
        return !(self.value <= bar)
    }

    /// The value with as many digits as mean something.
    public var text: String {
        guard self.value.isFinite else { return "none" }
        let digits = self.value.magnitude < 10 ? 100.0 : self.value.magnitude < 100 ? 10 : 1
        let rounded = (self.value * digits).rounded() / digits
        return digits == 1 ? String(Int(rounded)) : String(rounded)
    }
}

/// Numbers of several runs made one.
public enum BenchMath {
    /// The middle value; of an even number the mean of the two in the middle.
    ///
    /// - Parameter values: in any order.
    /// - Returns: not a number when there are none, so that no bar is met by nothing.
    public static func median(_ values: [Double]) -> Double {
        guard !values.isEmpty else { return .nan }
        let sorted = values.sorted()
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }

    /// How many times the second one the first one is.
    ///
    /// - Parameters:
    ///   - value: over the line.
    ///   - base: under the line.
    /// - Returns: not a number when there is nothing to divide by.
    public static func ratio(_ value: Double, to base: Double) -> Double {
        base > 0 ? value / base : .nan
    }
}
