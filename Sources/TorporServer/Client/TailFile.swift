internal import FrameTrace

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// The reading end of a trace file that another process is still writing.
///
/// Shape: `rows` gives what was added since the last call. Units: bytes. Errors: none; a file that
/// cannot be read gives no rows.
final class TailFile {
    /// Bounds of one file.
    enum Limits {
        /// Read at once.
        static let chunkBytes = 256 << 10
        /// Read in one call of `rows`.
        static let roundBytes = 8 << 20
        /// A longer line is of no interest here.
        static let lineBytes = 1 << 20
        /// Further behind than this, the rows between are skipped.
        static let behindBytes = 64 << 20
        /// Where the `end` row is looked for.
        static let tailBytes = 512
    }

    let path: String
    private let descriptor: Int32
    private var offset = 0
    private var reader = TraceReader(lineMax: Limits.lineBytes)

    /// Opens a file; `nil` when it cannot be read.
    ///
    /// - Parameters:
    ///   - path: where it is.
    ///   - fromEnd: whether what it holds now is left out.
    init?(_ path: String, fromEnd: Bool) {
        self.path = path
        self.descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard self.descriptor >= 0 else { return nil }
        if fromEnd { self.offset = self.size }
    }

    deinit { if self.descriptor >= 0 { close(self.descriptor) } }

    /// Whether its writer has ended it.
    var isEnded: Bool {
        let bytes = self.read(at: max(0, self.size - Limits.tailBytes), count: Limits.tailBytes)
        return String(decoding: bytes, as: UTF8.self).contains(#""ev":"end""#)
    }

    /// The life rows added since the last call, of at most 8 MiB of the file.
    func rows() -> [TraceRow] {
        if self.size - self.offset > Limits.behindBytes { self.offset = self.size }
        var rows: [TraceRow] = []
        let stop = self.offset + Limits.roundBytes
        while self.offset < stop {
            let bytes = self.read(at: self.offset, count: Limits.chunkBytes)
            guard !bytes.isEmpty else { break }
            self.offset += bytes.count
            self.reader.append(bytes)
            while let row = self.reader.next() {
                if row.ev == .life { rows.append(row) }
            }
        }
        return rows
    }

    private var size: Int { max(0, Int(lseek(self.descriptor, 0, SEEK_END))) }

    private func read(at offset: Int, count: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            filled = max(0, pread(self.descriptor, buffer.baseAddress, count, off_t(offset)))
        }
    }
}

@available(*, unavailable)
extension TailFile: Sendable {}
