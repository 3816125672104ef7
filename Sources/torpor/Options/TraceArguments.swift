public import ArgumentParser
internal import Foundation
public import FrameTrace
internal import TorporServer

/// Where and how the trace is written.
struct TraceArguments: ParsableArguments {
    @Option(
        name: .customLong("trace"),
        help: ArgumentHelp("Write a trace into this folder.", valueName: "dir")
    )
    var folder: String?

    @Option(help: "The run's id; else TORPOR_RUN, else the folder's `run` file.")
    var run: String?

    @Option(help: "What of each payload is kept: hash, head (256 bytes), full.")
    var payload: PayloadPolicy = .hash

    private static func trimmed(_ folder: String) -> String {
        folder.count > 1 && folder.hasSuffix("/") ? String(folder.dropLast()) : folder
    }

    /// The options for one run of its own.
    ///
    /// Shape: in a folder used before a new run begins, or what an earlier one left would be merged in.
    ///
    /// - Parameter folder: used without `--trace`.
    /// - Returns: the options, the folder made, its path absolute.
    /// - Throws: when the folder cannot be used.
    func openFresh(default folder: String) throws -> TorporServer.TraceOptions {
        var arguments = self
        let given = URL(fileURLWithPath: self.folder ?? folder).path
        arguments.folder = given
        let named = self.run ?? ProcessInfo.processInfo.environment["TORPOR_RUN"]
        if named?.isEmpty ?? true, FileManager.default.fileExists(atPath: given + "/run") {
            do {
                try FileManager.default.removeItem(atPath: given + "/run")
            } catch {
                throw ServerFailure("\(given)/run cannot be renewed: \(error.localizedDescription)")
            }
        }
        guard let options = try arguments.open() else {
            preconditionFailure("a folder was given")
        }
        return options
    }

    /// The options for the servers, with the folder made; `nil` without `--trace`.
    func open() throws -> TorporServer.TraceOptions? {
        guard let folder = self.folder else { return nil }
        let run = self.run ?? ProcessInfo.processInfo.environment["TORPOR_RUN"]
        return TraceOptions(
            folder: try RunFolder.open(directory: Self.trimmed(folder), run: run),
            payload: self.payload
        )
    }
}

extension PayloadPolicy: ExpressibleByArgument {}
