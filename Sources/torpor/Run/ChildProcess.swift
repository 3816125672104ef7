internal import Foundation
internal import Synchronization

/// The user's command as a child of this process, on the same terminal, in the same process group.
///
/// Shape: run once; signals may be told at any time, before its start too. The child is reaped, and its
/// id is never used after that.
final class ChildProcess: Sendable {
    /// How it ended.
    enum End: Equatable, Sendable {
        case exited(Int32)
        case killed(signal: Int32)
        /// It never ran; `code` is what a shell would give.
        case notStarted(code: Int32, why: String)

        /// The code a shell gives for it.
        var code: Int32 {
            switch self {
            case .exited(let code): code
            case .killed(let signal): 128 + signal
            case .notStarted(let code, _): code
            }
        }
    }

    private struct State {
        var id: pid_t?
        /// A signal that came before the child did.
        var early: Int32?
    }

    private let state = Mutex(State())

    /// Hands a signal on; before the start it prevents it.
    func tell(_ signal: Int32) {
        self.state.withLock { state in
            if let id = state.id { kill(id, signal) } else { state.early = signal }
        }
    }

    /// Starts the command and waits for its end.
    ///
    /// - Parameters:
    ///   - command: a program, looked for in `PATH`, and its arguments.
    ///   - environment: all of it.
    /// - Returns: how it ended.
    func run(_ command: [String], environment: [String: String]) async -> End {
        let started: Result<pid_t, Refusal> = self.state.withLock { state in
            if let early = state.early { return .failure(.signal(early)) }
            var id: pid_t = 0
            let error = Self.spawn(command, environment, &id)
            guard error == 0 else { return .failure(.error(error)) }
            state.id = id
            return .success(id)
        }
        switch started {
        case .success(let id): return await self.end(of: id)
        case .failure(.signal(let number)): return .killed(signal: number)
        case .failure(.error(let number)):
            return .notStarted(
                code: number == ENOENT ? 127 : 126,
                why: String(cString: strerror(number)).lowercased()
            )
        }
    }

    private enum Refusal: Error {
        case signal(Int32)
        case error(Int32)
    }

    private func end(of id: pid_t) async -> End {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                var info = siginfo_t()
                // Seen first and reaped under the lock, so that no signal goes to a later owner of the id.
                while waitid(P_PID, id_t(id), &info, WEXITED | WNOWAIT) == -1, errno == EINTR {}
                let status = self.state.withLock { state in
                    var status: Int32 = 0
                    while waitpid(id, &status, 0) == -1, errno == EINTR {}
                    state.id = nil
                    return status
                }
                let signal = status & 0x7f
                continuation.resume(
                    returning: signal == 0
                        ? .exited((status >> 8) & 0xff) : .killed(signal: signal)
                )
            }
        }
    }

    /// The system's error number, 0 when it runs.
    private static func spawn(
        _ command: [String],
        _ environment: [String: String],
        _ id: inout pid_t
    ) -> Int32 {
        #if canImport(Darwin)
        var attributes: posix_spawnattr_t?
        #else
        var attributes = posix_spawnattr_t()
        #endif
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // What this process ignores for itself the child would ignore too.
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        for number in [SIGINT, SIGTERM, SIGPIPE] { sigaddset(&signals, number) }
        posix_spawnattr_setsigdefault(&attributes, &signals)
        let flags = Int32(POSIX_SPAWN_SETSIGDEF) | Int32(POSIX_SPAWN_SETSIGMASK)
        posix_spawnattr_setflags(&attributes, Int16(flags))
        var arguments = command.map { strdup($0) } + [nil]
        var variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer {
            for text in arguments + variables { free(text) }
        }
        return posix_spawnp(&id, command[0], nil, &attributes, &arguments, &variables)
    }
}
