internal import Foundation
internal import TorporServer

/// A file that a flag names for a result.
enum OutputFile {
    /// Writes it anew.
    static func write(_ text: String, to path: String) throws {
        do {
            try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        } catch {
            throw Self.failure(path, error)
        }
    }

    /// Writes at its end, making it when it is not there.
    static func append(_ text: String, to path: String) throws {
        guard FileManager.default.fileExists(atPath: path) else {
            return try Self.write(text, to: path)
        }
        do {
            let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
            try handle.seekToEnd()
            try handle.write(contentsOf: Data(text.utf8))
            try handle.close()
        } catch {
            throw Self.failure(path, error)
        }
    }

    private static func failure(_ path: String, _ error: any Error) -> ServerFailure {
        ServerFailure("\(path) cannot be written: \(error.localizedDescription)")
    }
}
