import FramePath

/// A backend that lets a client in once and refuses it when its leg is dialled again after a sleep.
///
/// The edge repeats the client's own request, so neither the messages nor the application are to blame.
enum RedialFinding {
    /// The finding, when wakes were refused for good.
    static func make(_ judge: Judge) -> Finding? {
        let wakes = judge.index.legs.wakes
        let refused = wakes.filter(\.isRefused)
        guard let reason = Self.commonest(refused) else { return nil }
        var finding = Finding(status: .broken, text: "")
        finding.kind = .redialRefused
        finding.k = refused.count
        finding.n = wakes.count
        finding.isAfterWake = true
        let others = wakes.filter { $0.outcome == .woken }
        let head =
            "re-dial \(reason.code == nil ? "failed" : "refused") after sleep: \(Self.words(reason))"
        let count = "\(finding.k)/\(finding.n) re-dials"
        let why = Self.why(reason, refused, others)
        let sessions = Set(refused.map(\.session)).count
        let detail = "\(sessions) session\(sessions == 1 ? "" : "s") closed 1014"
        finding.text = "\(head) (\(count), \(detail)); \(why)"
        finding.lines = ["\(head): \(count); \(why)", "\(head): \(count)", head]
        finding.fingerprint = Fingerprint.of([
            FaultKind.redialRefused.rawValue, reason.code.map(String.init) ?? "no answer",
            reason.code.map { $0 >= 300 } ?? false ? "" : reason.reason,
        ])
        return finding
    }

    private static func commonest(_ refused: [BackendLegs.Wake]) -> BackendLegs.Refusal? {
        struct Key: Hashable {
            var code: Int?
            var reason: String
        }
        var counts: [Key: Int] = [:]
        var best: (refusal: BackendLegs.Refusal, count: Int)?
        for refusal in refused.compactMap(\.refusals.last) {
            let key = Key(code: refusal.code, reason: refusal.reason)
            counts[key, default: 0] += 1
            if let count = counts[key], count > best?.count ?? 0 { best = (refusal, count) }
        }
        return best?.refusal
    }

    private static func words(_ refusal: BackendLegs.Refusal) -> String {
        guard let code = refusal.code, code >= 300 else { return refusal.reason }
        return [String(code), Self.phrases[code]].compactMap(\.self).joined(separator: " ")
    }

    /// What the refusal says of the backend: the first dial, with the same request, was accepted.
    private static func why(
        _ refusal: BackendLegs.Refusal,
        _ refused: [BackendLegs.Wake],
        _ woken: [BackendLegs.Wake]
    ) -> String {
        guard let code = refusal.code else {
            return "the backend was not there to be dialled, the application never saw the messages"
        }
        if code < 300 { return "the backend chose otherwise for the same request" }
        guard code == 401 || code == 403 || code == 410 else {
            return "the backend accepted the same request when the client connected"
        }
        guard let firstRefused = refused.map(\.begin).min(), !woken.isEmpty else {
            return "the backend takes the token only once, or it has expired"
        }
        let expired = woken.allSatisfy { $0.begin < firstRefused }
        return expired
            ? "the token has expired: \(woken.count) earlier re-dials were let in"
            : "the backend let \(woken.count) other re-dials in"
    }

    /// RFC 9110 §15.
    private static let phrases = [
        400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found",
        409: "Conflict", 410: "Gone", 426: "Upgrade Required", 429: "Too Many Requests",
        500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable",
        504: "Gateway Timeout",
    ]
}
