import Foundation
import FramePath
import FrameTrace
import Testing

@testable import TorporServer

@Suite("The tail of another process's trace")
struct LifeTailTests {
    @Test("only steps added after its opening are told, and a line cut in two is told once, whole")
    func growing() throws {
        let folder = try self.folder()
        let path = folder + "/edge-1-1.jsonl"
        try self.add(self.life("hibernated", "probe-t-1-1", 0), to: path)
        let tail = try #require(LifeTail(folder: folder, objects: ["probe-t-1-1", "probe-t-1-2"]))
        #expect(self.words(tail) == [])
        let line = self.life("hibernated", "probe-t-1-2", 0)
        try self.add(String(line.prefix(20)), to: path)
        #expect(self.words(tail) == [])
        try self.add(String(line.dropFirst(20)) + self.life("woken", "probe-t-1-2", 1), to: path)
        #expect(self.words(tail) == ["hibernated probe-t-1-2", "woken probe-t-1-2 1"])
        #expect(self.words(tail) == [])
    }

    @Test("objects of others and other steps are not told")
    func others() throws {
        let folder = try self.folder()
        let path = folder + "/edge-1-1.jsonl"
        try self.add("", to: path)
        let tail = try #require(LifeTail(folder: folder, objects: ["probe-t-1-1", "probe-t-1-2"]))
        let rows =
            self.life("hibernated", "room", 0) + self.life("wake-start", "probe-t-1-1", 1)
            + "garbage\n" + self.life("woken", "probe-t-1-1", 1)
        try self.add(rows, to: path)
        #expect(self.words(tail) == ["woken probe-t-1-1 1"])
    }

    @Test("without an edge's file the object server's is read, whose first life is no wake")
    func objectServer() throws {
        let folder = try self.folder()
        let path = folder + "/object-1-1.jsonl"
        try self.add("", to: path)
        let tail = try #require(LifeTail(folder: folder, objects: ["probe-t-1-1", "probe-t-1-2"]))
        let rows =
            self.life("constructed", "probe-t-1-1", 0) + self.life("constructed", "probe-t-1-1", 1)
        try self.add(rows, to: path)
        #expect(self.words(tail) == ["woken probe-t-1-1 1"])
    }

    @Test("with an edge's file the object server's tells nothing twice")
    func both() throws {
        let folder = try self.folder()
        for role in ["edge", "object"] { try self.add("", to: folder + "/\(role)-1-1.jsonl") }
        let tail = try #require(LifeTail(folder: folder, objects: ["probe-t-1-1", "probe-t-1-2"]))
        for role in ["edge", "object"] {
            try self.add(
                self.life("hibernated", "probe-t-1-1", 0),
                to: folder + "/\(role)-1-1.jsonl"
            )
        }
        #expect(self.words(tail) == ["hibernated probe-t-1-1"])
    }

    @Test("a folder with nothing, or only with files that ended, gives no tail")
    func nothingThere() throws {
        let folder = try self.folder()
        #expect(LifeTail(folder: folder, objects: ["p"]) == nil)
        #expect(LifeTail(folder: folder + "/none", objects: ["p"]) == nil)
        let end = "{\"t\":1,\"n\":1,\"p\":\"edge-1\",\"ev\":\"end\"}\n"
        try self.add(end, to: folder + "/edge-1-1.jsonl")
        #expect(LifeTail(folder: folder, objects: ["p"]) == nil)
        try self.add("", to: folder + "/probe-1-1.jsonl")
        #expect(LifeTail(folder: folder, objects: ["p"]) == nil)
    }

    @Test("a file that a new edge begins is found and read from its start")
    func newFile() throws {
        let folder = try self.folder()
        try self.add("", to: folder + "/edge-1-1.jsonl")
        let tail = try #require(LifeTail(folder: folder, objects: ["probe-t-1-1", "probe-t-1-2"]))
        try self.add(self.life("hibernated", "probe-t-1-1", 0), to: folder + "/edge-2-1.jsonl")
        var words: [String] = []
        for _ in 0..<LifeTail.Limits.roundsBetweenLooks { words += self.words(tail) }
        #expect(words == ["hibernated probe-t-1-1"])
    }

    @Test("a stopped tail reads no more")
    func stopped() async throws {
        let folder = try self.folder()
        try self.add("", to: folder + "/edge-1-1.jsonl")
        let tail = try #require(LifeTail(folder: folder, objects: ["probe-t-1-1", "probe-t-1-2"]))
        await tail.stop()
        #expect(tail.read() == nil)
    }

    private func folder() throws -> String {
        try RunFolder.open(directory: makeFolder(), run: "r").path
    }

    private func words(_ tail: LifeTail) -> [String] {
        (tail.read() ?? []).map { step in
            switch step {
            case .hibernated(let object): "hibernated \(object)"
            case .woken(let object, let wake): "woken \(object) \(wake)"
            }
        }
    }

    private func life(_ what: String, _ object: String, _ wake: Int) -> String {
        "{\"t\":1,\"n\":1,\"p\":\"edge-1\",\"ev\":\"life\",\"what\":\"\(what)\",\"obj\":\"\(object)\","
            + "\"wake\":\(wake)}\n"
    }

    private func add(_ text: String, to path: String) throws {
        if !FileManager.default.fileExists(atPath: path) {
            try #require(FileManager.default.createFile(atPath: path, contents: nil))
        }
        let file = try #require(FileHandle(forWritingAtPath: path))
        try file.seekToEnd()
        try file.write(contentsOf: Data(text.utf8))
        try file.close()
    }
}
