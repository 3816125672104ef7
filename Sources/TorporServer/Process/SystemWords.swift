internal import Foundation
internal import NIOCore
internal import NIOPosix

/// Errors of sockets in the system's own words, without the names of calls and types.
enum SystemWords {
    /// What went wrong, for a person: `address already in use`.
    static func of(_ error: any Error) -> String {
        switch error {
        case let error as IOError: String(cString: strerror(error.errnoCode)).lowercased()
        case let error as NIOConnectionError:
            error.connectionErrors.last.map { Self.of($0.error) }
                ?? "the name is not known"
        case is ChannelError: "no answer in time"
        default: String(describing: error)
        }
    }
}
