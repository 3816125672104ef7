import Foundation
import Testing

/// One thing a pure target may not name, and what it does instead.
struct Ban: Sendable, CustomTestStringConvertible {
    /// What is banned, in words.
    let name: String
    /// ICU regular expression over code without comments and strings.
    let pattern: String
    /// What to write instead.
    let instead: String
    /// Code the ban must catch.
    let bad: [String]
    /// Code near it that must stay allowed.
    let good: [String]

    var testDescription: String { name }

    /// The lines where it fires, counted from 1.
    func lines(in code: String) -> [Int] {
        // Most files have nothing: one search decides, lines are cut only after that.
        guard code.range(of: pattern, options: .regularExpression) != nil else { return [] }
        var found: [Int] = []
        for (index, line) in code.split(separator: "\n", omittingEmptySubsequences: false)
            .enumerated()
        where line.range(of: pattern, options: .regularExpression) != nil {
            found.append(index + 1)
        }
        return found
    }
}

extension Ban {
    /// Everything a pure target leaves to its driver.
    static let all: [Ban] = [
        Ban(
            name: "Foundation",
            pattern: #"\b(Foundation\w*|NSRegularExpression|JSONEncoder|JSONDecoder)\b"#,
            instead: "FramePath's JSONBytes and JSONWriter, or the standard library",
            bad: ["import Foundation", "public import FoundationEssentials", "JSONDecoder()"],
            good: ["let foundation = 1"]
        ),
        Ban(
            name: "C library and Dispatch",
            pattern: #"\b(Dispatch\w*|Glibc|Musl|Darwin|pthread\w*|CNghttp2|COpenSSL)\b"#,
            instead: "an action that TorporServer carries out",
            bad: ["import Dispatch", "DispatchQueue.main", "import Glibc"],
            good: ["dispatch(message)"]
        ),
        Ban(
            name: "NIO other than ByteBuffer",
            pattern: #"\bimport\s+(?!struct\s+NIOCore\.ByteBuffer\b)(\w+\s+)?NIO\w*"#,
            instead: "`import struct NIOCore.ByteBuffer`",
            bad: ["import NIOCore", "internal import NIOPosix", "import class NIOCore.EventLoop"],
            good: ["import struct NIOCore.ByteBuffer", "public import struct NIOCore.ByteBuffer"]
        ),
        Ban(
            name: "channels and event loops",
            pattern: #"\b(Channel(Handler\w*|Context|Pipeline)?|EventLoop\w*|\w+Bootstrap)\b"#,
            instead: "an event in and an action out",
            bad: [
                "let channel: any Channel", "EventLoopFuture<Void>", "ServerBootstrap(group: g)",
            ],
            good: ["let channels = 1"]
        ),
        Ban(
            name: "tasks",
            pattern: #"\b(Task|TaskGroup|withTaskGroup|actor|await|AsyncStream)\b"#,
            instead: "an action whose completion is an event",
            bad: ["Task { }", "await next()", "actor Host {", "Task.detached {"],
            good: ["case multitask", "let actors = 2"]
        ),
        Ban(
            name: "clocks",
            pattern:
                #"\b(ContinuousClock|SuspendingClock|Date|NIODeadline)\b|(?<![\w\])>?!])\.now\b"#,
            instead: "the Tick that comes with the event",
            bad: ["let t: T = .now", "ContinuousClock().now", "Date()", "f(at: .now)"],
            good: ["self.now", "now: now", "context.now - start"]
        ),
        Ban(
            name: "global random generators",
            pattern:
                #"\.random\s*\(|SystemRandomNumberGenerator|\.(shuffled?|randomElement)\(\)|\bUUID\b"#,
            instead: "Philox with the entropy or seed that came in the initialiser",
            bad: ["Int.random(in: 0..<2)", "SystemRandomNumberGenerator()", "list.shuffled()"],
            good: ["Philox.draw(key: key, counter: counter)", "let random = 1"]
        ),
        Ban(
            name: "hashes that differ from process to process",
            pattern: #"\.hashValue\b|\bHasher\(\)"#,
            instead: "XXH64",
            bad: ["key.hashValue", "var hasher = Hasher()"],
            good: ["func hash(into hasher: inout Hasher)"]
        ),
        Ban(
            name: "the terminal",
            pattern: #"(?<![\w.])(print|debugPrint|dump|readLine)\s*\("#,
            instead: "a trace event",
            bad: ["print(1)", "    debugPrint(x)", "let line = readLine()"],
            good: ["table.print(1)", "fingerprint(1)", "func imprint()"]
        ),
        Ban(
            name: "unchecked promises",
            pattern: #"@unchecked\b|nonisolated\(unsafe\)|@preconcurrency\b"#,
            instead: "a value type that is Sendable by itself",
            bad: ["final class A: @unchecked Sendable {}", "nonisolated(unsafe) var x = 1"],
            good: ["struct A: Sendable {}"]
        ),
        Ban(
            name: "forced tries and unwraps",
            pattern: #"\b(try|as)!|[\w\])]!(?![=\w])"#,
            instead: "typed throws, or guard with preconditionFailure(\"why\")",
            bad: ["try! read()", "x as! Int", "list.first!.name", "dictionary[key]!"],
            good: ["a != b", "!isOpen", "if !(a) {"]
        ),
    ]
}
