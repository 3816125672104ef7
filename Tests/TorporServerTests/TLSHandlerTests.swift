import NIOCore
import NIOEmbedded
import Testing

@testable import TorporServer

@Suite("TLS as the first handler of a channel")
struct TLSHandlerTests {
    @Test("the channel is active for its handlers when the handshake is done, then bytes pass")
    func active() throws {
        let ends = try Ends()
        #expect(ends.seen.events.isEmpty)
        try ends.run()
        #expect(ends.seen.events == ["active"])
        ends.client.write(ByteBuffer(string: "hello"))
        try ends.run()
        #expect(ends.seen.events == ["active", "read hello"])
    }

    @Test("any number of writes leave as one at the flush, unless one asks when it is written")
    func oneWrite() throws {
        let ends = try Ends()
        try ends.run()
        ends.outbound.writes = 0
        for _ in 0..<5 {
            ends.channel.write(ByteBuffer(string: "part"), promise: nil)
        }
        #expect(ends.outbound.writes == 0)
        ends.channel.flush()
        #expect(ends.outbound.writes == 1)
        try ends.run()
        #expect(String(buffer: ends.got) == "partpartpartpartpart")
        ends.outbound.writes = 0
        let written = ends.channel.writeAndFlush(ByteBuffer())
        #expect(ends.outbound.writes == 1)
        try written.wait()
    }

    @Test(
        "a close_notify is the end of the input where half-closure is allowed, and of all where not"
    )
    func closeNotify() throws {
        for isHalf in [true, false] {
            let ends = try Ends(halfClosure: isHalf)
            try ends.run()
            ends.client.write(ByteBuffer(string: "last"))
            ends.client.close()
            try ends.run()
            let end = isHalf ? ["input closed"] : ["inactive"]
            #expect(ends.seen.events == ["active", "read last"] + end)
            #expect(ends.channel.isActive == isHalf)
            if isHalf {
                // The rest of TCP's stream says nothing new.
                ends.channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
                #expect(ends.seen.events.count == 3)
            }
        }
    }

    @Test("a stream that ends without close_notify is a loss, not an end")
    func cutOff() throws {
        let half = try Ends(halfClosure: true)
        try half.run()
        half.channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        #expect(half.seen.events == ["active", "cutOff", "inactive"])
        let whole = try Ends()
        try whole.run()
        whole.channel.pipeline.fireChannelInactive()
        #expect(whole.seen.events.prefix(2) == ["active", "cutOff"])
    }

    @Test("closing the output sends close_notify first; closing all does too; abandoning does not")
    func ourClose() throws {
        for (mode, isAbandoned) in [(CloseMode.output, false), (.all, false), (.all, true)] {
            let ends = try Ends(halfClosure: true)
            try ends.run()
            if isAbandoned {
                ends.channel.pipeline.triggerUserOutboundEvent(
                    TLSHandler.Abandonment(),
                    promise: nil
                )
            }
            ends.channel.close(mode: mode, promise: nil)
            #expect(ends.outbound.closes.first == (mode == .output ? "output" : "all"))
            try ends.run()
            #expect(ends.client.peerHasClosed == !isAbandoned)
        }
    }

    @Test("a handshake that does not go on is ended at its limit, and not before")
    func slow() throws {
        let ends = try Ends()
        let limit = TLSLimits.handshakeTime
        ends.channel.embeddedEventLoop.advanceTime(by: limit - .milliseconds(1))
        #expect(ends.seen.events.isEmpty)
        ends.channel.embeddedEventLoop.advanceTime(by: .milliseconds(1))
        #expect(ends.seen.events == ["handshake", "inactive"])
        let quick = try Ends()
        try quick.run()
        quick.channel.embeddedEventLoop.advanceTime(by: limit + limit)
        #expect(quick.seen.events == ["active"])
    }

    @Test("a listener takes so many handshakes at once, and counts none that is over")
    func bound() throws {
        let files = try TLSFiles()
        defer { files.remove() }
        let context = try files.server()
        let over = [try Ends(context, files), try Ends(context, files), try Ends(context, files)]
        #expect(context.handshakeCount == 3)
        try over[0].run()
        try over[1].channel.writeInbound(ByteBuffer(string: "GET / HTTP/1.1\r\n\r\n"))
        over[2].channel.close(promise: nil)
        #expect(context.handshakeCount == 0)
        for _ in 0..<TLSLimits.handshakesMax { context.handshakeBegan() }
        #expect(throws: TLSFailure.self) { try context.add(to: EmbeddedChannel()) }
        context.handshakeEnded()
        try context.add(to: EmbeddedChannel())
    }

    @Test("HTTP without TLS gets an answer that it can read")
    func plain() throws {
        let ends = try Ends(isStarted: false)
        try ends.channel.writeInbound(ByteBuffer(string: "GET / HTTP/1.1\r\nHost: x\r\n\r\n"))
        var answer = ""
        while let bytes = try ends.channel.readOutbound(as: ByteBuffer.self) {
            answer += String(buffer: bytes)
        }
        #expect(answer.hasPrefix("HTTP/1.1 400 ") && answer.contains("this port speaks TLS"))
        #expect(ends.seen.events == ["plainHTTP", "inactive"])
    }
}

/// A server's channel with a handler behind its TLS, and a session as its client.
private final class Ends {
    let channel: EmbeddedChannel
    let client: TLSSession
    let seen = Seen()
    let outbound = Outbound()
    var got = ByteBuffer()

    convenience init(halfClosure: Bool = false, isStarted: Bool = true) throws {
        let files = try TLSFiles()
        defer { files.remove() }
        try self.init(try files.server(), files, halfClosure: halfClosure, isStarted: isStarted)
    }

    init(
        _ context: TLSContext,
        _ files: TLSFiles,
        halfClosure: Bool = false,
        isStarted: Bool = true
    ) throws {
        self.client = TLSSession(context: try files.client(), serverName: "localhost")
        self.channel = EmbeddedChannel()
        try self.channel.setOption(.allowRemoteHalfClosure, value: halfClosure).wait()
        try self.channel.pipeline.syncOperations.addHandler(self.seen)
        try context.add(to: self.channel)
        try self.channel.pipeline.syncOperations.addHandler(self.outbound, position: .first)
        try self.channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        if isStarted { self.client.start() }
    }

    /// Carries bytes both ways until nobody has any.
    func run() throws {
        var isBusy = true
        while isBusy {
            isBusy = false
            while let bytes = try self.channel.readOutbound(as: ByteBuffer.self) {
                isBusy = true
                if var plain = self.client.feed(bytes) { self.got.writeBuffer(&plain) }
            }
            if self.channel.isActive, let bytes = self.client.pull() {
                isBusy = true
                try self.channel.writeInbound(bytes)
            }
        }
    }
}

/// What the handler behind TLS is told.
private final class Seen: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    var events: [String] = []

    func channelActive(context: ChannelHandlerContext) { self.events.append("active") }

    func channelInactive(context: ChannelHandlerContext) { self.events.append("inactive") }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.events.append("read " + String(buffer: self.unwrapInboundIn(data)))
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        self.events.append(event as? ChannelEvent == .inputClosed ? "input closed" : "\(event)")
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.events.append((error as? TLSFailure).map { "\($0.kind)" } ?? "\(error)")
    }
}

/// What TLS hands to the socket.
private final class Outbound: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer
    var writes = 0
    var closes: [String] = []

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        self.writes += 1
        context.write(data, promise: promise)
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        self.closes.append("\(mode)")
        context.close(mode: mode, promise: promise)
    }
}
