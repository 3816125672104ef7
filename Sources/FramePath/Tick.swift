/// A moment of one process: nanoseconds since the run started there, monotonic or virtual.
///
/// Shape: the only clock value in the pure targets. Units: nanoseconds.
public struct Tick: Comparable, Hashable, Sendable {
    /// Nanoseconds since run start.
    public var nanoseconds: UInt64

    /// The start of the run.
    public static let zero = Tick(nanoseconds: 0)

    /// Makes a moment from nanoseconds since run start.
    public init(nanoseconds: UInt64) {
        self.nanoseconds = nanoseconds
    }

    /// Orders by time.
    public static func < (left: Tick, right: Tick) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    /// The moment `span` later; stops at the largest representable moment.
    public static func + (left: Tick, span: Span) -> Tick {
        let (sum, overflow) = left.nanoseconds.addingReportingOverflow(span.nanoseconds)
        return Tick(nanoseconds: overflow ? .max : sum)
    }

    /// The time from `right` to `left`, zero when `right` is later.
    public static func - (left: Tick, right: Tick) -> Span {
        Span(
            nanoseconds: left.nanoseconds > right.nanoseconds
                ? left.nanoseconds - right.nanoseconds : 0
        )
    }

    /// A length of time.
    ///
    /// Units: nanoseconds.
    public struct Span: Comparable, Hashable, Sendable {
        /// Nanoseconds.
        public var nanoseconds: UInt64
        /// No time.
        public static let zero = Span(nanoseconds: 0)
        /// Makes a span from nanoseconds.
        public init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }
        /// Makes a span from milliseconds.
        public static func milliseconds(_ count: UInt64) -> Span {
            Span(nanoseconds: count &* 1_000_000)
        }
        /// Makes a span from seconds.
        public static func seconds(_ count: UInt64) -> Span {
            Span(nanoseconds: count &* 1_000_000_000)
        }
        /// Orders by length.
        public static func < (left: Span, right: Span) -> Bool {
            left.nanoseconds < right.nanoseconds
        }
        /// Adds two spans; stops at the largest.
        public static func + (left: Span, right: Span) -> Span {
            let (sum, overflow) = left.nanoseconds.addingReportingOverflow(right.nanoseconds)
            return Span(nanoseconds: overflow ? .max : sum)
        }
        /// Multiplies a span; stops at the largest.
        public static func * (left: Span, factor: UInt64) -> Span {
            let (product, overflow) = left.nanoseconds.multipliedReportingOverflow(by: factor)
            return Span(nanoseconds: overflow ? .max : product)
        }
    }
}
