public import ArgumentParser
internal import Foundation
internal import FramePath
internal import NIOPosix
public import TorporServer

extension ListenAddress: ExpressibleByArgument {
    /// Reads `host:port`.
    public init?(argument: String) {
        do throws(ServerFailure) {
            try self.init(argument)
        } catch {
            return nil
        }
    }

    /// The form shown in help.
    public var defaultValueDescription: String { self.description }
}

/// What every serving command does around its server.
enum Serving {
    /// The longest an orderly end may take.
    static let stopMax = Duration.seconds(5)

    /// Waits for SIGTERM or SIGINT, then stops; a second signal ends the process at once.
    static func untilSignal(
        _ signals: AsyncStream<Int32>,
        stop: @Sendable @escaping () async -> Void
    ) async {
        var iterator = signals.makeAsyncIterator()
        _ = await iterator.next()
        let limit = Task {
            try await Task.sleep(for: Self.stopMax)
            Terminal.note("not everything stopped within 5 s; ending")
            exit(0)
        }
        await stop()
        limit.cancel()
    }

    /// The first lines of a serving command: what listens, with which profile, seed and trace.
    static func banner(
        _ role: String,
        address: ListenAddress,
        profiles: LoadedProfiles?,
        trace: TraceOptions?,
        isSecure: Bool = false,
        more: [String] = []
    ) {
        Terminal.line("\(role) listening on \(isSecure ? "https" : "http")://\(address)")
        for line in more { Terminal.line("  \(line)") }
        if let profiles {
            Terminal.line("  faults  \(profiles.names)")
            Terminal.line("  seed    \(profiles.seed)")
        }
        Terminal.line("  trace   \(trace.map(\.folder.path) ?? "off (--trace DIR)")")
    }

    /// The link token of the command line or the environment.
    static func linkToken(_ given: String?) -> String? {
        let token = given ?? ProcessInfo.processInfo.environment["TORPOR_LINK_TOKEN"]
        return token?.isEmpty == true ? nil : token
    }
}
