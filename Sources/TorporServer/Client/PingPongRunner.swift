internal import ClientCore
internal import FramePath
public import NIOCore

/// Runs the interactive client over a real socket.
public enum PingPongRunner {
    /// Runs until the user quits, the input ends or the connection is over.
    ///
    /// - Parameters:
    ///   - configuration: where to and how.
    ///   - lines: what the user types, or a pipe brings.
    ///   - offsetSeconds: the local zone's distance from UTC, for the times printed.
    ///   - group: gives the one loop it lives on.
    ///   - print: shows a line.
    /// - Returns: the exit code.
    /// - Throws: a trace that cannot be written, a CA file that cannot be used.
    public static func run(
        _ configuration: ClientConnectionConfiguration,
        lines: AsyncStream<String>,
        offsetSeconds: Int = 0,
        group: any EventLoopGroup,
        print: @escaping @Sendable (String) -> Void
    ) async throws -> Int32 {
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
        let loop = group.next()
        let done = loop.makePromise(of: Int32.self)
        let bound = try await loop.submit {
            let driver = PingPongDriver(
                configuration,
                tls: tls,
                offsetSeconds: offsetSeconds,
                loop: loop,
                writer: writer,
                print: print,
                onDone: { done.succeed($0) }
            )
            driver.start()
            return NIOLoopBound(driver, eventLoop: loop)
        }.get()
        let reader = Task {
            for await line in lines { loop.execute { bound.value.receive(.line(line)) } }
            loop.execute { bound.value.receive(.inputEnded) }
        }
        let code = try await done.futureResult.get()
        reader.cancel()
        try await loop.submit { bound.value.abandon() }.get()
        await writer?.close()
        return code
    }
}

/// Drives one `PingPongClient` and its connection on one event loop.
final class PingPongDriver {
    private let clock: RunClock
    private let print: (String) -> Void
    private let onDone: (Int32) -> Void
    private var core: PingPongClient
    private var connection: ClientDriver?
    private var timer: LoopTimer?
    private var isDraining = false

    init(
        _ configuration: ClientConnectionConfiguration,
        tls: TLSContext?,
        offsetSeconds: Int,
        loop: any EventLoop,
        writer: TraceWriter?,
        print: @escaping (String) -> Void,
        onDone: @escaping (Int32) -> Void
    ) {
        self.clock = configuration.clock
        self.print = print
        self.onDone = onDone
        self.core = PingPongClient(offsetSeconds: offsetSeconds)
        self.timer = LoopTimer(loop: loop, clock: self.clock) { [weak self] in
            self?.receive(.timer)
        }
        self.connection = ClientDriver(
            client: configuration.makeClient(isTracing: writer != nil),
            url: configuration.url,
            tls: tls,
            loop: loop,
            clock: self.clock,
            writer: writer
        ) { [weak self] action in
            self?.tell(action)
        }
    }

    func start() { self.connection?.dial() }

    func abandon() {
        self.timer?.cancel()
        self.connection?.abandon()
    }

    func receive(_ event: PingPongEvent) {
        let now = self.clock.now
        let wall = self.clock.wallZeroMilliseconds + now.nanoseconds / 1_000_000
        self.core.receive(event, at: now, wall: wall)
        guard !self.isDraining else { return }
        self.isDraining = true
        while let action = self.core.nextAction() {
            switch action {
            case .print(let line): self.print(line)
            case .send(let payload): self.connection?.receive(.send(kind: .text, payload: payload))
            case .close: self.connection?.receive(.close(code: 1000, reason: ""))
            case .finished(let code): self.onDone(code)
            }
        }
        self.isDraining = false
        self.timer?.arm(for: self.core.nextDeadline)
    }

    private func tell(_ action: ClientAction) {
        switch action {
        case .opened(let session, _, _): self.receive(.opened(session: session))
        case .message(let kind, let payload, _):
            self.receive(.message(kind: kind, payload: payload))
        case .ended(let code, let reason, let wasClean):
            self.receive(.ended(code: code, reason: reason, wasClean: wasClean))
        case .refused(let status, let reason):
            self.receive(.refused(status: status, reason: reason))
        case .pong, .write, .closeSocket: break
        }
    }
}

@available(*, unavailable)
extension PingPongDriver: Sendable {}
