internal import Dispatch
internal import Foundation
internal import Synchronization

/// Lines of standard input, and a place to print that does not cut a line being typed in two.
///
/// Shape: a pipe is read as it is. On a terminal the line is edited here: backspace, Ctrl-U, Ctrl-D and
/// Ctrl-C work, what is printed goes above it, and a line vanishes when it is sent, for the client prints
/// what it sends. Units: bytes. Errors: none; the bound drops what is typed beyond it.
final class TypedLines: Sendable {
    /// The longest line typed.
    private static let lineBytesMax = 64 << 10

    private struct State {
        var saved: termios?
        var typed: [UInt8] = []
        var escape = Escape.none
    }

    /// Where in a key's escape sequence the input is; arrows and the like do nothing.
    private enum Escape {
        case none
        case begun
        case inside
    }

    private let state = Mutex(State())

    /// Lines as they come, read on a thread of their own since a read blocks.
    func stream() -> AsyncStream<String> {
        let isTerminal = self.takeTerminal()
        return AsyncStream { continuation in
            let thread = Thread {
                if isTerminal {
                    self.readKeys { continuation.yield($0) }
                } else {
                    while let line = readLine() { continuation.yield(line) }
                }
                continuation.finish()
            }
            thread.start()
        }
    }

    /// Prints a line above the one being typed.
    func show(_ line: String) {
        self.state.withLock { state in
            guard state.saved != nil else { return Terminal.line(line) }
            Self.put("\r\u{1B}[K" + line + "\n" + Self.visible(state.typed))
        }
    }

    /// Gives the terminal back as it was; done more than once it does no harm.
    func restore() {
        self.state.withLock { state in
            guard var saved = state.saved else { return }
            state.saved = nil
            Self.put("\r\u{1B}[K")
            tcsetattr(STDIN_FILENO, TCSADRAIN, &saved)
        }
    }

    /// Ends the process by a signal's exit code, with the terminal as it was.
    func end(signal number: Int32) -> Never {
        self.restore()
        exit(128 + number)
    }

    private func takeTerminal() -> Bool {
        guard isatty(STDIN_FILENO) == 1, isatty(STDOUT_FILENO) == 1 else { return false }
        var now = termios()
        guard tcgetattr(STDIN_FILENO, &now) == 0 else { return false }
        let saved = now
        now.c_lflag &= ~tcflag_t(ICANON | ECHO | ISIG)
        guard tcsetattr(STDIN_FILENO, TCSADRAIN, &now) == 0 else { return false }
        self.state.withLock { $0.saved = saved }
        return true
    }

    private func readKeys(_ take: (String) -> Void) {
        var bytes = [UInt8](repeating: 0, count: 4_096)
        while true {
            let count = read(STDIN_FILENO, &bytes, bytes.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return }
            for byte in bytes[..<count] {
                switch self.key(byte) {
                case .nothing: break
                case .line(let line): take(line)
                case .end: return
                case .interrupt: self.end(signal: SIGINT)
                }
            }
        }
    }

    private enum Outcome {
        case nothing
        case line(String)
        case end
        case interrupt
    }

    private func key(_ byte: UInt8) -> Outcome {
        self.state.withLock { state in
            if state.escape != .none {
                Self.skip(byte, &state.escape)
                return .nothing
            }
            switch byte {
            case 0x03: return .interrupt
            case 0x04: return state.typed.isEmpty ? .end : .nothing
            case 0x0A, 0x0D:
                let line = String(decoding: state.typed, as: UTF8.self)
                state.typed = []
                Self.redraw(state.typed)
                return .line(line)
            case 0x08, 0x7F:
                state.typed = Array(String(decoding: state.typed, as: UTF8.self).dropLast().utf8)
            case 0x15: state.typed = []
            case 0x1B: state.escape = .begun
            case 0..<0x20: return .nothing
            default:
                guard state.typed.count < Self.lineBytesMax else { return .nothing }
                state.typed.append(byte)
            }
            Self.redraw(state.typed)
            return .nothing
        }
    }

    private static func skip(_ byte: UInt8, _ escape: inout Escape) {
        switch escape {
        case .begun:
            let goesOn = byte == UInt8(ascii: "[") || byte == UInt8(ascii: "O")
            escape = goesOn ? .inside : .none
        case .inside: if (0x40...0x7E).contains(byte) { escape = .none }
        case .none: break
        }
    }

    private static func redraw(_ typed: [UInt8]) { Self.put("\r\u{1B}[K" + Self.visible(typed)) }

    /// The end of what is typed, short enough for one row: a row that wraps could not be taken back.
    private static func visible(_ typed: [UInt8]) -> String {
        var size = winsize()
        let isKnown = ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 1
        let width = isKnown ? Int(size.ws_col) - 1 : 79
        return String(String(decoding: typed, as: UTF8.self).suffix(width))
    }

    private static func put(_ text: String) {
        FileHandle.standardOutput.write(Data(text.utf8))
    }
}
