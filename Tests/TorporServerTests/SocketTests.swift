import Testing

/// The suites that use sockets and time: one after the other, so that none slows another's answers.
@Suite("On real sockets", .serialized)
enum SocketTests {}
