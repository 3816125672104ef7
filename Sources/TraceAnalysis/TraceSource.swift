import Foundation
import FrameTrace

/// One trace file to be read from its start, as often as needed.
public struct TraceSource: Sendable {
    /// The file's name, without its folder.
    public var name: String
    private let open: @Sendable () -> Content

    private enum Content {
        case bytes([UInt8])
        case handle(FileHandle?)
    }

    /// A file held in memory.
    ///
    /// - Parameters:
    ///   - name: its name.
    ///   - bytes: gives its bytes.
    public init(name: String, bytes: @escaping @Sendable () -> [UInt8]) {
        self.name = name
        self.open = { .bytes(bytes()) }
    }

    /// A file on disk, read a chunk at a time.
    ///
    /// - Parameter path: where it lies.
    public init(path: String) {
        self.name = (path as NSString).lastPathComponent
        self.open = { .handle(FileHandle(forReadingAtPath: path)) }
    }

    /// Hands the file over in order; a read error ends it as a cut would.
    func forEachChunk(_ body: ([UInt8]) -> Void) {
        self.whileChunks { chunk in
            body(chunk)
            return true
        }
    }

    func whileChunks(_ body: ([UInt8]) -> Bool) {
        switch self.open() {
        case .bytes(let bytes): _ = body(bytes)
        case .handle(let handle):
            guard let handle else { return }
            while let data = try? handle.read(upToCount: 1 << 20), !data.isEmpty {
                guard body([UInt8](data)) else { break }
            }
            try? handle.close()
        }
    }
}

/// What a file's first lines say of its run.
struct TraceHead {
    var run: String?
    var wall0: UInt64 = 0

    /// Reads the first lines; a file without a run row stays unknown.
    init(_ source: TraceSource) {
        var reader = TraceReader()
        var rows = 0
        var found: TraceRow?
        source.whileChunks { chunk in
            reader.append(chunk.prefix(1 << 16))
            while let row = reader.next(), rows < 8 {
                rows += 1
                if row.ev == .run {
                    found = row
                    return false
                }
            }
            return false
        }
        self.run = found?.run
        self.wall0 = found?.wall0 ?? 0
    }
}

/// A directory of trace files.
public enum RunDirectory {
    /// The trace files of a directory, by name.
    ///
    /// - Parameter path: the directory.
    /// - Returns: its `.jsonl` files, unread.
    /// - Throws: when the directory cannot be listed.
    public static func load(_ path: String) throws -> [TraceSource] {
        let names = try FileManager.default.contentsOfDirectory(atPath: path)
        return names.filter { $0.hasSuffix(".jsonl") }.sorted().map { name in
            TraceSource(path: (path as NSString).appendingPathComponent(name))
        }
    }
}
