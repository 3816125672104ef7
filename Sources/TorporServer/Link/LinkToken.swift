/// The shared secret of a link that leaves the machine.
enum LinkToken {
    /// The header of the control stream that carries it.
    static let header = "torpor-link-token"

    /// Compares in a time that depends on the length given only, so that guesses tell nothing.
    static func matches(_ given: String?, _ wanted: String?) -> Bool {
        guard let wanted else { return true }
        let given = Array((given ?? "").utf8)
        let secret = Array(wanted.utf8)
        guard !secret.isEmpty else { return false }
        var difference = given.count ^ secret.count
        for (index, byte) in given.enumerated() {
            difference |= Int(byte ^ secret[index % secret.count])
        }
        return difference == 0
    }
}
