internal import EdgeCore
internal import NIOCore

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// One socket end of a conversation: bytes become events, actions become writes; no protocol here.
final class RelayLegHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Writes of one drain up to this size are joined into one.
    private static let joinBytesMax = 64 << 10
    /// How long a closed leg waits for its peer to take the last bytes and close too.
    private static let lingerTime = TimeAmount.seconds(2)

    /// A backend's is known when it is dialled, a client's when it connected.
    private(set) var leg: RelayLeg?
    /// Of a backend's leg.
    let route: Int?
    /// Already in the driver's list of legs to flush.
    var isTouched = false
    private let driver: RelayDriver
    private var context: ChannelHandlerContext?
    private var held: ByteBuffer?
    private var unreportedBytes = 0
    private var awaitsFlush = false
    /// It stands, TLS and all; the driver counts it among the live ones.
    private(set) var isLive = false
    private var isClosing = false
    private var inputIsClosed = false
    private var isPaused = false

    init(leg: RelayLeg?, route: Int? = nil, driver: RelayDriver) {
        self.leg = leg
        self.route = route
        self.driver = driver
    }

    // MARK: actions

    func write(_ bytes: ByteBuffer) {
        guard let context = self.context, !self.isClosing else { return }
        if self.driver.reportsWrites, self.leg?.side == .client {
            self.unreportedBytes += bytes.readableBytes
        }
        guard var held = self.held else {
            self.held = bytes
            return
        }
        if held.readableBytes + bytes.readableBytes <= Self.joinBytesMax {
            self.held = nil
            held.writeImmutableBuffer(bytes)
            self.held = held
        } else {
            context.write(self.wrapOutboundOut(held), promise: nil)
            self.held = bytes
        }
    }

    func flush() {
        self.isTouched = false
        guard let context = self.context else { return }
        if let held = self.held {
            self.held = nil
            context.writeAndFlush(self.wrapOutboundOut(held), promise: nil)
        }
        if self.unreportedBytes > 0 { self.reportWritten() }
    }

    func endOutput() {
        self.flush()
        self.context?.close(mode: .output, promise: nil)
    }

    /// Closes after what was written, giving the peer time to take it and close first.
    ///
    /// A socket closed with unread bytes in it is reset, and the peer loses our last frame.
    func close() {
        guard let context = self.context, !self.isClosing else { return }
        self.flush()
        self.isClosing = true
        self.pause(false)
        let loop = context.eventLoop.assumeIsolated()
        loop.scheduleTask(in: Self.lingerTime) { self.context?.close(promise: nil) }
        let last = context.eventLoop.makePromise(of: Void.self)
        last.futureResult.assumeIsolated().whenComplete { _ in
            guard let context = self.context else { return }
            context.close(mode: self.inputIsClosed ? .all : .output, promise: nil)
        }
        context.writeAndFlush(self.wrapOutboundOut(ByteBuffer()), promise: last)
    }

    /// Ends the connection by a TCP reset; what was not sent is lost.
    func reset() {
        guard let context = self.context else { return }
        self.held = nil
        self.isClosing = true
        context.triggerUserOutboundEvent(TLSHandler.Abandonment(), promise: nil)
        guard let socket = context.channel as? any SocketOptionProvider else {
            return context.close(promise: nil)
        }
        socket.setSoLinger(linger(l_onoff: 1, l_linger: 0)).assumeIsolated().whenComplete { _ in
            self.context?.close(promise: nil)
        }
    }

    func pause(_ isPaused: Bool) {
        guard isPaused != self.isPaused else { return }
        self.isPaused = isPaused
        try? self.context?.channel.syncOptions?.setOption(.autoRead, value: !isPaused)
    }

    /// Tells the relay how much really left; asks to be told about the rest.
    private func reportWritten() {
        guard let context = self.context, let leg = self.leg, !self.awaitsFlush else { return }
        let waiting = (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
        let written = self.unreportedBytes - waiting
        if written > 0 {
            self.unreportedBytes = waiting
            self.driver.receive(.wrote(leg, bytes: written))
        }
        guard waiting > 0 else { return }
        self.awaitsFlush = true
        let rest = context.eventLoop.makePromise(of: Void.self)
        rest.futureResult.assumeIsolated().whenSuccess {
            self.awaitsFlush = false
            self.reportWritten()
            self.driver.drain()
        }
        context.writeAndFlush(self.wrapOutboundOut(ByteBuffer()), promise: rest)
    }

    // MARK: events

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelActive(context: ChannelHandlerContext) {
        self.isLive = true
        if let leg = self.leg {
            self.driver.dialled(leg, self)
        } else if let leg = self.driver.connected(self, peer: context.remoteAddress?.ipAddress) {
            self.leg = leg
        } else {
            self.reset()
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard let leg = self.leg, !self.isClosing else { return }
        self.driver.receive(.bytes(leg, self.unwrapInboundIn(data)))
        self.driver.drain()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        guard let leg = self.leg else { return }
        self.driver.receive(.writable(leg, context.channel.isWritable))
        self.driver.drain()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard let event = event as? ChannelEvent, event == .inputClosed else {
            context.fireUserInboundEventTriggered(event)
            return
        }
        self.inputIsClosed = true
        if self.isClosing {
            context.close(promise: nil)
        } else if let leg = self.leg {
            self.driver.receive(.halfClosed(leg))
            self.driver.drain()
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // TLS failed: the socket stood, and there never was a leg.
        if !self.isLive {
            if let leg = self.leg {
                self.driver.dialFailed(leg, self, reason: SystemWords.of(error))
            } else if let failure = error as? TLSFailure {
                self.driver.clientRefused(reason: failure.description)
            }
        }
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.context = nil
        guard let leg = self.leg else { return }
        if self.isLive {
            self.driver.gone(leg, self)
        } else {
            self.driver.dialFailed(leg, self, reason: "the connection was closed at once")
        }
    }
}

@available(*, unavailable)
extension RelayLegHandler: Sendable {}
