internal import NIOCore

/// Sizes the buffers that a leg reads into, and lets an idle leg hold none.
///
/// Shape: a channel keeps the first buffer it was given for as long as it lives, so that one is tiny and
/// every later one is made for its read and gone when its frames are. Sizes follow what comes, by
/// doubling and halving. Units: bytes.
struct LegReceiveAllocator: RecvByteBufferAllocator {
    static let sizeMin: UInt32 = 512
    static let sizeMax: UInt32 = 64 << 10
    private static let firstSize = 16
    /// Small reads in a row before the size is halved.
    private static let smallReadsMax: UInt8 = 4

    private var size: UInt32 = 2 * Self.sizeMin
    private var smallReads: UInt8 = 0
    private var isFirst = true

    func buffer(allocator: ByteBufferAllocator) -> ByteBuffer {
        allocator.buffer(capacity: self.isFirst ? Self.firstSize : Int(self.size))
    }

    mutating func record(actualReadBytes: Int) -> Bool {
        if self.isFirst {
            self.isFirst = false
        } else if actualReadBytes >= Int(self.size) {
            self.size = min(self.size * 2, Self.sizeMax)
            self.smallReads = 0
        } else if actualReadBytes < Int(self.size / 2) {
            self.smallReads += 1
            if self.smallReads == Self.smallReadsMax {
                self.size = max(self.size / 2, Self.sizeMin)
                self.smallReads = 0
            }
        } else {
            self.smallReads = 0
        }
        // Always a new buffer: `false` would read again into the first one.
        return true
    }
}
