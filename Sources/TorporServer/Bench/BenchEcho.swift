public import NIOCore
internal import NIOPosix
internal import WebSocketWire

/// A WebSocket server that answers every data frame with itself.
public enum BenchEcho {
    /// Listens on a free port of 127.0.0.1.
    ///
    /// - Parameter group: gives its one loop.
    /// - Returns: the listening channel.
    /// - Throws: when there is no port.
    public static func listen(group: any EventLoopGroup) throws -> any Channel {
        try ServerBootstrap(group: group.next())
            .serverChannelOption(.backlog, value: 4_096)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(EchoHandler())
                }
            }
            .bind(host: "127.0.0.1", port: 0)
            .wait()
    }
}

private final class EchoHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var requests: RequestDecoder? = RequestDecoder()
    private var frames = FrameDecoder(payloadMax: 32 << 20)

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var out = ByteBuffer()
        do {
            if self.requests != nil {
                self.requests?.append(self.unwrapInboundIn(data))
                guard let head = try self.requests?.next() else { return }
                let key = try Handshake.check(head).key
                out = Handshake.response(key: key, subprotocol: nil, headers: [])
                if let rest = self.requests?.takeRest() { self.frames.append(rest) }
                self.requests = nil
            } else {
                self.frames.append(self.unwrapInboundIn(data))
            }
            while var frame = try self.frames.next() {
                guard frame.opcode != Opcode.close else { return context.close(promise: nil) }
                frame.unmask()
                FrameEncoder.encode(opcode: frame.opcode, payload: frame.payload, into: &out)
            }
        } catch {
            return context.close(promise: nil)
        }
        guard out.readableBytes > 0 else { return }
        context.writeAndFlush(self.wrapOutboundOut(out), promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}

@available(*, unavailable)
extension EchoHandler: Sendable {}
