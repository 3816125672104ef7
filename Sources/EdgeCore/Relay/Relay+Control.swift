import Faults
import FramePath
import FrameTrace
import ObjectLink

/// What operators ask of a relay. An object is the sessions of one path, each with a leg of its own.
extension Relay {
    mutating func command(_ id: ControlID, _ command: ControlCommand) {
        guard self.pending.count < self.configuration.limits.commandsMax else {
            self.limitCounts.add(.commands)
            return self.answer(id, .unavailable("too many commands wait for their outcome"))
        }
        switch command {
        case .hibernate(let name): self.hibernate(id, name)
        case .wake(let name): self.wake(id, name)
        case .evict(let name, let keepsSockets): self.evict(id, name, keepsSockets: keepsSockets)
        case .close(let session, let code, let reason):
            guard let slot = self.slot(id, session) else { return }
            self.mark("control: close \(session)")
            self.end(slot, code: code, reason: reason)
            self.answer(id, .done("close \(code) is on its way to the client"))
        case .reset(let session):
            guard let slot = self.slot(id, session) else { return }
            self.mark("control: reset \(session)")
            self.resetClient(slot, reason: "an operator resets it")
            self.answer(id, .done("reset"))
        case .stall(let session):
            guard let slot = self.slot(id, session) else { return }
            self.mark("control: stall \(session)")
            self.makeLanes(slot)
            for station in [Station.objectReceive, .clientSend] {
                self.conversations.values[slot].lanes[station.rawValue].stop()
            }
            self.answer(id, .done("stalled: resume or panic lets it go"))
        case .resume(let session):
            guard let slot = self.slot(id, session) else { return }
            self.mark("control: resume \(session)")
            self.answer(id, .done("\(self.resume(slot)) messages were let go"))
        case .reload(let profiles, let texts, let seed):
            self.install(profiles, texts, seed: seed)
            self.answer(id, .done("version \(self.profileVersion) is in force at the edge"))
        case .panic:
            self.mark("control: panic")
            self.install([], [], seed: self.seed)
            for slot in self.conversations.values.indices { self.resume(slot) }
            self.answer(id, .done("no rule is in force at the edge"))
        }
    }

    private mutating func answer(_ id: ControlID, _ result: ControlResult) {
        self.emit(.answer(id, result))
    }

    // MARK: objects

    private mutating func hibernate(_ id: ControlID, _ name: String) {
        let slots = self.open(name)
        guard !slots.isEmpty else { return self.unknown(id, name) }
        for slot in slots where self.conversations.values[slot].backendStage == .awake {
            guard self.maySleep(slot) else {
                let what = "a message of \(self.conversations.values[slot].sessionID)"
                return self.answer(
                    id,
                    .conflict("prevents hibernation: \(what) is under way or held by a rule")
                )
            }
        }
        self.mark("control: hibernate " + name)
        for slot in slots where self.conversations.values[slot].backendStage == .awake {
            self.announceSleep(slot)
        }
        self.wait(id, name, for: .asleep, self.configuration.limits.sleepTimeout)
    }

    private mutating func wake(_ id: ControlID, _ name: String) {
        let slots = self.open(name)
        guard !slots.isEmpty else { return self.unknown(id, name) }
        self.mark("control: wake " + name)
        for slot in slots where self.conversations.values[slot].backendStage == .asleep {
            self.wake(slot)
        }
        self.wait(id, name, for: .awake, self.configuration.limits.wakeTimeout)
    }

    private mutating func evict(_ id: ControlID, _ name: String, keepsSockets: Bool) {
        let slots = self.open(name)
        guard !slots.isEmpty else { return self.unknown(id, name) }
        self.mark("control: evict " + name)
        for slot in slots { self.evict(slot, keepsSocket: keepsSockets) }
        let what = keepsSockets ? "held" : "closed"
        self.answer(id, .done("evicted: \(slots.count) sessions \(what)"))
    }

    private func open(_ name: String) -> [Int] {
        self.conversations.values.indices.filter {
            self.conversations.values[$0].stage == .open
                && self.conversations.values[$0].object == name
        }
    }

    private mutating func unknown(_ id: ControlID, _ name: String) {
        self.answer(id, .notFound("no object '\(name)' has a session: GET /objects lists them"))
    }

    private mutating func slot(_ id: ControlID, _ session: SessionID) -> Int? {
        let slot = self.conversations.values.firstIndex { $0.id == session && $0.stage == .open }
        if slot == nil {
            self.answer(id, .notFound("no open session \(session): GET /sessions lists them"))
        }
        return slot
    }

    // MARK: outcomes

    /// An operator waits until every leg of an object is in a stage.
    struct Pending: Sendable {
        var id: ControlID
        var object: String
        var stage: Conversation.BackendStage
    }

    private mutating func wait(
        _ id: ControlID,
        _ object: String,
        for stage: Conversation.BackendStage,
        _ span: Tick.Span
    ) {
        self.pending.append(Pending(id: id, object: object, stage: stage))
        self.alarms.set(.command(id), at: self.now + span)
    }

    /// Looks after each event, but only while somebody waits.
    mutating func settlePending() {
        guard !self.pending.isEmpty else { return }
        for waiting in self.pending {
            let slots = self.open(waiting.object)
            let isDone = slots.allSatisfy {
                self.conversations.values[$0].backendStage == waiting.stage
            }
            guard isDone else { continue }
            self.pending.removeAll { $0.id == waiting.id }
            guard !slots.isEmpty else {
                self.answer(waiting.id, .unavailable("its sessions ended meanwhile"))
                continue
            }
            self.answer(
                waiting.id,
                .done(waiting.stage == .asleep ? "it sleeps" : "it is awake")
            )
        }
    }

    mutating func commandTimedOut(_ id: ControlID) {
        guard let place = self.pending.firstIndex(where: { $0.id == id }) else { return }
        let word = self.pending.remove(at: place).stage == .asleep ? "sleep" : "wake"
        self.answer(id, .unavailable("it did not \(word) within the time-out"))
    }

    // MARK: rules

    private mutating func install(
        _ profiles: [Profile],
        _ texts: [LinkMessage.ProfileText],
        seed: UInt64
    ) {
        self.profileVersion &+= 1
        var engine = FaultEngine(
            profiles: profiles,
            seed: seed,
            version: self.profileVersion
        )
        engine.keepState(of: self.checkpoint.engine)
        self.checkpoint.engine = engine
        self.profiles = texts
        self.seed = seed
        let names = profiles.map(\.name).joined(separator: ", ")
        self.mark(
            "profile version \(self.profileVersion): " + (names.isEmpty ? "no faults" : names)
        )
    }

    @discardableResult
    private mutating func resume(_ slot: Int) -> Int {
        guard !self.conversations.values[slot].lanes.isEmpty else { return 0 }
        let serial = self.conversations.values[slot].serial
        let count = self.conversations.values[slot].lanes.reduce(0) { $0 + $1.count }
        for station in Station.allCases {
            self.conversations.values[slot].lanes[station.rawValue].letGo(now: self.now)
        }
        self.laneDue(slot)
        // Without lanes its frames may pass the straight way again.
        if self.conversations.values[slot].serial == serial, self.areLanesIdle(slot) {
            self.conversations.values[slot].lanes = []
        }
        return count
    }

    private mutating func mark(_ words: String) {
        guard self.checkpoint.recorder.isOn else { return }
        self.checkpoint.recorder.record(.mark(words), at: self.now)
    }
}
