public import ClientCore
public import FramePath
public import NIOCore
internal import WebSocketWire

/// A WebSocket client on a real socket.
///
/// Shape: sends go in from any task; what came stands in `actions`, which ends after `.ended` or
/// `.refused`.
public final class ClientConnection: Sendable {
    /// The most actions kept for a reader that does not read; later ones are lost.
    public static let actionsMax = 65_536

    /// What the connection has to tell: `opened`, `message`, `pong`, `ended`, `refused`.
    public let actions: AsyncStream<ClientAction>

    private let driver: NIOLoopBound<ClientDriver>
    private let writer: TraceWriter?

    private init(
        actions: AsyncStream<ClientAction>,
        driver: NIOLoopBound<ClientDriver>,
        writer: TraceWriter?
    ) {
        self.actions = actions
        self.driver = driver
        self.writer = writer
    }

    /// Dials; the first action tells what came of it.
    ///
    /// - Parameters:
    ///   - configuration: where to and how.
    ///   - group: gives the one loop it lives on.
    /// - Returns: the connection, not yet open.
    /// - Throws: a trace that cannot be written, a CA file that cannot be used.
    public static func open(
        _ configuration: ClientConnectionConfiguration,
        group: any EventLoopGroup
    ) async throws -> ClientConnection {
        let tls = try TLSContext.dialling(configuration.url, trust: configuration.trust)
        let writer = try configuration.trace.map {
            try TraceWriter(
                options: $0,
                role: "client",
                seed: 0,
                clock: configuration.clock,
                points: [.clientTx, .clientRx],
                isInsecure: configuration.isInsecure
            )
        }
        let (actions, continuation) = AsyncStream.makeStream(
            of: ClientAction.self,
            bufferingPolicy: .bufferingOldest(Self.actionsMax)
        )
        let loop = group.next()
        let driver = try await loop.submit {
            let driver = ClientDriver(
                client: configuration.makeClient(isTracing: writer != nil),
                url: configuration.url,
                tls: tls,
                loop: loop,
                clock: configuration.clock,
                writer: writer
            ) { action in
                continuation.yield(action)
                switch action {
                case .ended, .refused: continuation.finish()
                case .opened, .message, .pong, .write, .closeSocket: break
                }
            }
            driver.dial()
            return NIOLoopBound(driver, eventLoop: loop)
        }.get()
        return ClientConnection(actions: actions, driver: driver, writer: writer)
    }

    /// Sends a message or a Ping; one sent before the handshake is done waits for it.
    public func send(kind: MessageKind = .text, payload: ByteBuffer) {
        let driver = self.driver
        driver.eventLoop.execute { driver.value.receive(.send(kind: kind, payload: payload)) }
    }

    /// Starts the closing handshake.
    public func close(code: UInt16 = 1000, reason: String = "") {
        let driver = self.driver
        driver.eventLoop.execute { driver.value.receive(.close(code: code, reason: reason)) }
    }

    /// Drops the connection if there still is one and completes the trace.
    public func finish() async {
        let driver = self.driver
        try? await driver.eventLoop.submit { driver.value.abandon() }.get()
        await self.writer?.close()
    }
}

extension ClientConnectionConfiguration {
    func makeClient(isTracing: Bool) -> Client {
        Client(
            url: self.url,
            subprotocols: self.subprotocols,
            headers: self.headers,
            entropy: UInt64.random(in: 0...UInt64.max),
            asksTorporHeaders: self.asksTorporHeaders,
            object: self.object,
            isTracing: isTracing
        )
    }
}
