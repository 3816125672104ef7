internal import Foundation

/// The open files of this process.
enum Descriptors {
    /// Those that are open now, without the three standard ones.
    static func open() -> Set<Int32> {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/dev/fd")) ?? []
        return Set(names.compactMap { Int32($0) }.filter { $0 > 2 })
    }

    /// Keeps all others from a child: a port would stay taken as long as one of its descendants lives.
    static func closeOnStart(except inherited: Set<Int32>) {
        for descriptor in Self.open().subtracting(inherited) {
            let flags = fcntl(descriptor, F_GETFD)
            if flags >= 0 { _ = fcntl(descriptor, F_SETFD, flags | FD_CLOEXEC) }
        }
    }

    /// Whether a terminal has already told this process group, and so the child, of its interrupt key.
    static var isInForeground: Bool {
        let terminal = Foundation.open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC)
        guard terminal >= 0 else { return false }
        defer { close(terminal) }
        return tcgetpgrp(terminal) == getpgrp()
    }
}
