import DequeModule
import FramePath
import FrameTrace
import ObjectLink

/// The link to the object server: its control stream and the objects' streams.
extension Edge {
    mutating func linkUp() {
        self.link = .greeting
        self.emit(
            .control(
                .hello(
                    edge: self.configuration.edgeID,
                    run: self.configuration.run,
                    seed: self.configuration.seed,
                    profiles: self.configuration.profiles,
                    version: self.configuration.profileVersion
                )
            )
        )
    }

    mutating func linkDown(_ reason: String) {
        switch self.link {
        case .greeting, .up, .refused: self.linkLosses &+= 1
        case .down: break
        }
        self.link = .down(reason: reason)
        self.reloadLostLink()
        self.rejectOpenings("no object server: " + reason)
        for object in self.objects.values.indices
        where self.objects.values[object].stream != nil {
            self.instanceLost(object, .lost, why: reason)
        }
        for slot in self.legs.values.indices {
            guard let request = self.intakes[slot]?.request else { continue }
            self.failed(request, reason: "no object server: " + reason)
        }
        guard self.configuration.onObjectLoss == .drop else { return }
        for session in self.sessions.values.indices
        where self.sessions.values[session].stage == .open {
            self.sessions.values[session].isUnavailable = true
            self.sendClose(session, code: 1012, reason: "service restart", handler: .edge)
        }
    }

    /// 502 is for upgrades that still wait; held sessions never hear of it.
    mutating func rejectOpenings(_ reason: String) {
        for session in self.sessions.values.indices
        where self.sessions.values[session].object >= 0
            && self.sessions.values[session].stage == .opening
        {
            let id = self.sessions.values[session].id
            let object = self.sessions.values[session].object
            self.objects.values[object].queue.removeAll {
                if case .open(let queued, _) = $0 { queued == id } else { false }
            }
            self.rejected(session, status: 502, reason: reason)
        }
    }

    mutating func control(_ message: LinkMessage) {
        switch message {
        case .helloAck(let version): self.acknowledged(version)
        case .helloRefused(let reason): self.refused(reason)
        case .attachRequest(let name, let reason):
            guard let object = self.objectSlots[name],
                self.objects.values[object].sessions.contains(where: {
                    self.sessions.values[$0].isAccepted
                })
            else { return }
            self.wake(object, reason)
        case .hello, .reload, .wake, .open, .message, .close, .error, .hibernateReady,
            .hibernateRequest, .credit, .accept, .reject, .send, .closeSession, .cutSession,
            .attach,
            .autoResponse, .life, .hibernateBegin, .hibernateCancel, .hibernateRefused, .hibernate:
            self.misplaced(message, on: "the control stream")
        }
    }

    /// Opens the streams of everything that waited for the link.
    mutating func attachWaiting() {
        for object in self.objects.values.indices {
            switch self.objects.values[object].stage {
            case .wanted: self.openStream(object)
            case .asleep, .evicted:
                if self.hasWork(object) { self.wake(object, self.firstReason(object)) }
            case .waking, .awake, .announced: break
            }
        }
    }

    mutating func streamMessage(_ stream: LinkStreamID, _ message: LinkMessage) {
        // A stream that was given up may still have messages on their way.
        guard let object = self.streams[stream] else { return }
        switch message {
        case .life(let phase, let wake): self.lived(object, phase: phase, wake: wake)
        case .accept(let session, let wake, let subprotocol, let tags):
            self.sawWake(object, wake)
            self.becameAwake(object)
            guard self.sessionSlots[session] != nil else { return self.orphaned(object, session) }
            self.accepted(session, wake: wake, subprotocol: subprotocol, tags: tags)
        case .reject(let id, let status, let body):
            guard let session = self.sessionSlots[id] else { return }
            self.rejected(session, status: Int(status), reason: body)
        case .send(let message): self.sent(object, message)
        case .closeSession(let id, let code, let reason):
            guard let session = self.sessionSlots[id] else { return }
            self.sessions.values[session].package.closedOutgoing = true
            self.sendClose(session, code: code, reason: reason, handler: .edge)
        case .cutSession(let id, let code, let reason): self.cut(id, code: code, reason: reason)
        case .attach(let session, let attachment): self.attached(session, attachment)
        case .autoResponse(let request, let response):
            self.objects.values[object].autoRequest = request
            self.objects.values[object].autoResponse = response
        case .hibernateBegin: self.sleepAnnounced(object)
        case .hibernateCancel: self.sleepCancelled(object)
        case .hibernate(let wake, let packages, let autoRequest, let autoResponse):
            self.fellAsleep(
                object,
                wake: wake,
                packages: packages,
                autoRequest: autoRequest,
                autoResponse: autoResponse
            )
        case .hibernateRefused(let reason): self.sleepSettled(object, .conflict(reason))
        case .hello, .helloAck, .helloRefused, .attachRequest, .reload, .wake, .open, .message,
            .close, .error, .hibernateReady, .hibernateRequest, .credit:
            self.misplaced(message, on: "an object's stream")
        }
    }

    /// A message of the wrong stream or way: the object server is wrong, its sessions are not.
    private mutating func misplaced(_ message: LinkMessage, on place: String) {
        guard self.checkpoint.recorder.isOn else { return }
        let word = String(describing: message).prefix { $0 != "(" }
        self.checkpoint.recorder.record(
            .mark("link violation: " + word + " on " + place),
            at: self.now
        )
    }

    /// The object accepted a client that had already left.
    private mutating func orphaned(_ object: Int, _ session: SessionID) {
        let end = SessionEnd.lost
        self.send(
            object,
            .close(session: session, code: end.code, reason: end.reason, wasClean: end.wasClean)
        )
    }

    /// A rule at a point of the object ends a client's leg.
    private mutating func cut(_ id: SessionID, code: UInt16?, reason: String) {
        guard let session = self.sessionSlots[id] else { return }
        if let code {
            self.sendClose(session, code: code, reason: reason, handler: .edge)
        } else if let leg = self.sessions.values[session].leg {
            self.resetLeg(leg, reason: reason)
        }
    }

    mutating func streamEnded(_ stream: LinkStreamID, isClean: Bool) {
        guard let object = self.streams[stream] else { return }
        if isClean { self.emit(.endStream(stream)) }
        let why = isClean ? "its stream ended without hibernation" : "its stream was reset"
        self.instanceLost(object, .evicted, why: why)
    }

    mutating func streamRefused(_ stream: LinkStreamID, reason: String) {
        guard let object = self.streams[stream] else { return }
        self.instanceLost(object, .evicted, why: "its stream was refused: " + reason)
    }
}
