internal import Dispatch

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// The signals that ask a process to end.
public enum Signals {
    /// SIGTERM and SIGINT from now on, instead of their sudden end of the process.
    ///
    /// Shape: the first asks for an orderly end; a caller that sees a second one may stop at once.
    ///
    /// - Returns: the numbers of the signals as they come.
    public static func requests() -> AsyncStream<Int32> {
        // A peer that closed is seen as an error of its write, not as a signal.
        signal(SIGPIPE, SIG_IGN)
        return Self.stream(of: [SIGTERM, SIGINT])
    }

    /// SIGHUP from now on: a wish to read the profiles again, not the end of the process.
    ///
    /// - Returns: one number for each.
    public static func hangups() -> AsyncStream<Int32> { Self.stream(of: [SIGHUP]) }

    private static func stream(of numbers: [Int32]) -> AsyncStream<Int32> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: Int32.self,
            bufferingPolicy: .bufferingOldest(4)
        )
        for number in numbers {
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                // Holding the source keeps it alive as long as its handler.
                _ = source
                continuation.yield(number)
            }
            source.resume()
        }
        return stream
    }
}
