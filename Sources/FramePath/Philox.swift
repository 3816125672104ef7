/// A counter-based generator: the same key and counter give the same numbers, in any order.
///
/// Shape: Philox4x64 with ten rounds, no state at all.
/// Source: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
public enum Philox {
    /// Draws four numbers.
    ///
    /// - Parameters:
    ///   - key: which stream.
    ///   - counter: where in it.
    /// - Returns: 256 bits as four words.
    public static func draw(
        key: (UInt64, UInt64),
        counter: (UInt64, UInt64, UInt64, UInt64)
    ) -> (UInt64, UInt64, UInt64, UInt64) {
        var (key0, key1) = key
        var (word0, word1, word2, word3) = counter
        for _ in 0..<10 {
            let product0 = word0.multipliedFullWidth(by: 0xD2E7_470E_E14C_6C93)
            let product1 = word2.multipliedFullWidth(by: 0xCA5A_8263_9512_1157)
            word0 = product1.high ^ word1 ^ key0
            word1 = product1.low
            word2 = product0.high ^ word3 ^ key1
            word3 = product0.low
            key0 &+= 0x9E37_79B9_7F4A_7C15
            key1 &+= 0xBB67_AE85_84CA_A73B
        }
        return (word0, word1, word2, word3)
    }
}
