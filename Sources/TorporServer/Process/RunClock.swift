internal import Foundation
public import FramePath
internal import NIOCore

/// The clock of one run in one process: monotonic time as `Tick`, and the wall clock at its zero.
///
/// Shape: taken once at start and shared by every role of the run, so that their traces join.
public struct RunClock: Sendable {
    /// Wall clock at `Tick.zero`, nanoseconds since 1970.
    public let wallZeroNanoseconds: UInt64
    private let start: NIODeadline

    /// Starts a clock now.
    public init() {
        self.start = .now()
        self.wallZeroNanoseconds = UInt64(max(0, Date().timeIntervalSince1970) * 1e9)
    }

    /// Wall clock at `Tick.zero`, milliseconds since 1970.
    public var wallZeroMilliseconds: UInt64 { self.wallZeroNanoseconds / 1_000_000 }

    /// The time since the start of the run.
    public var now: Tick {
        Tick(nanoseconds: UInt64(max(0, (NIODeadline.now() - self.start).nanoseconds)))
    }

    /// The moment of an event loop's clock that stands for `tick`.
    func deadline(_ tick: Tick) -> NIODeadline {
        self.start + .nanoseconds(Int64(clamping: tick.nanoseconds))
    }
}
