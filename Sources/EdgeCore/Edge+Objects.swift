import DequeModule
import FramePath
import FrameTrace
import ObjectLink

import struct NIOCore.ByteBuffer

/// Objects: found, woken, flushed, lost.
extension Edge {
    /// The slot of an object, made when it is first named.
    mutating func object(named name: String) -> Int? {
        if let slot = self.objectSlots[name] { return slot }
        let slot = self.objects.insert(HeldObject(name: name))
        self.objectSlots[name] = slot
        return slot
    }

    /// Past the bound an object without sessions is forgotten, and its ordinals begin again.
    mutating func forgetIfMany(_ object: Int) {
        guard self.objects.usedCount > self.configuration.limits.objectsMax,
            self.objects.values[object].sessions.isEmpty,
            self.objects.values[object].queue.isEmpty,
            self.objects.values[object].stream == nil,
            self.objects.values[object].stage != .wanted
        else { return }
        self.objectSlots[self.objects.values[object].name] = nil
        self.objects.remove(at: object)
    }

    /// Makes sure that an object is awake or on its way to it.
    mutating func wake(_ object: Int, _ reason: LinkMessage.WakeReason) {
        switch self.objects.values[object].stage {
        // Of an announced sleep the barrier's outcome decides.
        case .awake, .waking, .wanted, .announced: return
        case .asleep, .evicted: break
        }
        self.objects.values[object].wakeReason = reason
        let at = self.now + self.configuration.limits.wakeTimeout
        self.objects.values[object].wakeDeadline = at
        self.alarms.set(.wake(object), at: at)
        self.objects.values[object].stage = .wanted
        if self.link == .up { self.openStream(object) }
    }

    mutating func openStream(_ object: Int) {
        self.lastStream += 1
        let stream = LinkStreamID(number: self.lastStream)
        self.streams[stream] = object
        let reason = self.objects.values[object].wakeReason
        self.objects.values[object].stream = stream
        self.objects.values[object].stage = .waking
        self.objects.values[object].phase =
            self.objects.values[object].wake == nil ? .fresh : .waking
        self.trace(.wakeStart, object: object, why: reason.rawValue)
        var packages: [LinkMessage.SessionPackage] = []
        for session in self.objects.values[object].sessions
        where self.sessions.values[session].isAccepted && !self.sessions.values[session].isEndSent {
            packages.append(self.sessions.values[session].linkPackage)
            // A new instance starts with the whole credit.
            self.sessions.values[session].creditOwed = 0
        }
        self.emit(.openStream(stream, object: self.objects.values[object].name))
        self.emit(
            .send(
                stream,
                .wake(
                    reason: reason,
                    highestWake: self.objects.values[object].wake,
                    packages: packages
                )
            )
        )
    }

    mutating func becameAwake(_ object: Int) {
        guard self.objects.values[object].stage == .waking else { return }
        self.objects.values[object].stage = .awake
        self.objects.values[object].wakeDeadline = nil
        self.trace(.woken, object: object, count: self.objects.values[object].sessions.count)
        self.wakeSettled(object, .done("it is awake"))
        self.flush(object)
    }

    /// Sends everything that waited: first what had passed `edge.tx`, then the queue.
    mutating func flush(_ object: Int) {
        for session in self.objects.values[object].sessions {
            self.pump(session, .objectSend)
        }
        while self.objects.values[object].stage == .awake,
            let entry = self.objects.values[object].queue.popFirst()
        {
            switch entry {
            case .open(let id, let request):
                guard let session = self.sessionSlots[id] else { continue }
                self.sessions.values[session].isAsked = true
                self.send(object, .open(request))
            case .held(let id, let held):
                self.leftQueue(object, held)
                guard let session = self.sessionSlots[id] else { continue }
                self.cross(session, .objectSend, held)
            }
        }
        for session in self.objects.values[object].sessions
        where self.sessions.values[session].creditOwed
            >= self.configuration.limits.creditStepBytes
        {
            self.grant(session)
        }
        self.resumeReads(object)
    }

    private mutating func leftQueue(_ object: Int, _ held: Held) {
        guard held.end == nil else { return }
        self.objects.values[object].queueMessages -= 1
        self.objects.values[object].queueBytes -= held.message.payload.readableBytes
    }

    /// What one object does not take stops its own clients, and nobody else's.
    mutating func streamCongested(_ stream: LinkStreamID, _ isCongested: Bool) {
        guard let object = self.streams[stream] else { return }
        self.objects.values[object].isCongested = isCongested
        self.resumeReads(object)
    }

    /// An object has no stream any more, nor what waited for it there.
    mutating func forgetStream(_ object: Int) {
        if let stream = self.objects.values[object].stream { self.streams[stream] = nil }
        self.objects.values[object].stream = nil
        self.objects.values[object].isCongested = false
        self.resumeReads(object)
    }

    private mutating func resumeReads(_ object: Int) {
        guard self.objects.values[object].hasPausedLegs,
            self.objects.values[object].queue.isEmpty, !self.objects.values[object].isCongested
        else { return }
        self.objects.values[object].hasPausedLegs = false
        for session in self.objects.values[object].sessions {
            guard let leg = self.sessions.values[session].leg, self.legs.values[leg].isReadPaused
            else { continue }
            self.legs.values[leg].isReadPaused = false
            self.resumeReads(leg: leg)
        }
    }

    mutating func wakeTimedOut(_ object: Int) {
        guard let deadline = self.objects.values[object].wakeDeadline, deadline <= self.now
        else { return }
        self.objects.values[object].wakeDeadline = nil
        self.trace(.wakeFailed, object: object, why: "no sign of life within the time-out")
        if let stream = self.objects.values[object].stream {
            self.forgetStream(object)
            self.emit(.resetStream(stream))
        }
        self.wakeSettled(object, .unavailable("no sign of life within the time-out"))
        let wasMet = self.objects.values[object].wake != nil
        self.objects.values[object].stage = wasMet ? .evicted : .asleep
        self.failQueue(object)
    }

    /// Tells everybody who waits for an object that it is unavailable.
    private mutating func failQueue(_ object: Int) {
        let queue = self.objects.values[object].queue
        self.objects.values[object].queue.removeAll()
        self.objects.values[object].queueMessages = 0
        self.objects.values[object].queueBytes = 0
        for entry in queue {
            switch entry {
            case .open(let id, _):
                guard let session = self.sessionSlots[id] else { continue }
                self.rejected(session, status: 502, reason: "the object did not wake in time")
            case .held(let id, let held):
                guard let session = self.sessionSlots[id] else { continue }
                self.closeUnavailable(session)
                guard held.end != nil else { continue }
                self.sessions.values[session].isEndSent = true
                self.removeIfDone(session)
            }
        }
        // What passed `edge.tx` and waits in a lane for the object is queued for it too.
        for session in self.objects.values[object].sessions where self.hasWaitingSend(session) {
            self.closeUnavailable(session)
            guard self.sessions.values[session].stage == .closed else { continue }
            self.sessions.values[session].isEndSent = true
            self.removeIfDone(session)
        }
        self.resumeReads(object)
    }

    mutating func retryWake(_ object: Int) {
        guard self.objects.values[object].stage == .wanted, self.link == .up else { return }
        self.openStream(object)
    }

    /// A rule at a point of the edge, or an operator, throws the instance out.
    mutating func evict(_ object: Int, keepsSockets: Bool, why: String = "a rule evicts it") {
        if !keepsSockets {
            for session in self.objects.values[object].sessions {
                // The instance that could be told is gone with it.
                self.sessions.values[session].isEndForwarded = true
                self.sessions.values[session].isEndSent = true
                guard let leg = self.sessions.values[session].leg else {
                    self.removeIfDone(session)
                    continue
                }
                self.resetLeg(leg, reason: "its object was evicted")
            }
        }
        guard let stream = self.objects.values[object].stream else { return }
        self.emit(.resetStream(stream))
        self.instanceLost(object, .evicted, why: why)
    }

    /// An instance is gone without a package: sessions are held, what was not yet sent is kept.
    mutating func instanceLost(_ object: Int, _ what: TraceEvent.LifeStep.What, why: String) {
        self.forgetStream(object)
        let wasWaking = self.objects.values[object].stage == .waking
        self.objects.values[object].stage = .evicted
        self.objects.values[object].phase = .evicted
        self.trace(what, object: object, why: why)
        for session in self.objects.values[object].sessions { self.traceSentLost(session) }
        for session in self.objects.values[object].sessions
        where self.sessions.values[session].stage == .opening
            && self.sessions.values[session].isAsked
        {
            self.rejected(session, status: 502, reason: "the object was lost: " + why)
        }
        self.sleepSettled(object, .unavailable("the object was lost: " + why))
        guard self.hasWork(object) else {
            self.objects.values[object].wakeDeadline = nil
            self.wakeSettled(object, .unavailable("the object was lost: " + why))
            return
        }
        guard wasWaking else { return self.wake(object, self.firstReason(object)) }
        // An instance that dies while it wakes is tried again, but not in a tight circle.
        self.objects.values[object].stage = .wanted
        self.alarms.set(.retry(object), at: self.now + self.configuration.limits.wakeRetry)
    }

    func hasWork(_ object: Int) -> Bool {
        !self.objects.values[object].queue.isEmpty
            || self.objects.values[object].sessions.contains { self.hasWaitingSend($0) }
    }

    func firstReason(_ object: Int) -> LinkMessage.WakeReason {
        switch self.objects.values[object].queue.first {
        case .open: .fetch
        case .held(_, let held): Self.reason(held)
        case nil: .text
        }
    }
}
