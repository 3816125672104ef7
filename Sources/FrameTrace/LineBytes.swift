/// Bytes of lines while they are read: every access is checked, none asks who owns them.
///
/// Lives no longer than the call that lends it.
@safe
struct LineBytes {
    private let bytes: UnsafeBufferPointer<UInt8>
    private let count: Int

    static func lend<Answer>(_ bytes: [UInt8], _ body: (LineBytes) -> Answer) -> Answer {
        unsafe bytes.withUnsafeBufferPointer { body(unsafe LineBytes(bytes: $0)) }
    }

    private init(bytes: UnsafeBufferPointer<UInt8>) {
        unsafe self.bytes = bytes
        self.count = bytes.count
    }

    subscript(_ index: Int) -> UInt8 {
        precondition(index >= 0 && index < self.count)
        return unsafe self.bytes[index]
    }

    /// Eight bytes from there on, as the machine orders them.
    func word(at index: Int) -> UInt64 {
        precondition(index >= 0 && index + 8 <= self.count)
        return unsafe UnsafeRawBufferPointer(self.bytes).loadUnaligned(
            fromByteOffset: index,
            as: UInt64.self
        )
    }

    /// Those bytes as text; what is not UTF-8 is repaired.
    func string(_ range: Range<Int>) -> String {
        unsafe String(decoding: self.bytes[range], as: UTF8.self)
    }
}
