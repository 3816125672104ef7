public import NIOCore
internal import NIOPosix
internal import WebSocketWire

/// Clients on one loop that open, hold, ask and leave, as they are told.
///
/// Shape: blocking; every method returns when all of it is done. Errors: a connection that is refused or lost.
public final class BenchLoad: Sendable {
    /// Handshakes under way at once.
    static let opensMax = 64

    private let loop: any EventLoop
    private let state: NIOLoopBoundBox<LoadState>

    /// Makes a load without connections.
    ///
    /// - Parameters:
    ///   - port: of the server on 127.0.0.1.
    ///   - group: gives its one loop.
    public init(port: Int, group: any EventLoopGroup) {
        let loop = group.next()
        self.loop = loop
        self.state = .makeBoxSendingValue(LoadState(port: port, loop: loop), eventLoop: loop)
    }

    /// Opens connections and keeps them.
    ///
    /// - Parameters:
    ///   - count: how many.
    ///   - perObject: how many in a row use one object's path.
    /// - Throws: `ServerFailure` when a connection is refused or lost.
    public func connect(_ count: Int, perObject: Int) throws {
        try self.run { $0.open(count, perObject: perObject, keeps: true) }
    }

    /// Opens connections and closes each after its answer.
    ///
    /// - Parameter count: how many.
    /// - Throws: `ServerFailure` when a connection is refused or lost.
    public func churn(_ count: Int) throws {
        try self.run { $0.open(count, perObject: count, keeps: false) }
    }

    /// Sends messages over all connections and awaits an answer to each.
    ///
    /// - Parameters:
    ///   - messages: how many in all.
    ///   - bytes: payload bytes of each.
    ///   - depth: how many are under way on one connection.
    /// - Throws: `ServerFailure` when a connection is refused or lost.
    public func echo(_ messages: Int, bytes: Int, depth: Int) throws {
        try self.run { $0.echo(messages, bytes: bytes, depth: depth) }
    }

    /// Sends one message on every so many-th connection and awaits an answer to each.
    ///
    /// - Parameter stride: 100 asks one connection in a hundred.
    /// - Throws: `ServerFailure` when a connection is refused or lost.
    public func ask(each stride: Int) throws {
        try self.run { $0.ask(each: stride) }
    }

    /// A JSON message with a type, of that many bytes.
    static func text(_ bytes: Int) -> String {
        let head = #"{"type":"ping","pad":""#
        let pad = String(repeating: "x", count: max(0, bytes - head.utf8.count - 2))
        return head + pad + "\"}"
    }

    private func run(_ work: @escaping @Sendable (LoadState) -> EventLoopFuture<Void>) throws {
        let state = self.state
        try self.loop.flatSubmit { work(state.value) }.wait()
    }
}

/// What lives on the loop.
private final class LoadState {
    let port: Int
    let loop: any EventLoop
    private var sessions: [LoadHandler] = []
    private var done: EventLoopPromise<Void>?
    private var toOpen = 0
    private var opened = 0
    private var pending = 0
    private var perObject = 1
    private var keeps = true
    private var toSend = 0
    private var awaited = 0
    private var message = ByteBuffer()

    init(port: Int, loop: any EventLoop) {
        self.port = port
        self.loop = loop
    }

    func open(_ count: Int, perObject: Int, keeps: Bool) -> EventLoopFuture<Void> {
        let done = self.begin()
        self.toOpen = count
        self.opened = 0
        self.perObject = perObject
        self.keeps = keeps
        self.openMore()
        return done
    }

    func echo(_ messages: Int, bytes: Int, depth: Int) -> EventLoopFuture<Void> {
        let done = self.begin()
        self.message = Self.frame(bytes)
        self.toSend = messages
        self.awaited = messages
        for session in self.sessions { session.send(self.message, times: self.take(depth)) }
        return done
    }

    func ask(each stride: Int) -> EventLoopFuture<Void> {
        let done = self.begin()
        let asked = Swift.stride(from: 0, to: self.sessions.count, by: stride)
        self.message = Self.frame(64)
        self.toSend = 0
        self.awaited = Array(asked).count
        for index in asked { self.sessions[index].send(self.message, times: 1) }
        return done
    }

    private func begin() -> EventLoopFuture<Void> {
        let done = self.loop.makePromise(of: Void.self)
        self.done = done
        return done.futureResult
    }

    private func take(_ most: Int) -> Int {
        let count = min(most, self.toSend)
        self.toSend -= count
        return count
    }

    // MARK: what connections tell

    func isOpen(_ session: LoadHandler) {
        self.pending -= 1
        self.opened += 1
        if self.keeps { self.sessions.append(session) } else { session.leave() }
        self.openMore()
    }

    func answered(_ session: LoadHandler, _ count: Int) {
        guard self.awaited > 0 else { return }
        self.awaited -= count
        session.send(self.message, times: self.take(count))
        if self.awaited <= 0 { self.end() }
    }

    func failed(_ why: String) {
        self.done?.fail(ServerFailure(why))
        self.done = nil
    }

    private func end() {
        self.done?.succeed()
        self.done = nil
    }

    private func openMore() {
        while self.pending < BenchLoad.opensMax, self.opened + self.pending < self.toOpen {
            let object = (self.opened + self.pending) / self.perObject
            self.pending += 1
            self.dial(path: "/objects/bench-\(object)/websocket")
        }
        if self.opened == self.toOpen, self.done != nil { self.end() }
    }

    private func dial(path: String) {
        let state = NIOLoopBound(self, eventLoop: self.loop)
        ClientBootstrap(group: self.loop)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        LoadHandler(state: state.value, path: path)
                    )
                }
            }
            .connect(host: "127.0.0.1", port: self.port)
            .assumeIsolated()
            .whenFailure { self.failed("cannot connect: \(SystemWords.of($0))") }
    }

    private static func frame(_ bytes: Int) -> ByteBuffer {
        var frame = ByteBuffer()
        FrameEncoder.encode(
            opcode: Opcode.text,
            maskKey: 0x5A17_C3E9,
            payload: ByteBuffer(string: BenchLoad.text(bytes)),
            into: &frame
        )
        return frame
    }
}

private final class LoadHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let state: LoadState
    private let path: String
    private var context: ChannelHandlerContext?
    private var responses: ResponseDecoder? = ResponseDecoder()
    private var frames = FrameDecoder(payloadMax: 32 << 20)
    private var isLeaving = false
    /// Answers that are awaited: what comes unasked is no answer.
    private var awaited = 0

    init(state: LoadState, path: String) {
        self.state = state
        self.path = path
    }

    func send(_ frame: ByteBuffer, times: Int) {
        guard let context = self.context, times > 0 else { return }
        self.awaited += times
        var out = frame
        for _ in 1..<max(1, times) { out.writeImmutableBuffer(frame) }
        context.writeAndFlush(self.wrapOutboundOut(out), promise: nil)
    }

    func leave() {
        self.isLeaving = true
        self.context?.close(promise: nil)
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }
    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelActive(context: ChannelHandlerContext) {
        let request =
            "GET \(self.path) HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
            + "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            + "Sec-WebSocket-Version: 13\r\n\r\n"
        context.writeAndFlush(self.wrapOutboundOut(ByteBuffer(string: request)), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        do {
            if self.responses != nil {
                self.responses?.append(self.unwrapInboundIn(data))
                guard let head = try self.responses?.next() else { return }
                guard head.status == 101 else {
                    return self.state.failed("the upgrade was answered \(head.status)")
                }
                if let rest = self.responses?.takeRest() { self.frames.append(rest) }
                self.responses = nil
                self.state.isOpen(self)
            } else {
                self.frames.append(self.unwrapInboundIn(data))
            }
            var count = 0
            while let frame = try self.frames.next() {
                guard frame.opcode != Opcode.close else {
                    return self.state.failed("a client was closed")
                }
                if frame.opcode & 8 == 0 { count += 1 }
            }
            let answers = min(count, self.awaited)
            self.awaited -= answers
            if answers > 0 { self.state.answered(self, answers) }
        } catch {
            self.state.failed("the server broke the protocol: \(error)")
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        if !self.isLeaving { self.state.failed("a client's connection is gone") }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.state.failed(SystemWords.of(error))
        context.close(promise: nil)
    }
}

@available(*, unavailable)
extension LoadState: Sendable {}
@available(*, unavailable)
extension LoadHandler: Sendable {}
