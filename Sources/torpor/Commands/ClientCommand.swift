internal import ArgumentParser
internal import Dispatch
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

    @Argument(help: "ws://HOST[:PORT]/PATH or wss://…")
    var url: String

    @Option(name: .long, help: "A subprotocol to offer. Repeatable.")
    var subprotocol: [String] = []

    @OptionGroup(title: "TLS") var tls: TLSTrustOptions
    @OptionGroup(title: "Trace") var trace: TraceArguments

    func run() async throws {
        var configuration = ClientConnectionConfiguration(url: try ClientURL.read(self.url))
        configuration.subprotocols = self.subprotocol
        configuration.trust = self.tls.trust
        configuration.trace = try self.trace.open()
        let typed = TypedLines()
        let signals = Self.endings(typed)
        defer {
            for source in signals { source.cancel() }
            typed.restore()
        }
        let code = try await PingPongRunner.run(
            configuration,
            lines: typed.stream(),
            offsetSeconds: TimeZone.current.secondsFromGMT(),
            group: .singletonMultiThreadedEventLoopGroup,
            print: { typed.show($0) }
        )
        if code != 0 { throw ExitCode(code) }
    }

    /// A terminal taken for editing is given back also when a signal ends the client.
    private static func endings(_ typed: TypedLines) -> [any DispatchSourceSignal] {
        [SIGTERM, SIGHUP].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number)
            source.setEventHandler { typed.end(signal: number) }
            source.resume()
            return source
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
        return url
    }
}
