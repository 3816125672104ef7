/// The wall clock in writing.
///
/// Source: days to civil date as in Howard Hinnant, "chrono-compatible low-level date algorithms".
enum WallClock {
    /// Writes ISO 8601 in UTC with milliseconds: `2025-07-03T09:15:00.042Z`.
    ///
    /// - Parameter milliseconds: since 1970.
    /// - Returns: always 24 characters until the year 9999.
    static func text(milliseconds: UInt64) -> String {
        let seconds = milliseconds / 1_000
        let days = seconds / 86_400
        let ofDay = seconds % 86_400
        let (year, month, day) = Self.civil(days: days)
        return self.padded(year, 4) + "-" + self.padded(month, 2) + "-" + self.padded(day, 2) + "T"
            + self.padded(ofDay / 3_600, 2) + ":" + self.padded(ofDay / 60 % 60, 2) + ":"
            + self.padded(ofDay % 60, 2) + "." + self.padded(milliseconds % 1_000, 3) + "Z"
    }

    /// The date of a day counted from 1970-01-01.
    private static func civil(days: UInt64) -> (year: UInt64, month: UInt64, day: UInt64) {
        // Years are counted from 1 March, so that the leap day is the last of a year.
        let shifted = days + 719_468
        let era = shifted / 146_097
        let ofEra = shifted % 146_097
        let yearOfEra = (ofEra - ofEra / 1_460 + ofEra / 36_524 - ofEra / 146_096) / 365
        let ofYear = ofEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let fromMarch = (5 * ofYear + 2) / 153
        let month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, ofYear - (153 * fromMarch + 2) / 5 + 1)
    }

    private static func padded(_ value: UInt64, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
}
