import Faults
import FramePath
import FrameTrace
import ObjectLink

/// What operators ask, and when they are answered.
extension Edge {
    mutating func command(_ id: ControlID, _ command: ControlCommand) {
        guard self.pending.count < self.configuration.limits.commandsMax else {
            self.limitCounts.add(.commands)
            return self.answer(id, .unavailable("too many commands wait for their outcome"))
        }
        switch command {
        case .hibernate(let name): self.hibernate(id, name)
        case .wake(let name): self.wake(id, name)
        case .evict(let name, let keepsSockets): self.evict(id, name, keepsSockets: keepsSockets)
        case .close(let name, let code, let reason):
            guard let session = self.session(id, name) else { return }
            self.markCommand("close", name.description)
            self.sendClose(session, code: code, reason: reason, handler: .edge)
            self.answer(id, .done("close \(code) is on its way to the client"))
        case .reset(let name):
            guard let session = self.session(id, name) else { return }
            guard let leg = self.sessions.values[session].leg else {
                return self.answer(id, .conflict("its client is gone already"))
            }
            self.markCommand("reset", name.description)
            self.resetLeg(leg, reason: "an operator resets it")
            self.answer(id, .done("reset"))
        case .stall(let name):
            guard let session = self.session(id, name) else { return }
            self.markCommand("stall", name.description)
            self.stall(session)
            self.answer(id, .done("stalled: resume or panic lets it go"))
        case .resume(let name):
            guard let session = self.session(id, name) else { return }
            self.markCommand("resume", name.description)
            self.answer(id, .done("\(self.resume(session)) messages were let go"))
        case .reload(let profiles, let texts, let seed):
            self.reload(id, profiles, texts, seed)
        case .panic: self.panic(id)
        }
    }

    mutating func answer(_ id: ControlID, _ result: ControlResult) {
        self.emit(.answer(id, result))
    }

    // MARK: objects

    private mutating func hibernate(_ id: ControlID, _ name: String) {
        guard let object = self.object(id, name) else { return }
        switch self.objects.values[object].stage {
        case .asleep, .evicted:
            self.answer(id, .done("it has no instance: nothing to put to sleep"))
        case .wanted, .waking:
            self.answer(id, .conflict("it is waking: ask again when it is awake"))
        case .announced:
            self.wait(id, .sleep(object: object), for: self.configuration.limits.sleepTimeout)
        case .awake:
            self.markCommand("hibernate", name)
            self.wait(id, .sleep(object: object), for: self.configuration.limits.sleepTimeout)
            self.send(object, .hibernateRequest)
        }
    }

    private mutating func wake(_ id: ControlID, _ name: String) {
        guard let object = self.object(id, name) else { return }
        switch self.objects.values[object].stage {
        case .awake: return self.answer(id, .done("it is awake"))
        case .announced:
            return self.answer(id, .conflict("it is about to sleep: ask again when it has slept"))
        case .asleep, .evicted, .wanted, .waking: break
        }
        if let reason = self.whyNoObjects { return self.answer(id, .unavailable(reason)) }
        self.markCommand("wake", name)
        let limits = self.configuration.limits
        self.wait(id, .wake(object: object), for: limits.wakeTimeout)
        self.wake(object, .control)
    }

    private mutating func evict(_ id: ControlID, _ name: String, keepsSockets: Bool) {
        guard let object = self.object(id, name) else { return }
        let hadInstance = self.objects.values[object].stream != nil
        let count = self.objects.values[object].sessions.count
        guard hadInstance || (!keepsSockets && count > 0) else {
            return self.answer(id, .conflict("it has no instance: it sleeps or never woke"))
        }
        self.markCommand("evict", name)
        self.evict(object, keepsSockets: keepsSockets, why: "an operator evicts it")
        let what = keepsSockets ? "held" : "reset"
        self.answer(id, .done("evicted: \(count) sessions \(what)"))
    }

    private mutating func object(_ id: ControlID, _ name: String) -> Int? {
        if let object = self.objectSlots[name] { return object }
        self.answer(id, .notFound("no object '\(name)': GET /objects lists those that are known"))
        return nil
    }

    private mutating func session(_ id: ControlID, _ session: SessionID) -> Int? {
        if let slot = self.sessionSlots[session], self.sessions.values[slot].stage != .closed {
            return slot
        }
        self.answer(id, .notFound("no open session \(session): GET /sessions lists them"))
        return nil
    }

    // MARK: outcomes

    mutating func wait(_ id: ControlID, _ kind: PendingCommand.Kind, for span: Tick.Span) {
        self.pending.append(PendingCommand(id: id, kind: kind))
        self.alarms.set(.command(id), at: self.now + span)
    }

    /// Answers those who wait for an object to sleep.
    mutating func sleepSettled(_ object: Int, _ result: ControlResult) {
        self.settle(result) { if case .sleep(object) = $0 { true } else { false } }
    }

    /// Answers those who wait for an object to wake.
    mutating func wakeSettled(_ object: Int, _ result: ControlResult) {
        self.settle(result) { if case .wake(object) = $0 { true } else { false } }
    }

    private mutating func settle(
        _ result: ControlResult,
        where matches: (PendingCommand.Kind) -> Bool
    ) {
        guard !self.pending.isEmpty else { return }
        for waiting in self.pending where matches(waiting.kind) { self.answer(waiting.id, result) }
        self.pending.removeAll { matches($0.kind) }
    }

    mutating func commandTimedOut(_ id: ControlID) {
        guard let place = self.pending.firstIndex(where: { $0.id == id }) else { return }
        let waiting = self.pending.remove(at: place)
        switch waiting.kind {
        case .sleep: self.answer(id, .unavailable("it did not sleep within the time-out"))
        case .wake: self.answer(id, .unavailable("it did not wake within the time-out"))
        case .reload(let rules):
            let version = self.configuration.profileVersion
            self.answer(
                id,
                .unavailable(
                    "the object server did not acknowledge version \(rules.version); "
                        + "version \(version) is in force at the edge"
                )
            )
        }
    }

    // MARK: sessions

    /// Stops both ways at the client's side: nothing it sends goes on, nothing reaches its socket.
    private mutating func stall(_ session: Int) {
        self.makeLanes(session)
        self.sessions.values[session].isStalled = true
        for station in [Station.objectReceive, .clientSend] {
            self.sessions.values[session].lanes[station.rawValue].stop()
        }
    }

    /// Lets go what is held of a session; gives how many messages that were.
    @discardableResult
    mutating func resume(_ session: Int) -> Int {
        self.sessions.values[session].isStalled = false
        guard !self.sessions.values[session].lanes.isEmpty else { return 0 }
        let count = self.sessions.values[session].lanes.reduce(0) { $0 + $1.count }
        for station in Station.allCases {
            self.sessions.values[session].lanes[station.rawValue].letGo(now: self.now)
        }
        self.laneDue(self.sessions.values[session].id)
        return count
    }

    mutating func markCommand(_ word: String, _ what: String) {
        self.mark("control: " + word + " " + what)
    }

    mutating func mark(_ words: String) {
        guard self.checkpoint.recorder.isOn else { return }
        self.checkpoint.recorder.record(.mark(words), at: self.now)
    }
}
