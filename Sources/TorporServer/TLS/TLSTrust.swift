/// Whom a dialling end believes.
public struct TLSTrust: Sendable, Equatable {
    /// A PEM file of certificates that are trusted instead of the system's store.
    public var caFile: String?
    /// Anybody is believed; the run row of a trace says so.
    public var isInsecure: Bool

    /// Makes it; the system's store is trusted when nothing is given.
    public init(caFile: String? = nil, isInsecure: Bool = false) {
        self.caFile = caFile
        self.isInsecure = isInsecure
    }
}
