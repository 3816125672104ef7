internal import Foundation

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// What another process used so far, as Linux counts it.
public enum ProcessMeter {
    /// User and system time of all its threads, also of those that ended.
    ///
    /// - Parameter pid: the process.
    /// - Returns: nanoseconds; `nil` when there is no such process or no such clock.
    public static func cpuNanoseconds(of pid: Int32) -> Double? {
        #if os(Linux)
        var clock = clockid_t()
        var time = timespec()
        guard clock_getcpuclockid(pid, &clock) == 0, clock_gettime(clock, &time) == 0 else {
            return nil
        }
        return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
        #else
        return nil
        #endif
    }

    /// Resident memory that is no file's: heap, stacks, and what was written of mapped files.
    ///
    /// - Parameter pid: the process.
    /// - Returns: bytes; `nil` without `/proc`.
    public static func anonymousBytes(of pid: Int32) -> Int? {
        guard let data = FileManager.default.contents(atPath: "/proc/\(pid)/smaps_rollup") else {
            return nil
        }
        for line in String(decoding: data, as: UTF8.self).split(separator: "\n")
        where line.hasPrefix("Anonymous:") {
            let words = line.split(separator: " ")
            return words.count > 1 ? Int(words[1]).map { $0 << 10 } : nil
        }
        return nil
    }
}
