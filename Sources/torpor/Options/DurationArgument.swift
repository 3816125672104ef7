internal import ArgumentParser
internal import FramePath

/// A length of time on the command line: a whole number and a unit.
struct DurationArgument: ExpressibleByArgument, CustomStringConvertible {
    let span: Tick.Span

    init(_ span: Tick.Span) { self.span = span }

    init?(argument: String) {
        let units: [(suffix: String, nanoseconds: UInt64)] = [
            ("ms", 1_000_000), ("us", 1_000), ("ns", 1), ("s", 1_000_000_000),
            ("m", 60_000_000_000), ("h", 3_600_000_000_000),
        ]
        for unit in units where argument.hasSuffix(unit.suffix) {
            guard let count = UInt64(argument.dropLast(unit.suffix.count)) else { continue }
            let (product, overflow) = count.multipliedReportingOverflow(by: unit.nanoseconds)
            guard !overflow else { return nil }
            self.init(Tick.Span(nanoseconds: product))
            return
        }
        return nil
    }

    var description: String {
        let nanoseconds = self.span.nanoseconds
        if nanoseconds % 1_000_000_000 == 0 { return "\(nanoseconds / 1_000_000_000)s" }
        if nanoseconds % 1_000_000 == 0 { return "\(nanoseconds / 1_000_000)ms" }
        return "\(nanoseconds)ns"
    }

    var defaultValueDescription: String { self.description }
}
