internal import Foundation
internal import Synchronization
internal import TorporServer

/// Hands the signals of this process on to the command, or ends a script that nobody can be told to end.
final class RunSignals: Sendable {
    private let child: ChildProcess
    private let stack: RunStack
    private let isScripted = Mutex(false)

    init(child: ChildProcess, stack: RunStack) {
        self.child = child
        self.stack = stack
    }

    /// Whether the script runs now.
    func script(isRunning: Bool) { self.isScripted.withLock { $0 = isRunning } }

    /// Runs until it is cancelled.
    func forward(_ signals: AsyncStream<Int32>) async {
        for await number in signals {
            if self.isScripted.withLock({ $0 }) {
                await self.stack.stop()
                exit(128 + number)
            }
            // The terminal has told the command itself.
            if number != SIGINT || !Descriptors.isInForeground { self.child.tell(number) }
        }
    }
}
