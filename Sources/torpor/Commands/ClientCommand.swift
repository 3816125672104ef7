internal import ArgumentParser
internal import Foundation
internal import NIOPosix
internal import TorporServer
internal import WebSocketWire

struct ClientCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "client",
        abstract: "Talk to the service: type a message, `ping` or `quit`.",
        discussion: """
            torpor client ws://127.0.0.1:8080/websocket
            printf 'hello\\nping\\nquit\\n' | torpor client ws://127.0.0.1:8080/websocket

            Heartbeats go out at the interval that welcome gives; after three without an answer it
            warns. Exit codes: 0 after quit, 1 when the connection was lost, 2 when it could not
            connect.
            """
    )

    @Argument(help: "ws://HOST[:PORT]/PATH")
    var url: String

    @Option(name: .long, help: "A subprotocol to offer. Repeatable.")
    var subprotocol: [String] = []

    @OptionGroup(title: "Trace") var trace: TraceArguments

    func run() async throws {
        var configuration = ClientConnectionConfiguration(url: try ClientURL.read(self.url))
        configuration.subprotocols = self.subprotocol
        configuration.trace = try self.trace.open()
        let code = try await PingPongRunner.run(
            configuration,
            lines: Self.typedLines(),
            offsetSeconds: TimeZone.current.secondsFromGMT(),
            group: .singletonMultiThreadedEventLoopGroup,
            print: Terminal.line
        )
        if code != 0 { throw ExitCode(code) }
    }

    /// Lines of standard input, read on a thread of their own since a read blocks.
    private static func typedLines() -> AsyncStream<String> {
        AsyncStream { continuation in
            let thread = Thread {
                while let line = readLine() { continuation.yield(line) }
                continuation.finish()
            }
            thread.start()
        }
    }
}

/// Reads the address a client dials.
enum ClientURL {
    static func read(_ text: String) throws -> WebSocketURL {
        let url: WebSocketURL
        do throws(HTTPViolation) {
            url = try WebSocketURL(text)
        } catch {
            throw CommandFailure("\(error.reason); for example ws://127.0.0.1:8080/websocket")
        }
        guard !url.isSecure else {
            throw CommandFailure(
                "wss:// is not spoken yet: put a TLS terminator in front, or use ws://"
            )
        }
        return url
    }
}
