internal import ClientCore
internal import FaultFiles
internal import Foundation
internal import ScriptFiles

/// The script that a probe runs: a file, or the one inside.
enum ScriptArgument {
    /// Reads a file.
    static func read(_ file: String) throws -> Script {
        let text = try ProfileFiles.text(of: file)
        let environment = ProcessInfo.processInfo.environment
        return try Self.get(
            ScriptReader.read(text: text, file: file, environment: { environment[$0] })
        )
    }

    /// The pingpong exchanges.
    static func builtIn() throws -> Script { try Self.get(BuiltInScript.read()) }

    private static func get(_ result: Result<Script, ProfileErrors>) throws -> Script {
        switch result {
        case .success(let script): return script
        case .failure(let errors): throw CommandFailure(errors.rendered)
        }
    }
}
