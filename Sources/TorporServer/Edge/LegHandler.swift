internal import EdgeCore
internal import NIOCore

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// One client's socket: bytes become events, actions become writes; no protocol here.
final class LegHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Writes of one drain up to this size are joined into one.
    private static let joinBytesMax = 64 << 10
    /// How long a closed leg waits for its client to take the last bytes and close too.
    private static let lingerTime = TimeAmount.seconds(2)

    let id: LegID
    /// Already in the driver's list of legs to flush.
    var isTouched = false
    private let driver: EdgeDriver
    private var context: ChannelHandlerContext?
    private var held: ByteBuffer?
    /// Bytes given to the channel and not yet reported as written.
    private var unreportedBytes = 0
    private var awaitsFlush = false
    /// Known to the driver, or refused.
    private var isTold = false
    private var isClosing = false
    private var inputIsClosed = false
    private var pauses: Pauses = []

    /// Why reads are off.
    struct Pauses: OptionSet {
        let rawValue: UInt8
        static let byEdge = Pauses(rawValue: 1)
        static let byLink = Pauses(rawValue: 2)
    }

    init(id: LegID, driver: EdgeDriver) {
        self.id = id
        self.driver = driver
    }

    // MARK: actions

    func write(_ bytes: ByteBuffer) {
        guard let context = self.context, !self.isClosing else { return }
        self.unreportedBytes += bytes.readableBytes
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
        self.reportWritten()
    }

    /// Closes after what was written, giving the client time to take it and close first.
    ///
    /// A socket closed with unread bytes in it is reset, and the client loses our last frame.
    func close() {
        guard let context = self.context, !self.isClosing else { return }
        self.flush()
        self.isClosing = true
        self.applyPauses([])
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

    func pause(_ why: Pauses, _ isOn: Bool) {
        guard !self.isClosing else { return }
        self.applyPauses(isOn ? self.pauses.union(why) : self.pauses.subtracting(why))
    }

    private func applyPauses(_ pauses: Pauses) {
        let reads = pauses.isEmpty
        if reads != self.pauses.isEmpty {
            try? self.context?.channel.syncOptions?.setOption(.autoRead, value: reads)
        }
        self.pauses = pauses
    }

    /// Tells the edge how much really left; asks to be told about the rest.
    private func reportWritten() {
        guard let context = self.context, self.unreportedBytes > 0, !self.awaitsFlush else {
            return
        }
        let waiting =
            (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
        let written = self.unreportedBytes - waiting
        if written > 0 {
            self.unreportedBytes = waiting
            self.driver.receive(.clientWrote(self.id, bytes: written))
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
        self.isTold = true
        self.driver.legConnected(self, peer: context.remoteAddress?.ipAddress)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !self.isClosing else { return }
        self.driver.receive(.clientBytes(self.id, self.unwrapInboundIn(data)))
        self.driver.drain()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        self.driver.receive(.clientWritable(self.id, context.channel.isWritable))
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
        } else {
            self.driver.receive(.clientHalfClosed(self.id))
            self.driver.drain()
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if !self.isTold, let failure = error as? TLSFailure {
            self.isTold = true
            self.driver.legRefused(reason: failure.description)
        }
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.context = nil
        self.driver.legGone(self)
    }
}

@available(*, unavailable)
extension LegHandler: Sendable {}
