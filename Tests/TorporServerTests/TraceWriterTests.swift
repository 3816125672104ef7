import Foundation
import FramePath
import FrameTrace
import Testing

@testable import TorporServer

@Suite("The trace writer")
struct TraceWriterTests {
    @Test("a closed file is whole lines from the schema row to the end row")
    func wholeFile() async throws {
        let folder = try RunFolder.open(directory: makeFolder(), run: "r1")
        let writer = try TraceWriter(folder: folder, header: Self.header(run: folder.run))
        writer.append((1...3).map { Self.mark("m\($0)", number: UInt64($0)) })
        await writer.close()
        writer.append([Self.mark("after", number: 9)])
        let lines = try Self.lines(writer.path)
        #expect(lines.count == 6)
        #expect(lines.first?.contains("torpor.trace/1") == true)
        #expect(lines[1].contains("\"run\""))
        #expect(lines[2].contains("m1"))
        #expect(lines.last?.contains("\"ev\":\"end\"") == true)
        #expect(!lines.contains { $0.contains("after") })
    }

    @Test("events beyond the bound are counted in a gap and none is written twice")
    func overflow() async throws {
        let folder = try RunFolder.open(directory: makeFolder(), run: "r2")
        let header = Self.header(run: folder.run)
        let writer = try TraceWriter(folder: folder, header: header, eventsMax: 100)
        writer.append((1...1_100).map { Self.mark("x", number: UInt64($0)) })
        await writer.close()
        let lines = try Self.lines(writer.path)
        let marks = lines.count { $0.contains("\"ev\":\"mark\"") }
        let gaps = lines.filter { $0.contains("\"ev\":\"gap\"") }
        #expect(marks == 100)
        #expect(gaps.count == 1)
        #expect(gaps.first?.contains("1000") == true)
    }

    @Test("two roles that start at once get files of their own")
    func twins() async throws {
        let folder = try RunFolder.open(directory: makeFolder(), run: "r3")
        let header = Self.header(run: folder.run)
        let one = try TraceWriter(folder: folder, header: header)
        let other = try TraceWriter(folder: folder, header: header)
        #expect(one.path != other.path)
        await one.close()
        await other.close()
    }

    @Test("processes without a run name agree on the one that the first of them makes")
    func agreedRun() throws {
        let directory = makeFolder()
        let first = try RunFolder.open(directory: directory, run: nil)
        let second = try RunFolder.open(directory: directory, run: nil)
        #expect(first.run == second.run)
        #expect(first.path == directory + "/" + first.run)
        #expect(FileManager.default.fileExists(atPath: first.path))
    }

    @Test(
        "a run name that is not a plain file name is refused",
        arguments: ["../x", "a/b", ".hidden", "run", "a b", String(repeating: "x", count: 200)]
    )
    func badRun(_ name: String) {
        #expect(throws: TraceFailure.self) {
            try RunFolder.open(directory: makeFolder(), run: name)
        }
    }

    private static func mark(_ text: String, number: UInt64) -> Recorded {
        Recorded(time: Tick(nanoseconds: number), number: number, event: .mark(text))
    }

    private static func header(run: String) -> TraceHeader {
        TraceHeader(
            run: run,
            role: "edge",
            tool: "test",
            pid: 1,
            seed: 0,
            wall0: 1_000_000_000,
            points: [.edgeRx]
        )
    }

    private static func lines(_ path: String) throws -> [Substring] {
        let text = try String(contentsOfFile: path, encoding: .utf8)
        #expect(text.hasSuffix("\n"))
        return text.split(separator: "\n")
    }
}

/// A folder of this test run alone.
func makeFolder() -> String {
    NSTemporaryDirectory() + "torpor-test-" + UUID().uuidString
}
