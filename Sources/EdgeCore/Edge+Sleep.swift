import DequeModule
import FramePath
import FrameTrace
import ObjectLink

import struct NIOCore.ByteBuffer

/// Sleep: the barrier, and the packages that are all that survives.
extension Edge {
    /// The object will sleep unless something reached it: hold everything back and say so.
    mutating func sleepAnnounced(_ object: Int) {
        guard self.objects.values[object].stage == .awake else { return }
        self.objects.values[object].stage = .announced
        self.trace(.hibernateReady, object: object)
        self.send(object, .hibernateReady)
    }

    mutating func sleepCancelled(_ object: Int) {
        guard self.objects.values[object].stage == .announced else { return }
        self.objects.values[object].stage = .awake
        self.sleepSettled(object, .conflict("an event came before it slept: ask again"))
        self.flush(object)
    }

    /// The instance is gone; its packages are here.
    mutating func fellAsleep(
        _ object: Int,
        wake: UInt32,
        packages: [LinkMessage.SessionPackage],
        autoRequest: String?,
        autoResponse: String?
    ) {
        self.sawWake(object, wake)
        self.keep(object, packages)
        self.slim(object)
        self.objects.values[object].autoRequest = autoRequest
        self.objects.values[object].autoResponse = autoResponse
        if let stream = self.objects.values[object].stream { self.emit(.endStream(stream)) }
        self.forgetStream(object)
        self.objects.values[object].stage = .asleep
        self.objects.values[object].phase = .hibernated
        self.objects.values[object].wakeDeadline = nil
        self.trace(.hibernated, object: object, count: packages.count)
        self.sleepSettled(object, .done("it sleeps"))
        self.rejectUnanswered(object)
        guard self.hasWork(object) else { return self.forgetIfMany(object) }
        self.wake(object, self.firstReason(object))
    }

    /// An upgrade that the object slept over will never be answered.
    private mutating func rejectUnanswered(_ object: Int) {
        for session in self.objects.values[object].sessions {
            // Sleep comes after every event, so it heard them all.
            self.sessions.values[session].unanswered = nil
        }
        for session in self.objects.values[object].sessions
        where self.sessions.values[session].stage == .opening
            && self.sessions.values[session].isAsked
        {
            self.rejected(session, status: 502, reason: "the object went to sleep unanswered")
        }
    }

    /// Compares the barrier's packages with what was held, traces differences, keeps the barrier's.
    private mutating func keep(_ object: Int, _ packages: [LinkMessage.SessionPackage]) {
        var named: Set<SessionID> = []
        for package in packages {
            named.insert(package.session)
            guard let session = self.sessionSlots[package.session] else {
                self.differs(object, package.session, "the edge holds no such session")
                continue
            }
            if let why = self.sessions.values[session].package.difference(from: package) {
                self.differs(object, package.session, why)
                self.sessions.values[session].package.take(package)
            }
        }
        for session in self.objects.values[object].sessions
        where self.sessions.values[session].isAccepted
            && !self.sessions.values[session].isEndForwarded
            && !named.contains(self.sessions.values[session].id)
        {
            self.differs(object, self.sessions.values[session].id, "the object no longer lists it")
        }
    }

    /// Lets go of what the legs of a sleeping object keep room for.
    private mutating func slim(_ object: Int) {
        for session in self.objects.values[object].sessions {
            guard let leg = self.sessions.values[session].leg,
                self.legs.values[leg].unwritten.isEmpty
            else { continue }
            self.legs.values[leg].unwritten = []
        }
    }

    private mutating func differs(_ object: Int, _ session: SessionID, _ why: String) {
        self.trace(.packageDiffers, object: object, session: session, why: why)
    }

    /// The newest attachment, kept also for an awake object: it may crash.
    mutating func attached(_ id: SessionID, _ attachment: ByteBuffer) {
        guard let session = self.sessionSlots[id] else { return }
        self.sessions.values[session].package.attach(attachment)
    }

    mutating func lived(_ object: Int, phase: Phase, wake: UInt32) {
        self.sawWake(object, wake)
        self.objects.values[object].phase = phase
        switch phase {
        case .fresh, .woken, .active, .idle: self.becameAwake(object)
        case .waking, .hibernating, .hibernated, .evicted, .closing: break
        }
    }

    mutating func sawWake(_ object: Int, _ wake: UInt32) {
        let highest = self.objects.values[object].wake ?? 0
        self.objects.values[object].wake = max(highest, wake)
    }
}
