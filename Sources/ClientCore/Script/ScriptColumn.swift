/// When in an object's life an exchange happens, as a script's idle steps tell.
public enum ScriptColumn {
    /// In the object's first life.
    public static let fresh = "fresh"
    /// As the first thing after it was left alone for a span that the script chose.
    public static let afterIdle = "after idle"
    /// As the first thing after a sleep.
    public static let firstAfterWake = "first after wake"
    /// Again in that wake.
    public static let later = "later"
    /// As the first thing after a second sleep.
    public static let secondWake = "second wake"

    /// The column of the first exchange after a sleep.
    ///
    /// - Parameter number: which sleep, from 1.
    /// - Returns: `first after wake`, `second wake`, `wake 3`, …
    static func wake(_ number: Int) -> String {
        switch number {
        case 1: Self.firstAfterWake
        case 2: Self.secondWake
        default: "wake \(number)"
        }
    }

    /// The place of a column in the order of life; `nil` for a script's own.
    static func rank(_ column: String) -> Int? {
        switch column {
        case Self.fresh: 0
        case Self.afterIdle: 1
        case Self.firstAfterWake: 2
        case Self.later: 3
        case Self.secondWake: 4
        default: column.hasPrefix("wake ") ? Int(column.dropFirst(5)).map { $0 + 2 } : nil
        }
    }
}
