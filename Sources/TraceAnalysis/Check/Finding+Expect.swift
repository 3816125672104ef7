public import Faults

extension Finding {
    /// Whether it is what a profile or a requirement expects.
    ///
    /// - Parameter expect: what, where and in which messages; "none" matches no finding.
    /// - Returns: `true` when every part that is given fits.
    public func matches(_ expect: Expect) -> Bool {
        guard self.status == .broken, self.kind?.rawValue == expect.kind.rawValue else {
            return false
        }
        if let between = expect.between {
            guard self.between?.from == between.last, self.between?.to == between.first else {
                return false
            }
        }
        if let handler = expect.handler, self.handler != handler { return false }
        if let phase = expect.phase, !self.phases.contains(phase) { return false }
        return true
    }
}
