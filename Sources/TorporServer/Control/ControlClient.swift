internal import NIOCore
internal import NIOPosix

/// Asks the control interface of another process.
public struct ControlClient: Sendable {
    /// Where it listens.
    public let address: ListenAddress
    private let token: String?

    /// The longest answer that is read, bytes.
    static let answerBytesMax = 64 << 20

    /// Makes a client; each question has a connection of its own.
    ///
    /// - Parameters:
    ///   - address: where the control interface listens.
    ///   - token: its secret, when it has one.
    public init(address: ListenAddress, token: String?) {
        self.address = address
        self.token = token
    }

    /// Gets a document.
    ///
    /// - Parameter path: with its query.
    /// - Returns: the answer's status and body.
    /// - Throws: `ServerFailure` when nobody answers.
    public func get(_ path: String) async throws(ServerFailure) -> (status: Int, body: [UInt8]) {
        let bytes: ByteBuffer
        do {
            bytes = try await self.exchange(path)
        } catch {
            throw ServerFailure(
                "no control interface at http://\(self.address): \(SystemWords.of(error)); "
                    + "is the edge running, with this --control?"
            )
        }
        let text = Array(bytes.readableBytesView)
        let end = text.indices.first { text[$0...].starts(with: [13, 10, 13, 10]) }
        let words = String(decoding: text.prefix { $0 != 13 }, as: UTF8.self).split(separator: " ")
        guard let end, words.count > 1, words[0].hasPrefix("HTTP/1"), let status = Int(words[1])
        else { throw ServerFailure("what listens at http://\(self.address) speaks no HTTP") }
        return (status, Array(text[(end + 4)...]))
    }

    private func exchange(_ path: String) async throws -> ByteBuffer {
        let token = self.token.map { "authorization: Bearer \($0)\r\n" } ?? ""
        let request =
            "GET \(path) HTTP/1.1\r\nhost: \(self.address)\r\n\(token)connection: close\r\n\r\n"
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connectTimeout(.seconds(2))
            .connect(host: self.address.host, port: self.address.port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
                        wrappingChannelSynchronously: channel
                    )
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            try await outbound.write(ByteBuffer(string: request))
            var answer = ByteBuffer()
            for try await bytes in inbound {
                guard answer.readableBytes + bytes.readableBytes <= Self.answerBytesMax else {
                    throw ServerFailure("the answer is too long")
                }
                answer.writeImmutableBuffer(bytes)
            }
            return answer
        }
    }
}
