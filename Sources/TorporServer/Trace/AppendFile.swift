#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// A file made exclusively and written at its end with whole chunks.
///
/// Shape: one `write(2)` a chunk, so that after a kill at most the last chunk is torn.
struct AppendFile: ~Copyable {
    private let descriptor: Int32
    let path: String

    /// Makes the file, or opens a device that exists.
    ///
    /// Errors: it exists already, or cannot be made.
    init(path: String, mode: mode_t = 0o644, mayExist: Bool = false) throws(TraceFailure) {
        self.path = path
        let flags = O_WRONLY | O_APPEND | O_CLOEXEC
        self.descriptor = open(path, mayExist ? flags : flags | O_CREAT | O_EXCL, mode)
        guard self.descriptor >= 0 else { throw TraceFailure(path: path, reason: Self.lastError) }
    }

    deinit {
        if self.descriptor >= 0 { close(self.descriptor) }
    }

    /// Whether making a file failed because another process made it first.
    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// Writes everything; `false` when the disk refuses it.
    func append(_ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBytes { raw in
            var done = 0
            while done < raw.count {
                let rest = UnsafeRawBufferPointer(rebasing: raw[done...])
                let count = write(self.descriptor, rest.baseAddress, rest.count)
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else { return false }
                done += count
            }
            return true
        }
    }

    private static var lastError: String { String(cString: strerror(errno)) }
}
