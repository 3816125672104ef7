internal import Foundation

/// A folder for one run's trace that is removed unless somebody will want it.
struct ScratchFolder {
    let path: String

    /// Makes one among the system's temporary files, for this user only.
    init() throws {
        let parent = NSTemporaryDirectory()
        let template = (parent.hasSuffix("/") ? parent : parent + "/") + "torpor-run-XXXXXX"
        var bytes = Array(template.utf8CString)
        guard mkdtemp(&bytes) != nil else {
            throw CommandFailure(
                "cannot make a folder for the trace in \(parent): "
                    + "\(String(cString: strerror(errno)).lowercased()); name one with --trace"
            )
        }
        self.path = String(decoding: bytes.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// Removes it with what is in it.
    func remove() {
        do {
            try FileManager.default.removeItem(atPath: self.path)
        } catch {
            Terminal.note("torpor: \(self.path) stays: \(error.localizedDescription)")
        }
    }
}
