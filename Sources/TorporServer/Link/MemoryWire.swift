internal import NIOCore

/// A link between two ends of one process on one event loop.
///
/// Shape: bytes arrive in a later turn of the loop, so neither end is re-entered.
final class MemoryWire: LinkWire {
    /// Bytes on the way above which the sender waits.
    static let waitingBytesMax = 4 << 20

    private let loop: any EventLoop
    private var far: MemoryWire?
    private var end: (any LinkEnd)?
    private var inbox = ByteBuffer()
    private var isScheduled = false
    private var isClosing = false

    private init(loop: any EventLoop, end: any LinkEnd) {
        self.loop = loop
        self.end = end
    }

    /// Joins two ends; both are told in later turns of the loop.
    static func join(_ near: any LinkEnd, _ far: any LinkEnd, on loop: any EventLoop) {
        let one = MemoryWire(loop: loop, end: near)
        let other = MemoryWire(loop: loop, end: far)
        one.far = other
        other.far = one
        loop.assumeIsolated().execute {
            other.end?.wireUp(other)
            one.end?.wireUp(one)
        }
    }

    var isWritable: Bool {
        guard let far = self.far else { return false }
        return far.inbox.readableBytes < Self.waitingBytesMax
    }

    func send(_ bytes: ByteBuffer) {
        guard let far = self.far, !self.isClosing else { return }
        far.inbox.writeImmutableBuffer(bytes)
        far.schedule()
    }

    func close() {
        guard !self.isClosing else { return }
        self.isClosing = true
        self.far?.isClosing = true
        self.far?.schedule()
        self.schedule()
    }

    private func schedule() {
        guard !self.isScheduled else { return }
        self.isScheduled = true
        self.loop.assumeIsolated().execute { self.deliver() }
    }

    private func deliver() {
        self.isScheduled = false
        guard let end = self.end else { return }
        if self.inbox.readableBytes > 0 {
            let wasFull = self.inbox.readableBytes >= Self.waitingBytesMax
            let bytes = self.inbox
            self.inbox = ByteBuffer()
            end.wireBytes(bytes)
            if wasFull { self.far?.end?.wireWritable() }
        }
        guard self.isClosing, self.inbox.readableBytes == 0 else { return }
        self.end = nil
        self.far = nil
        end.wireDown(reason: "the other end of the process closed the link")
    }
}

@available(*, unavailable)
extension MemoryWire: Sendable {}
