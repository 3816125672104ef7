internal import NIOCore

/// TLS of one channel, the first handler of its pipeline.
///
/// Shape: `channelActive` is passed on when the handshake is done; before it nothing can be written. A
/// peer's close_notify is what the end of a TCP stream is without TLS: `ChannelEvent.inputClosed` where
/// the channel allows half-closure, the channel's end where not. `close(mode: .output)` sends ours.
/// Plaintext written is encrypted at once and leaves as one write a flush; back-pressure is the
/// channel's own.
/// Errors: `errorCaught` with a `TLSFailure`, then the channel is closed; a stream that ends without
/// close_notify is one of them. `channelInactive` follows even where `channelActive` never came.
final class TLSHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// A user event, outbound: the channel's next close is a loss and must not look like an end.
    struct Abandonment: Sendable {}

    private let session: TLSSession
    private var handshakeLimit: Scheduled<Void>?
    private var hasStarted = false
    private var isOpen = false
    /// The peer's end was passed on.
    private var inputIsClosed = false
    /// No more of what the peer does is of interest.
    private var isOver = false

    /// Makes the handler of one channel.
    ///
    /// - Parameters:
    ///   - context: of the side that this channel is.
    ///   - serverName: the name or IP address dialled; `nil` on a server.
    init(context: TLSContext, serverName: String?) {
        self.session = TLSSession(context: context, serverName: serverName)
    }

    // MARK: inbound

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { self.start(context) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.isOver = true
        self.endHandshake()
    }

    func channelActive(context: ChannelHandlerContext) { self.start(context) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !self.isOver, !self.inputIsClosed else { return }
        let plain = self.session.feed(self.unwrapInboundIn(data))
        self.send(context)
        if self.session.isOpen, !self.isOpen { self.open(context) }
        if let plain, !self.isOver { context.fireChannelRead(self.wrapInboundOut(plain)) }
        self.look(context)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if self.isOpen { context.fireChannelReadComplete() }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard let event = event as? ChannelEvent, event == .inputClosed else {
            return context.fireUserInboundEventTriggered(event)
        }
        self.cutOff(context)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.isOver = true
        context.fireErrorCaught(error)
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.endHandshake()
        self.cutOff(context)
        context.fireChannelInactive()
    }

    private func start(_ context: ChannelHandlerContext) {
        guard !self.hasStarted else { return }
        self.hasStarted = true
        self.session.context.handshakeBegan()
        self.handshakeLimit = context.eventLoop.assumeIsolated().scheduleTask(
            in: TLSLimits.handshakeTime
        ) {
            let seconds = TLSLimits.handshakeTime.nanoseconds / 1_000_000_000
            self.fail(context, TLSFailure(.handshake, "no TLS handshake within \(seconds) s"))
        }
        self.session.start()
        self.send(context)
        self.look(context)
    }

    private func endHandshake() {
        guard let limit = self.handshakeLimit else { return }
        self.handshakeLimit = nil
        limit.cancel()
        self.session.context.handshakeEnded()
    }

    private func open(_ context: ChannelHandlerContext) {
        self.isOpen = true
        self.endHandshake()
        context.fireChannelActive()
    }

    /// What the last bytes did to the session besides their plaintext.
    private func look(_ context: ChannelHandlerContext) {
        guard !self.isOver else { return }
        if let failure = self.session.failure { return self.fail(context, failure) }
        guard self.session.peerHasClosed, !self.inputIsClosed else { return }
        self.inputIsClosed = true
        let isHalf = try? context.channel.syncOptions?.getOption(.allowRemoteHalfClosure)
        if isHalf == true {
            context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        } else {
            self.close(context: context, mode: .all, promise: nil)
        }
    }

    /// The TCP stream ended: clean only after a close_notify.
    private func cutOff(_ context: ChannelHandlerContext) {
        guard !self.isOver, !self.inputIsClosed else { return }
        self.fail(
            context,
            self.isOpen
                ? TLSFailure(.cutOff, "the connection was cut off without TLS's close_notify")
                : TLSFailure(
                    .handshake,
                    "the peer closed the connection in the TLS handshake"
                        + (self.session.context.isClient ? "; does it speak TLS?" : "")
                )
        )
    }

    private func fail(_ context: ChannelHandlerContext, _ failure: TLSFailure) {
        guard !self.isOver else { return }
        self.isOver = true
        self.endHandshake()
        if failure.kind == .plainHTTP {
            context.write(self.wrapOutboundOut(ByteBuffer(string: Self.plainAnswer)), promise: nil)
            context.flush()
        }
        context.fireErrorCaught(failure)
        context.close(promise: nil)
    }

    /// For who asks in plain HTTP on a port with TLS.
    private static let plainAnswer: String = {
        let words = "this port speaks TLS: use https:// or wss://\n"
        return "HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain; charset=utf-8\r\n"
            + "content-length: \(words.utf8.count)\r\nconnection: close\r\n\r\n\(words)"
    }()

    // MARK: outbound

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard self.isOpen, !self.session.hasClosed, self.session.failure == nil else {
            promise?.fail(ChannelError.outputClosed)
            return
        }
        self.session.write(self.unwrapOutboundIn(data))
        // Who wants to know when it is written has it written on its own.
        guard let promise else { return }
        context.write(self.wrapOutboundOut(self.session.pull() ?? ByteBuffer()), promise: promise)
    }

    func flush(context: ChannelHandlerContext) {
        if let bytes = self.session.pull() {
            context.write(self.wrapOutboundOut(bytes), promise: nil)
        }
        context.flush()
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        switch mode {
        case .input: context.close(mode: .input, promise: promise)
        case .output:
            self.session.close()
            let last = context.eventLoop.makePromise(of: Void.self)
            last.futureResult.assumeIsolated().whenComplete { _ in
                context.close(mode: .output, promise: promise)
            }
            let bytes = self.session.pull() ?? ByteBuffer()
            context.writeAndFlush(self.wrapOutboundOut(bytes), promise: last)
        case .all:
            if !self.isOver {
                self.isOver = true
                self.session.close()
                self.send(context)
            }
            context.close(mode: .all, promise: promise)
        }
    }

    func triggerUserOutboundEvent(
        context: ChannelHandlerContext,
        event: Any,
        promise: EventLoopPromise<Void>?
    ) {
        guard event is Abandonment else {
            return context.triggerUserOutboundEvent(event, promise: promise)
        }
        self.isOver = true
        promise?.succeed()
    }

    private func send(_ context: ChannelHandlerContext) {
        guard let bytes = self.session.pull() else { return }
        context.writeAndFlush(self.wrapOutboundOut(bytes), promise: nil)
    }
}

@available(*, unavailable)
extension TLSHandler: Sendable {}
