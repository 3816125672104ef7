import Faults
import FramePath

extension RunCheck {
    /// Every wake in scope was over in time.
    func woke(within span: Tick.Span, _ scope: Requirement.Scope) -> Answer {
        let limit = Int64(clamping: span.nanoseconds)
        var longest: Int64 = 0
        var count = 0
        var untold = 0
        for wake in self.timeline.wakes where scope.holds(object: wake.object) {
            switch wake.end {
            case .woken(let after):
                guard after <= limit else {
                    let text = "\(wake.object) took \(Self.time(after)) to wake"
                    return Answer(.failed, text, wake.place)
                }
                count += 1
                longest = max(longest, after)
            case .failed(let why):
                let reason = why.isEmpty ? "" : ": \(why)"
                return Answer(.failed, "\(wake.object) did not wake\(reason)", wake.place)
            case .open(let after):
                guard after <= limit else {
                    let text = "\(wake.object) was not awake \(Self.time(after)) later"
                    return Answer(.failed, text, wake.place)
                }
                untold += 1
            }
        }
        if untold > 0 { return Answer(.unknown, "the run ends amid \(Self.count(untold, "wake"))") }
        guard count > 0 else { return Answer(.unknown, "nothing woke in this run") }
        return Answer(.ok, "\(Self.count(count, "wake")), \(Self.time(longest)) at most")
    }

    /// What was idle with sockets slept in time.
    func hibernates(within span: Tick.Span, _ scope: Requirement.Scope) -> Answer {
        let limit = Int64(clamping: span.nanoseconds)
        let quiets = self.timeline.quiets.filter { scope.holds(object: $0.object) }
        if let late = quiets.first(where: { $0.nanoseconds > limit }) {
            let time = Self.time(late.nanoseconds)
            var text =
                late.slept
                ? "\(late.object) slept only after \(time) without a message"
                : "\(late.object) was \(time) without a message and did not sleep"
            if !late.slept, let why = self.timeline.blocked[late.object] { text += ": \(why)" }
            return Answer(.failed, text, late.place)
        }
        let slept = quiets.filter(\.slept)
        guard let longest = slept.map(\.nanoseconds).max() else {
            return Answer(.unknown, "nothing was idle for \(Self.time(limit)) in this run")
        }
        return Answer(
            .ok,
            "\(Self.count(slept.count, "sleep")), after \(Self.time(longest)) at most"
        )
    }

    /// Every session in scope ended with one of these codes.
    func closed(with codes: [UInt16], _ scope: Requirement.Scope) -> Answer {
        let sessions = self.timeline.sessions.filter { session in
            scope.holds(object: self.timeline.objects[session] ?? "")
        }
        let wanted = codes.map(String.init).joined(separator: " or ")
        var ended = 0
        for session in sessions {
            guard let ending = self.timeline.endings[session] else { continue }
            guard codes.contains(where: { Int($0) == ending.code }) else {
                let text = "a session of \(ending.object) ended with \(ending.code)"
                return Answer(.failed, text, ending.place)
            }
            ended += 1
        }
        if ended < sessions.count {
            let open = Self.count(sessions.count - ended, "session")
            return Answer(.unknown, "the records do not have the end of \(open)")
        }
        guard ended > 0 else { return Answer(.unknown, "no session was recorded") }
        return Answer(.ok, "\(Self.count(ended, "session")) ended with \(wanted)")
    }

    /// The analysis finds what is expected.
    func finds(_ expect: Expect, _ scope: Requirement.Scope) -> Answer {
        let found = self.analysis.findings.filter { $0.status == .broken && scope.holds($0) }
        let witness = found.first?.witnesses.first.map {
            CheckReport.Witness(file: $0.file, number: $0.number)
        }
        if expect.isNone {
            if let first = found.first { return Answer(.failed, first.text, witness) }
            if self.analysis.status == .unknown { return Answer(.unknown, self.analysis.said) }
            return Answer(.ok, "nothing broken")
        }
        if let match = found.first(where: { $0.matches(expect) }) {
            let place = match.witnesses.first.map {
                CheckReport.Witness(file: $0.file, number: $0.number)
            }
            return Answer(.ok, match.text, place)
        }
        if self.analysis.status == .unknown { return Answer(.unknown, self.analysis.said) }
        return Answer(.failed, "instead: " + (found.first?.text ?? self.analysis.said), witness)
    }

    private static func count(_ count: Int, _ word: String) -> String {
        count == 1 ? "1 \(word)" : "\(count) \(word)s"
    }

    private static func time(_ nanoseconds: Int64) -> String {
        nanoseconds < 10_000_000_000
            ? "\(nanoseconds / 1_000_000) ms" : "\(nanoseconds / 1_000_000_000) s"
    }
}

extension AnalysisReport {
    /// The primary finding's sentence.
    fileprivate var said: String { self.findings.first?.text ?? "nothing was analysed" }
}

extension Requirement.Scope {
    func holds(_ finding: Finding) -> Bool {
        (self.direction == nil || self.direction == finding.direction)
            && (self.types.isEmpty || !Set(self.types).isDisjoint(with: finding.types))
            && (self.handlers.isEmpty || finding.handler.map(self.handlers.contains) ?? false)
    }
}
