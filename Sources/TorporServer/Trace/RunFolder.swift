internal import Foundation

/// The folder of one run inside a trace folder: `DIR/<run>/`.
///
/// Shape: the run's name is given, or stands in the file `DIR/run`, which the first process makes
/// exclusively, so that edge, object server and probe of one run agree without talking.
public struct RunFolder: Sendable {
    /// The run's name.
    public let run: String
    /// `DIR/<run>`.
    public let path: String

    /// Longest name of a run.
    static let nameBytesMax = 128

    /// Opens the folder, making what is missing.
    ///
    /// - Parameters:
    ///   - directory: the folder given by `--trace`.
    ///   - run: the name given by `--run` or `TORPOR_RUN`, or nothing.
    /// - Returns: the folder, which exists.
    /// - Throws: `TraceFailure` with the path.
    public static func open(directory: String, run: String?) throws(TraceFailure) -> RunFolder {
        try Self.makeFolder(directory)
        let name: String
        if let run, !run.isEmpty {
            name = run
        } else {
            name = try Self.agreedName(directory)
        }
        guard Self.isPlain(name) else {
            throw TraceFailure(
                path: directory,
                reason: "run '\(name.prefix(40))' is not a plain file name"
            )
        }
        let path = directory + "/" + name
        try Self.makeFolder(path)
        return RunFolder(run: name, path: path)
    }

    private static func agreedName(_ directory: String) throws(TraceFailure) -> String {
        let path = directory + "/run"
        let mine = Self.freshName()
        if !AppendFile.exists(path) {
            do throws(TraceFailure) {
                let file = try AppendFile(path: path)
                guard file.append(Array((mine + "\n").utf8)) else {
                    throw TraceFailure(path: path, reason: "cannot be written")
                }
                return mine
            } catch {
                // Another process may have been faster; then its name holds.
                guard AppendFile.exists(path) else { throw error }
            }
        }
        // The process that made the file may not have written its line yet.
        for _ in 0..<100 {
            if let text = try? String(contentsOfFile: path, encoding: .utf8),
                let end = text.firstIndex(of: "\n")
            {
                return String(text[..<end])
            }
            Thread.sleep(forTimeInterval: 0.01)
        }
        throw TraceFailure(path: path, reason: "holds no name; delete it or give --run")
    }

    private static func freshName() -> String {
        let bits = UInt32.random(in: 0...UInt32.max)
        return "run-\(UInt64(Date().timeIntervalSince1970))-" + String(bits, radix: 16)
    }

    private static func isPlain(_ name: String) -> Bool {
        let bytes = name.utf8
        guard (1...Self.nameBytesMax).contains(bytes.count), bytes.first != UInt8(ascii: ".") else {
            return false
        }
        return bytes.allSatisfy { $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "/") }
            && name != "run"
    }

    private static func makeFolder(_ path: String) throws(TraceFailure) {
        do {
            try FileManager.default.createDirectory(
                atPath: path,
                withIntermediateDirectories: true
            )
        } catch {
            throw TraceFailure(path: path, reason: "cannot be made: \(error.localizedDescription)")
        }
    }
}
