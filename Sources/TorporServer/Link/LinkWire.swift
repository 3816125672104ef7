internal import NIOCore

/// Where the bytes of a link go: a socket or the other end in the same process.
protocol LinkWire: AnyObject {
    /// Whether more bytes are welcome now; `wireWritable` tells when they are again.
    var isWritable: Bool { get }
    /// Sends bytes at once.
    func send(_ bytes: ByteBuffer)
    /// Closes after what was sent; the end hears `wireDown`.
    func close()
}

/// One side of a link, deaf to what its wire is made of.
protocol LinkEnd: AnyObject {
    /// The wire is there.
    func wireUp(_ wire: any LinkWire)
    /// Bytes of the peer.
    func wireBytes(_ bytes: ByteBuffer)
    /// More bytes are welcome.
    func wireWritable()
    /// The wire is gone, or its TLS never came about; heard once.
    func wireDown(reason: String)
}
