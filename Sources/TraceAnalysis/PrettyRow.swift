import FramePath
public import FrameTrace

/// A trace row as a line for people: `torpor trace tail --format pretty`.
public enum PrettyRow {
    /// The line of a row worth reading.
    ///
    /// Messages that pass are not; connects, closes, the object's log, sleeps, wakes, alarms, fired rules
    /// and losses are.
    ///
    /// - Parameters:
    ///   - row: any row.
    ///   - isColour: marks the words with terminal colours.
    /// - Returns: one line without its end, or `nil`.
    public static func line(_ row: TraceRow, isColour: Bool = false) -> String? {
        guard let told = Self.told(row) else { return nil }
        var line = Self.time(row.t) + " " + Self.padded(row.p, 14) + " "
        let word = Self.padded(told.word, 9)
        line += isColour ? "\u{1B}[\(told.colour.rawValue)m\(word)\u{1B}[0m" : word
        if !told.text.isEmpty { line += " " + told.text }
        return line
    }

    private enum Colour: Int {
        case red = 31
        case green = 32
        case yellow = 33
        case blue = 34
        case grey = 90
    }

    private struct Told {
        var word: String
        var text: String
        var colour: Colour
    }

    private static func told(_ row: TraceRow) -> Told? {
        switch row.ev {
        case .sock: return Self.socket(row)
        case .life: return Self.life(row)
        case .log:
            return Told(word: "log", text: Self.joined(row.msg, Self.place(row)), colour: .blue)
        case .fault:
            guard row.fired == true, let rule = row.rule else { return nil }
            let what = (row.action ?? "fault") + " at " + (row.at?.rawValue ?? "?")
            let message = (row.dir?.rawValue ?? "") + " #\(row.ord ?? 0)"
            let text = "\(what): \(message) by rule \(rule) (\(row.src ?? "?"))"
            return Told(word: "fault", text: Self.joined(text, Self.place(row)), colour: .red)
        case .gap:
            return Told(
                word: "gap",
                text: "\(row.lost ?? 0) records lost: \(row.why ?? "")",
                colour: .red
            )
        case .run:
            let profiles = row.profiles.isEmpty ? "none" : row.profiles.joined(separator: ", ")
            let text =
                "run \(row.run ?? "?"), faults \(profiles), seed \(row.seed ?? 0)"
                + (row.insecure == true ? ", certificates not checked" : "")
            return Told(word: "start", text: text, colour: .grey)
        case .expect:
            guard row.outcome != "ok" else { return nil }
            let text = "\(row.row ?? "?"), \(row.col ?? "?"): \(row.outcome ?? "?")"
            return Told(word: "expected", text: Self.joined(text, Self.place(row)), colour: .red)
        case .mark: return Told(word: "mark", text: row.msg ?? "", colour: .grey)
        case .end: return Told(word: "end", text: "", colour: .grey)
        case .schema, .frame, .verdict, .other: return nil
        }
    }

    private static func socket(_ row: TraceRow) -> Told? {
        switch row.what {
        case "upgrade", "connect":
            return Told(
                word: "connect",
                text: Self.joined(row.path, Self.place(row)),
                colour: .green
            )
        case "accept": return Told(word: "accept", text: Self.place(row), colour: .green)
        case "reject", "close-sent", "close-recv", "closed", "violation":
            let code = row.code.map(String.init) ?? ""
            let reason = row.reason.map { $0.isEmpty ? "" : "\"\($0)\"" } ?? ""
            let text = [code, reason].filter { !$0.isEmpty }.joined(separator: " ")
            let word = row.what == "closed" ? "cleanup" : row.what ?? ""
            let isBad = row.what == "violation" || row.what == "reject" || row.code == 1006
            return Told(
                word: word,
                text: Self.joined(text, Self.place(row)),
                colour: isBad ? .red : .yellow
            )
        case "reset": return Told(word: "reset", text: Self.place(row), colour: .red)
        case "unsent":
            let text = "\(row.count ?? 0) frames from number \(row.seq ?? 0)"
            return Told(word: "unsent", text: Self.joined(text, Self.place(row)), colour: .red)
        case "sent-lost":
            let text = "\(row.count ?? 0) messages from ordinal \(row.seq ?? 0)"
            return Told(word: "lost", text: Self.joined(text, Self.place(row)), colour: .red)
        default: return nil
        }
    }

    private static func life(_ row: TraceRow) -> Told? {
        let place = Self.place(row)
        switch row.what {
        case "hibernated":
            let text = "sleeps with \(row.count ?? 0) sockets held"
            return Told(word: "sleep", text: Self.joined(text, place), colour: .blue)
        case "wake-start":
            return Told(word: "wake", text: Self.joined(row.why, place), colour: .green)
        case "woken":
            let text = "wake \(row.wake ?? 0), sockets held: \(row.count ?? 0)"
            return Told(word: "woken", text: Self.joined(text, place), colour: .green)
        case "constructed":
            return Told(word: "construct", text: Self.joined(row.why, place), colour: .grey)
        case "hibernate-blocked":
            return Told(word: "no sleep", text: Self.joined(row.why, place), colour: .yellow)
        case "hibernate-cancel":
            return Told(word: "no sleep", text: Self.joined("an event came", place), colour: .grey)
        case "alarm-fire": return Told(word: "alarm", text: place, colour: .blue)
        case "evicted", "lost", "wake-failed", "queue-full", "package-differs":
            return Told(word: row.what ?? "", text: Self.joined(row.why, place), colour: .red)
        default: return nil
        }
    }

    private static func place(_ row: TraceRow) -> String {
        var words: [String] = []
        if let object = row.obj, !object.isEmpty { words.append(object) }
        if let session = row.session { words.append("session \(session.number)") }
        return words.isEmpty ? "" : "[" + words.joined(separator: ", ") + "]"
    }

    private static func joined(_ text: String?, _ place: String) -> String {
        [Self.printable(text ?? ""), place].filter { !$0.isEmpty }.joined(separator: " ")
    }

    /// Text of a peer must not steer the terminal.
    private static func printable(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { scalar in
                    scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value)
                        ? "\u{FFFD}" : scalar
                }
            )
        )
    }

    private static func time(_ nanoseconds: UInt64) -> String {
        let milliseconds = String(nanoseconds / 1_000_000 % 1_000)
        let padding = String(repeating: "0", count: 3 - milliseconds.count)
        let seconds = String(nanoseconds / 1_000_000_000)
        return String(repeating: " ", count: max(0, 6 - seconds.count)) + seconds + "." + padding
            + milliseconds
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}
