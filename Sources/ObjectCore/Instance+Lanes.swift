import Faults
import FramePath
import FrameTrace
import ObjectLink

extension Instance {
    /// Applies a verdict at a stage.
    ///
    /// - Returns: whether the element goes on at once; else it is in the lane or gone, and the caller
    ///   drains the session.
    mutating func admit(
        _ transit: Transit,
        _ verdict: Verdict,
        _ session: SessionID,
        _ stage: Stage,
        _ now: Tick,
        _ outside: inout Surroundings
    ) -> Bool {
        guard let isIdle = self.paths[session]?.isIdle(stage),
            let count = self.paths[session]?.count(stage),
            let isBusy = self.paths[session]?.isBusy
        else { return false }
        var effects = Effects()
        switch verdict {
        case .pass:
            if isIdle { return true }
        case .apply(let decided):
            effects = decided
        }
        guard count < outside.configuration.limits.heldMessagesMax else {
            let why = "a rule holds \(count) messages at \(stage.point.rawValue)"
            outside.life(self.step(.queueFull, session: session, count: count, why: why), at: now)
            self.cut(session, code: 1013, reason: "too many messages held by a rule", &outside)
            return false
        }
        self.paths[session]?.enter(transit, effects, stage: stage, now: now)
        if !isBusy {
            self.paths[session]?.isBusy = true
            self.busy.append(session)
        }
        self.end(effects.ending, session, stage, &outside)
        return false
    }

    private mutating func end(
        _ ending: Effects.Ending,
        _ session: SessionID,
        _ stage: Stage,
        _ outside: inout Surroundings
    ) {
        switch ending {
        case .none, .drop: break
        case .close(let code, let reason): self.cut(session, code: code, reason: reason, &outside)
        case .reset:
            let reason = "reset by a rule at \(stage.point.rawValue)"
            self.cut(session, code: nil, reason: reason, &outside)
        case .evict(let keepsSockets):
            self.eviction = keepsSockets ? .keepingSockets : .closingSockets
        }
    }

    /// Ends the client's leg: nothing of the session moves any more but the close that comes back.
    mutating func cut(
        _ session: SessionID,
        code: UInt16?,
        reason: String,
        _ outside: inout Surroundings
    ) {
        guard self.context.sockets[session] != nil else { return }
        self.context.sockets[session]?.isGone = true
        self.paths[session]?.clearAll()
        outside.send(
            .cutSession(session: session, code: code, reason: reason),
            on: self.stream
        )
    }

    /// Lets go on what came in and whose time has come.
    mutating func drainInbound(_ session: SessionID, _ now: Tick, _ outside: inout Surroundings) {
        guard self.paths[session]?.isBusy ?? false else { return }
        while self.eviction == nil, let transit = self.paths[session]?.next(.received, now: now) {
            self.pass(transit, session, now, &outside)
        }
        while self.eviction == nil, let transit = self.paths[session]?.next(.dispatched, now: now) {
            self.dispatch(transit, session, now, &outside)
        }
        self.rest(session)
    }

    /// Lets go on what goes out and whose time has come; runs no handler, so it is safe inside one.
    mutating func drainOutbound(_ session: SessionID, _ now: Tick, _ outside: inout Surroundings) {
        guard self.paths[session]?.isBusy ?? false else { return }
        while self.eviction == nil, let transit = self.paths[session]?.next(.sent, now: now) {
            self.pump(transit, session, now, &outside)
        }
        self.drainWritten(session, now, &outside)
        self.runPump(session, now, &outside)
    }

    /// Takes a session off the busy list when nothing of it is held any more.
    mutating func rest(_ session: SessionID) {
        guard let path = self.paths[session], path.isBusy,
            Stage.allCases.allSatisfy({ path.isIdle($0) })
        else { return }
        self.paths[session]?.isBusy = false
        self.busy.removeAll { $0 == session }
    }

    mutating func drainWritten(
        _ session: SessionID,
        _ now: Tick,
        _ outside: inout Surroundings
    ) {
        while self.eviction == nil, let transit = self.paths[session]?.next(.written, now: now) {
            self.write(transit, session, now, &outside)
        }
    }

    /// What prevents sleep, in plain words; `nil` when nothing does.
    func pin(mode: ObjectMode, linkBytesMax: Int) -> String? {
        if mode == .resident { return "prevents hibernation: resident mode never hibernates" }
        if let timer = self.context.timers.max(by: { $0.due < $1.due }) {
            return "prevents hibernation: setTimeout pending (\(timer.reason))"
        }
        for session in self.context.order {
            guard let path = self.paths[session] else { continue }
            if path.isMoving {
                return "prevents hibernation: a rule holds messages of \(session)"
            }
            if !path.pump.isEmpty, !path.isStuck(.written) {
                let count = path.pump.count
                return "prevents hibernation: send waiting for a slow client (\(count) messages)"
            }
        }
        let bytes = self.context.order.reduce(0) {
            $0 + (self.context.sockets[$1]?.packageBytesMax ?? 0)
        }
        guard bytes <= linkBytesMax else {
            return "prevents hibernation: \(bytes) bytes of packages do not fit one link message"
        }
        return nil
    }

    /// What survives a sleep, in the order of accept.
    var packages: [LinkMessage.SessionPackage] {
        self.context.order.compactMap { self.context.sockets[$0]?.package }
    }
}
