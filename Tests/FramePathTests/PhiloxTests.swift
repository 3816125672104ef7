import FramePath
import Testing

@Suite struct PhiloxTests {
    @Test("the zero key and counter give the published words")
    func zero() {
        let words = Philox.draw(key: (0, 0), counter: (0, 0, 0, 0))
        #expect(words.0 == 0x1655_4d9e_ca36_314c)
        #expect(words.1 == 0xdb20_fe9d_672d_0fdc)
        #expect(words.2 == 0xd7e7_72ce_e186_176b)
        #expect(words.3 == 0x7e68_b68a_ec7b_a23b)
    }

    @Test("each part of the key and the counter changes the draw")
    func sensitivity() {
        var seen: Set<UInt64> = [Philox.draw(key: (0, 0), counter: (0, 0, 0, 0)).0]
        for bit: UInt64 in [1, 1 << 34, 1 << 63] {
            seen.insert(Philox.draw(key: (bit, 0), counter: (0, 0, 0, 0)).0)
            seen.insert(Philox.draw(key: (0, bit), counter: (0, 0, 0, 0)).0)
            seen.insert(Philox.draw(key: (0, 0), counter: (bit, 0, 0, 0)).0)
            seen.insert(Philox.draw(key: (0, 0), counter: (0, bit, 0, 0)).0)
            seen.insert(Philox.draw(key: (0, 0), counter: (0, 0, bit, 0)).0)
            seen.insert(Philox.draw(key: (0, 0), counter: (0, 0, 0, bit)).0)
        }
        #expect(seen.count == 19)
    }
}
