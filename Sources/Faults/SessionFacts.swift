import FramePath

/// What rules may know of a session; the same in every run, so decisions are too.
public struct SessionFacts: Sendable, Equatable {
    /// The session key: a header, a query value, or object and arrival.
    public var key: String
    /// XXH64 of the key, made once a session.
    public var keyHash: UInt64
    /// How often that key connected, from 1.
    public var attempt: UInt32

    /// Makes the facts of a session.
    public init(key: String, attempt: UInt32) {
        self.key = key
        self.keyHash = XXH64.hash(key)
        self.attempt = attempt
    }
}
