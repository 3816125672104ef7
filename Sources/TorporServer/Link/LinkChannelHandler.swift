internal import NIOCore

/// A link over a TCP channel.
final class LinkChannelHandler: ChannelInboundHandler, LinkWire {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let end: any LinkEnd
    private var context: ChannelHandlerContext?
    private var error: (any Error)?
    private var isUp = false
    private var isDown = false

    init(end: any LinkEnd) { self.end = end }

    var isWritable: Bool { self.context?.channel.isWritable ?? false }

    func send(_ bytes: ByteBuffer) {
        self.context?.writeAndFlush(self.wrapOutboundOut(bytes), promise: nil)
    }

    func close() {
        guard let context = self.context else { return }
        let last = context.eventLoop.makePromise(of: Void.self)
        last.futureResult.assumeIsolated().whenComplete { _ in context.close(promise: nil) }
        context.writeAndFlush(self.wrapOutboundOut(ByteBuffer()), promise: last)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive { self.start() }
    }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelActive(context: ChannelHandlerContext) { self.start() }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.end.wireBytes(self.unwrapInboundIn(data))
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { self.end.wireWritable() }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // The first is the cause, a later one its consequence.
        if self.error == nil { self.error = error }
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.context = nil
        guard !self.isDown else { return }
        self.isDown = true
        self.end.wireDown(reason: self.error.map(SystemWords.of) ?? "connection closed")
    }

    private func start() {
        guard !self.isUp else { return }
        self.isUp = true
        self.end.wireUp(self)
    }
}

@available(*, unavailable)
extension LinkChannelHandler: Sendable {}
