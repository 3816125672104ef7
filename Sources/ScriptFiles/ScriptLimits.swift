/// Bounds of a script file.
public enum ScriptLimits {
    /// The longest file, bytes of UTF-8.
    public static let lengthMax = 1_048_576
    /// The most lanes.
    public static let lanesMax = 100
    /// The most connections of one lane.
    public static let sessionsMax = 32
    /// The most steps of all lanes together.
    public static let stepsMax = 2_000
    /// The most times a step is repeated, and the most messages one expectation counts.
    public static let timesMax: UInt64 = 10_000
    /// The most single expectations of all lanes together, repeated ones each.
    public static let expectationsMax = 100_000
    /// The most headers, cookies or subprotocols of one connection.
    public static let headersMax = 64
    /// The deepest JSON document.
    public static let depthMax = 64
    /// The longest row or column, characters.
    public static let labelMax = 60
    /// The longest payload of a Ping and the longest close reason, bytes.
    public static let controlMax = 100
}
