import FramePath
import FrameTrace
import ObjectLink

extension HostedObject {
    /// Room for everything else in the message that carries the packages.
    private static let linkSlack = 8_192

    /// An operator wants it asleep: it is tried now, and whoever asked hears what prevents it.
    mutating func sleepOnRequest(_ now: Tick, _ outside: inout Surroundings) {
        guard let stream, self.instance != nil else { return }
        // Of an announced sleep the barrier's outcome is the answer.
        guard !self.isAnnounced else { return }
        if let why = self.pin(outside) {
            self.reportPin(now, &outside)
            return outside.send(.hibernateRefused(reason: why), on: stream)
        }
        self.announceSleep(now, &outside)
    }

    /// Announces sleep, or says what prevents it.
    mutating func announceSleep(_ now: Tick, _ outside: inout Surroundings) {
        guard let stream, let instance, !self.isAnnounced else { return }
        self.sleepAt = nil
        if self.pin(outside) != nil {
            self.reportPin(now, &outside)
            return
        }
        self.phaseBefore = instance.phase
        self.instance?.phase = .hibernating
        self.isAnnounced = true
        self.unanswered += 1
        outside.life(
            instance.step(.hibernateBegin, count: instance.context.order.count),
            at: now
        )
        outside.send(.life(phase: .hibernating, wake: instance.wake), on: stream)
        outside.send(.hibernateBegin, on: stream)
    }

    /// An event came between announcement and sleep.
    mutating func cancelSleep(_ now: Tick, _ outside: inout Surroundings) {
        guard self.isAnnounced, let stream, let instance else { return }
        self.isAnnounced = false
        self.instance?.phase = self.phaseBefore
        outside.life(instance.step(.hibernateCancel), at: now)
        // The phase first: what the edge lets go at the cancel is then stamped with it.
        outside.send(.life(phase: self.phaseBefore, wake: instance.wake), on: stream)
        outside.send(.hibernateCancel, on: stream)
        self.touch(now, outside.configuration)
    }

    /// The edge holds back: the instance goes, the package stays with the edge.
    mutating func ready(_ now: Tick, _ outside: inout Surroundings) {
        guard self.unanswered > 0 else { return }
        self.unanswered -= 1
        guard self.isAnnounced, self.unanswered == 0, let stream, let instance else { return }
        outside.life(instance.step(.hibernateReady), at: now)
        if self.pin(outside) != nil {
            self.cancelSleep(now, &outside)
            self.reportPin(now, &outside)
            return
        }
        let packages = instance.packages
        outside.send(
            .hibernate(
                wake: instance.wake,
                packages: packages,
                autoRequest: instance.context.autoRequest,
                autoResponse: instance.context.autoResponse
            ),
            on: stream
        )
        outside.actions.append(.endStream(stream))
        outside.life(instance.step(.hibernated, count: packages.count), at: now)
        self.alarm = instance.context.alarm
        self.lastWake = instance.wake
        self.instance = nil
        self.stream = nil
        self.isAnnounced = false
        self.sleepAt = nil
    }

    /// Says what prevents sleep, once an instance and reason.
    mutating func reportPin(_ now: Tick, _ outside: inout Surroundings) {
        guard let instance, let why = self.pin(outside), why != self.reported else { return }
        self.reported = why
        outside.life(instance.step(.hibernateBlocked, why: why), at: now)
    }

    private func pin(_ outside: borrowing Surroundings) -> String? {
        self.instance?.pin(
            mode: outside.configuration.mode,
            linkBytesMax: LinkCodec.lengthMax - Self.linkSlack
        )
    }
}
