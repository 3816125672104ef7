import FramePath
import NIOCore
import Testing

@Suite struct XXH64Tests {
    @Test(
        "the hash of a text is the published one",
        arguments: [
            ("", 0xef46_db37_51d8_e999), ("a", 0xd24e_c4f1_a98c_6e5b),
            ("abc", 0x44bc_2cf5_ad77_0999),
            ("The quick brown fox jumps over the lazy dog", 0x0b24_2d36_1fda_71bc),
        ] as [(String, UInt64)]
    )
    func known(text: String, digest: UInt64) {
        #expect(XXH64.hash(text) == digest)
    }

    @Test("where a buffer begins does not change its hash")
    func offset() {
        var buffer = ByteBuffer(string: "xxabc")
        buffer.moveReaderIndex(forwardBy: 2)
        #expect(XXH64.hash(buffer) == XXH64.hash("abc"))
        #expect(buffer.readableBytes == 3)
    }

    @Test("a payload of 64 KiB is hashed whole, a longer one by its ends and its length")
    func bounded() {
        let whole = ByteBuffer(repeating: 7, count: 65_536)
        #expect(XXH64.payloadHash(whole) == XXH64.hash(whole))
        var long = ByteBuffer(repeating: 7, count: 65_537)
        let before = XXH64.payloadHash(long)
        long.setInteger(UInt8(1), at: 32_768)
        #expect(XXH64.payloadHash(long) == before)
        long.setInteger(UInt8(1), at: 32_767)
        #expect(XXH64.payloadHash(long) != before)
        #expect(XXH64.payloadHash(ByteBuffer(repeating: 7, count: 65_538)) != before)
    }
}
