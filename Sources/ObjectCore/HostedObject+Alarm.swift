import FramePath
import FrameTrace
import ObjectLink

extension HostedObject {
    /// Takes over the instance's alarm; without a socket nobody could be reached, so it is deleted.
    mutating func settleAlarm(_ now: Tick, _ outside: inout Surroundings) {
        guard let instance else { return }
        self.alarm = instance.context.alarm
        guard self.alarm != nil, instance.context.order.isEmpty, instance.context.request == nil
        else { return }
        self.alarm = nil
        self.instance?.context.alarm = nil
        outside.life(instance.step(.alarmDelete, why: "no socket remains"), at: now)
    }

    mutating func fireAlarm(_ now: Tick, _ outside: inout Surroundings) {
        guard let instance else { return }
        self.alarm = nil
        self.instance?.context.alarm = nil
        outside.life(instance.step(.alarmFire), at: now)
        self.instance?.run(.alarm, now: now, &outside) {
            (
                object: inout any HibernatingObject,
                context: inout ObjectContext
            )
                throws(ObjectViolation) in
            try object.alarm(context: &context)
        }
        self.touch(now, outside.configuration)
        self.settleAlarm(now, &outside)
    }

    /// The alarm of a sleeping object is due: every edge is asked to open its stream.
    ///
    /// Asked again after 2 s, doubling; after six tries without a stream nobody holds its sockets.
    mutating func ask(_ edges: [UInt64], _ now: Tick, _ outside: inout Surroundings) {
        let limits = outside.configuration.limits
        guard !edges.isEmpty else {
            // Nobody to ask: the next edge that connects is asked at once.
            self.askAt = Tick(nanoseconds: .max)
            return
        }
        guard self.asks < limits.alarmTriesMax else {
            self.alarm = nil
            outside.life(self.step(.alarmDelete, why: "no edge opened a stream"), at: now)
            return
        }
        outside.life(
            self.step(.alarmFire, count: self.asks, why: "asleep: edges are asked"),
            at: now
        )
        for edge in edges {
            outside.actions.append(
                .control(edge: edge, .attachRequest(object: self.name, reason: .alarm))
            )
        }
        self.askAt = now + limits.alarmRetry * (1 << UInt64(min(self.asks, 16)))
        self.asks += 1
    }

    /// A life step of an object that has no instance.
    func step(
        _ what: TraceEvent.LifeStep.What,
        count: Int? = nil,
        why: String? = nil
    ) -> TraceEvent.LifeStep {
        TraceEvent.LifeStep(
            what,
            object: self.name,
            wake: self.lastWake ?? 0,
            count: count,
            why: why
        )
    }
}
