/// A named file of rules.
public struct Profile: Sendable, Equatable {
    /// Its name.
    public var name: String
    /// What it shows, for a reader.
    public var about: String
    /// Where the idea comes from.
    public var source: String
    /// The file it was read from.
    public var file: String
    /// Its seed; the command line's beats it.
    public var seed: UInt64?
    /// Its rules, in file order.
    public var rules: [Rule]
    /// What the analysis should find.
    public var expect: Expect?

    /// Makes a profile.
    public init(
        name: String,
        about: String = "",
        source: String = "",
        file: String = "",
        seed: UInt64? = nil,
        rules: [Rule] = [],
        expect: Expect? = nil
    ) {
        self.name = name
        self.about = about
        self.source = source
        self.file = file
        self.seed = seed
        self.rules = rules
        self.expect = expect
    }
}
