import Faults
import WebSocketWire

/// The keys by which sessions are known over runs, and how often each connected.
///
/// Source: a key is the header `torpor-key`, else the query `torpor-key`, else the session's place among
/// those of its object, which depends on the order of accepts.
struct SessionKeys: Sendable {
    /// What the trace says once when some session had no key of its own.
    static let orderingMark = "ordering: accept"

    private let keysMax: Int
    private var attempts: [String: UInt32] = [:]
    /// How many attempts were not counted, because there are too many keys.
    private(set) var uncounted: UInt64 = 0

    init(keysMax: Int) { self.keysMax = keysMax }

    /// Key and attempt of a request that names a key.
    mutating func facts(_ head: RequestHead) -> SessionFacts? {
        guard let key = head.first("torpor-key") ?? Self.queryKey(head.target), !key.isEmpty else {
            return nil
        }
        var attempt = self.attempts[key] ?? 0
        let isCounted = attempt > 0 || self.attempts.count < self.keysMax
        attempt &+= 1
        if isCounted { self.attempts[key] = attempt } else { self.uncounted &+= 1 }
        return SessionFacts(key: key, attempt: attempt)
    }

    /// Key and attempt of one that does not.
    static func byPlace(_ object: String, ordinal: UInt32) -> SessionFacts {
        SessionFacts(key: object + "#" + String(ordinal), attempt: 1)
    }

    private static func queryKey(_ target: String) -> String? {
        guard let mark = target.firstIndex(of: "?") else { return nil }
        for pair in target[target.index(after: mark)...].split(separator: "&")
        where pair.hasPrefix("torpor-key=") {
            return String(pair.dropFirst("torpor-key=".count))
        }
        return nil
    }
}
