import Faults
import FramePath
import FrameTrace
import ObjectLink

/// Profiles that come into force while sessions are held.
///
/// Shape: new ones go to the object server first and are in force here when it acknowledged them, so
/// that profiles which it refuses are in force nowhere. Without a link they are in force here at once
/// and the next `hello` carries them. Panic waits for nobody.
extension Edge {
    mutating func reload(
        _ id: ControlID,
        _ profiles: [Profile],
        _ texts: [LinkMessage.ProfileText],
        _ seed: UInt64
    ) {
        guard self.pendingReload == nil else {
            return self.answer(id, .conflict("another reload is under way: try again"))
        }
        let rules = PendingCommand.Rules(
            profiles: profiles,
            texts: texts,
            seed: seed,
            version: self.configuration.profileVersion &+ 1,
            isInstalled: false
        )
        if case .down = self.link {
            self.install(rules)
            return self.answer(id, .done("version \(rules.version); " + Self.later))
        }
        self.announce(rules, letsGo: false)
        self.wait(id, .reload(rules), for: self.configuration.limits.reloadTimeout)
    }

    mutating func panic(_ id: ControlID) {
        var version = self.configuration.profileVersion &+ 1
        if let earlier = self.pendingReload {
            version = max(version, earlier.version &+ 1)
            self.reloadSettled(.conflict("a panic came in between: no rule is in force"))
        }
        let rules = PendingCommand.Rules(
            profiles: [],
            texts: [],
            seed: self.configuration.seed,
            version: version,
            isInstalled: true
        )
        self.mark("control: panic")
        self.install(rules)
        for session in self.sessions.values.indices
        where !self.sessions.values[session].lanes.isEmpty {
            self.resume(session)
        }
        if case .down = self.link {
            return self.answer(id, .done("no rule is in force; " + Self.later))
        }
        self.announce(rules, letsGo: true)
        self.wait(id, .reload(rules), for: self.configuration.limits.reloadTimeout)
    }

    /// The object server has a version in force.
    mutating func acknowledged(_ version: UInt32) {
        if let rules = self.pendingReload, rules.version == version {
            if !rules.isInstalled { self.install(rules) }
            let names = rules.profiles.isEmpty ? "no rule" : "version \(version)"
            self.reloadSettled(.done(names + " is in force at the edge and at the object server"))
        }
        guard self.link != .up, version == self.configuration.profileVersion else { return }
        self.link = .up
        self.attachWaiting()
    }

    /// The object server could not read what it was sent.
    mutating func refused(_ reason: String) {
        // The answer to a hello comes before the answer to a reload that followed it.
        if self.link != .greeting, self.pendingReload != nil {
            return self.reloadSettled(.conflict("the object server refused it: " + reason))
        }
        self.link = .refused(reason: reason)
        self.rejectOpenings("the object server refused the profile: " + reason)
    }

    /// The link is gone before the answer to a reload came.
    mutating func reloadLostLink() {
        guard let rules = self.pendingReload else { return }
        if !rules.isInstalled { self.install(rules) }
        self.reloadSettled(.done("version \(rules.version); " + Self.later))
    }

    private static let later = "the object server gets it as soon as the link is up"

    private var pendingReload: PendingCommand.Rules? {
        for waiting in self.pending {
            if case .reload(let rules) = waiting.kind { return rules }
        }
        return nil
    }

    private mutating func reloadSettled(_ result: ControlResult) {
        for waiting in self.pending {
            if case .reload = waiting.kind { self.answer(waiting.id, result) }
        }
        self.pending.removeAll { if case .reload = $0.kind { true } else { false } }
    }

    private mutating func announce(_ rules: PendingCommand.Rules, letsGo: Bool) {
        self.emit(
            .control(
                .reload(
                    seed: rules.seed,
                    profiles: rules.texts,
                    version: rules.version,
                    letsGo: letsGo
                )
            )
        )
    }

    private mutating func install(_ rules: PendingCommand.Rules) {
        var engine = FaultEngine(
            profiles: rules.profiles,
            seed: rules.seed,
            version: rules.version
        )
        engine.keepState(of: self.checkpoint.engine)
        self.checkpoint.engine = engine
        self.configuration.profiles = rules.texts
        self.configuration.profileVersion = rules.version
        self.configuration.seed = rules.seed
        let names = rules.profiles.map(\.name).joined(separator: ", ")
        self.mark("profile version \(rules.version): " + (names.isEmpty ? "no faults" : names))
    }
}
