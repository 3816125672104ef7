internal import Foundation
internal import NIOCore
internal import NIOPosix

/// Errors of sockets in the system's own words, without the names of calls and types.
enum SystemWords {
    /// What went wrong, for a person: `Address already in use`.
    static func of(_ error: any Error) -> String {
        switch error {
        case let error as IOError: String(cString: strerror(error.errnoCode))
        case let error as NIOConnectionError:
            error.connectionErrors.first.map { Self.of($0.error) }
                ?? "the name cannot be resolved"
        case is ChannelError: "no answer in time"
        default: String(describing: error)
        }
    }
}
