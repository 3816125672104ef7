import Foundation

/// The files of this repository, found from where this one was compiled.
enum Repository {
    /// The folder with `Package.swift`.
    static let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// One text file.
    struct File {
        /// From the root, for messages.
        let path: String
        /// All of it.
        let text: String
    }

    /// The Swift files under a folder such as `Sources/EdgeCore`, sorted by path.
    static func swiftFiles(in folder: String) -> [File] {
        files(in: folder) { $0.hasSuffix(".swift") }
    }

    /// The files under a folder, sorted by path; build products and hidden files are left out.
    static func files(in folder: String, where isWanted: (String) -> Bool) -> [File] {
        let top = root.appending(path: folder)
        let names = FileManager.default.enumerator(atPath: top.path)?.compactMap { $0 as? String }
        return (names ?? []).filter(isWanted).sorted().compactMap { name in
            read("\(folder)/\(name)")
        }
    }

    /// One file, or nothing when there is none or it is no text.
    static func read(_ path: String) -> File? {
        guard
            let text = try? String(contentsOf: root.appending(path: path), encoding: .utf8)
        else { return nil }
        return File(path: path, text: text)
    }
}
