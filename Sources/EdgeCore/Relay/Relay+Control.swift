import Faults
import FramePath
import FrameTrace

/// What operators ask of a relay: the same as of an edge with objects.
///
/// Shape: an object is every session of its name. Sleep and wake are answered when all of them have
/// slept or are awake, or when their time is over.
extension Relay {
    /// A command whose outcome is not known yet.
    struct Pending: Sendable {
        enum Kind: Sendable {
            case sleep
            case wake
        }

        var id: ControlID
        var kind: Kind
        var object: String
        var deadline: Tick
    }

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
            guard let slot = self.session(id, name) else { return }
            self.markCommand("close", name.description)
            self.end(slot, code: code, reason: reason)
            self.answer(id, .done("close \(code) is on its way to the client"))
        case .reset(let name):
            guard let slot = self.session(id, name) else { return }
            self.markCommand("reset", name.description)
            self.resetClient(slot, reason: "an operator resets it")
            self.answer(id, .done("reset"))
        case .stall(let name):
            guard let slot = self.session(id, name) else { return }
            self.markCommand("stall", name.description)
            self.stall(slot)
            self.answer(id, .done("stalled: resume or panic lets it go"))
        case .resume(let name):
            guard let slot = self.session(id, name) else { return }
            self.markCommand("resume", name.description)
            self.answer(id, .done("\(self.resume(slot)) messages were let go"))
        case .reload(let profiles, let texts, let seed):
            self.configuration.profiles = texts
            self.configuration.seed = seed
            self.install(profiles)
            self.answer(
                id,
                .done("version \(self.configuration.profileVersion) is in force at the edge")
            )
        case .panic:
            self.configuration.profiles = []
            self.mark("control: panic")
            self.install([])
            for slot in self.openSlots() { self.resume(slot) }
            self.answer(id, .done("no rule is in force at the edge"))
        }
    }

    private mutating func install(_ profiles: [Profile]) {
        self.configuration.profileVersion &+= 1
        let version = self.configuration.profileVersion
        var engine = FaultEngine(
            profiles: profiles,
            seed: self.configuration.seed,
            version: version
        )
        engine.keepState(of: self.checkpoint.engine)
        self.checkpoint.engine = engine
        let names = profiles.map(\.name).joined(separator: ", ")
        self.mark("profile version \(version): " + (names.isEmpty ? "no faults" : names))
    }

    // MARK: objects

    private mutating func hibernate(_ id: ControlID, _ name: String) {
        guard let slots = self.slots(id, of: name) else { return }
        self.markCommand("hibernate", name)
        for slot in slots where self.conversations.values[slot].backendStage == .awake {
            if self.maySleep(slot) { self.announceSleep(slot) }
        }
        self.wait(id, .sleep, name, for: self.configuration.limits.sleepTimeout)
    }

    private mutating func wake(_ id: ControlID, _ name: String) {
        guard let slots = self.slots(id, of: name) else { return }
        self.markCommand("wake", name)
        for slot in slots where self.conversations.values[slot].backendStage == .asleep {
            self.wake(slot)
        }
        self.wait(id, .wake, name, for: self.configuration.limits.wakeTimeout)
    }

    private mutating func evict(_ id: ControlID, _ name: String, keepsSockets: Bool) {
        guard let slots = self.slots(id, of: name) else { return }
        self.markCommand("evict", name)
        for slot in slots { self.evict(slot, keepsSocket: keepsSockets) }
        let what = keepsSockets ? "held" : "closed"
        self.answer(id, .done("evicted: \(slots.count) sessions \(what)"))
    }

    private func openSlots() -> [Int] {
        self.conversations.values.indices.filter {
            self.conversations.values[$0].serial != 0
                && self.conversations.values[$0].stage == .open
        }
    }

    private mutating func slots(_ id: ControlID, of name: String) -> [Int]? {
        let slots = self.openSlots().filter { self.conversations.values[$0].object == name }
        guard slots.isEmpty else { return slots }
        self.answer(
            id,
            .notFound("no object '\(name)' with a session: GET /objects lists those that are known")
        )
        return nil
    }

    private mutating func session(_ id: ControlID, _ session: SessionID) -> Int? {
        let slot = self.openSlots().first { self.conversations.values[$0].id == session }
        if slot == nil {
            self.answer(id, .notFound("no open session \(session): GET /sessions lists them"))
        }
        return slot
    }

    // MARK: outcomes

    mutating func answer(_ id: ControlID, _ result: ControlResult) {
        self.emit(.answer(id, result))
    }

    private mutating func wait(
        _ id: ControlID,
        _ kind: Pending.Kind,
        _ object: String,
        for span: Tick.Span
    ) {
        let deadline = self.now + span
        self.pending.append(
            Pending(id: id, kind: kind, object: object, deadline: deadline)
        )
        self.alarms.set(.command, at: deadline)
    }

    /// Answers commands whose outcome has come, or never came.
    mutating func settle() {
        let waiting = self.pending
        self.pending.removeAll()
        for command in waiting {
            let stages = self.openSlots()
                .filter { self.conversations.values[$0].object == command.object }
                .map { self.conversations.values[$0].backendStage }
            let isDone =
                switch command.kind {
                case .sleep: stages.allSatisfy { $0 == .asleep }
                case .wake: stages.allSatisfy { $0 == .awake }
                }
            if isDone {
                self.answer(
                    command.id,
                    .done(command.kind == .sleep ? "it sleeps" : "it is awake")
                )
            } else if command.deadline <= self.now {
                let word = command.kind == .sleep ? "sleep" : "wake"
                self.answer(
                    command.id,
                    .unavailable("not every session did \(word) within the time-out")
                )
            } else {
                self.pending.append(command)
            }
        }
    }

    // MARK: sessions

    /// Stops both ways at the client's side: nothing it sends goes on, nothing reaches its socket.
    private mutating func stall(_ slot: Int) {
        self.makeLanes(slot)
        self.conversations.values[slot].isStalled = true
        for station in [Station.objectReceive, .clientSend] {
            self.conversations.values[slot].lanes[station.rawValue].stop()
        }
    }

    /// Lets go what is held of a session; gives how many messages that were.
    @discardableResult
    private mutating func resume(_ slot: Int) -> Int {
        self.conversations.values[slot].isStalled = false
        guard !self.conversations.values[slot].lanes.isEmpty else { return 0 }
        let count = self.conversations.values[slot].lanes.reduce(0) { $0 + $1.count }
        for station in Station.allCases {
            self.conversations.values[slot].lanes[station.rawValue].letGo(now: self.now)
        }
        self.laneDue(slot)
        return count
    }

    private mutating func markCommand(_ word: String, _ what: String) {
        self.mark("control: " + word + " " + what)
    }

    private mutating func mark(_ words: String) {
        guard self.checkpoint.recorder.isOn else { return }
        self.checkpoint.recorder.record(.mark(words), at: self.now)
    }
}
