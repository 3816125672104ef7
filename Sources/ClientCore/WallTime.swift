/// Wall-clock milliseconds as text, without a calendar library.
public enum WallTime {
    /// `2026-11-25T00:50:48.123Z`.
    ///
    /// Source: days to year-month-day after Howard Hinnant's `civil_from_days`, proleptic Gregorian.
    ///
    /// - Parameter milliseconds: since 1970-01-01T00:00:00Z.
    /// - Returns: ISO 8601, UTC, to the millisecond.
    public static func iso(_ milliseconds: UInt64) -> String {
        let day = milliseconds / 86_400_000 + 719_468
        let era = day / 146_097
        let ofEra = day - era * 146_097
        let yearOfEra = (ofEra - ofEra / 1_460 + ofEra / 36_524 - ofEra / 146_096) / 365
        let ofYear = ofEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * ofYear + 2) / 153
        let dayOfMonth = ofYear - (153 * shifted + 2) / 5 + 1
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        let date = "\(Self.pad(year, 4))-\(Self.pad(month, 2))-\(Self.pad(dayOfMonth, 2))"
        return "\(date)T\(Self.clock(milliseconds))Z"
    }

    /// `HH:MM:SS.mmm` of the day.
    ///
    /// - Parameters:
    ///   - milliseconds: since 1970-01-01T00:00:00Z.
    ///   - offsetSeconds: the zone's distance from UTC.
    /// - Returns: the time of day there.
    public static func clock(_ milliseconds: UInt64, offsetSeconds: Int = 0) -> String {
        let day: Int64 = 86_400_000
        let here = Int64(clamping: milliseconds % UInt64(day)) + Int64(offsetSeconds) * 1_000
        let ofDay = UInt64((here % day + day) % day)
        let seconds = ofDay / 1_000
        let hour = Self.pad(seconds / 3_600, 2)
        let minute = Self.pad(seconds / 60 % 60, 2)
        return "\(hour):\(minute):\(Self.pad(seconds % 60, 2)).\(Self.pad(ofDay % 1_000, 3))"
    }

    private static func pad(_ number: UInt64, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
}
