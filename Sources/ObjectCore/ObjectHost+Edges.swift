import Faults
import FramePath
import FrameTrace
import ObjectLink

extension ObjectHost {
    /// Handles a message of an edge's control stream.
    mutating func control(_ message: LinkMessage, edge: UInt64, _ now: Tick) {
        switch message {
        case .hello(_, _, let seed, let profiles, let version):
            let rules = Rules(profiles: profiles, seed: seed, version: version)
            _ = self.install(rules, edge: edge)
        case .reload(let seed, let profiles, let version, let letsGo):
            let rules = Rules(profiles: profiles, seed: seed, version: version)
            guard self.install(rules, edge: edge) else { return }
            self.outside.checkpoint.recorder.record(.mark("profile version \(version)"), at: now)
            if letsGo { self.letGoAll(now) }
        default:
            self.outside.checkpoint.recorder.record(
                .mark("link violation: edge \(edge) sent no hello or reload on its control stream"),
                at: now
            )
        }
    }

    /// Puts rules in force and says so, or says why not and keeps those that are.
    private mutating func install(_ rules: Rules, edge: UInt64) -> Bool {
        if self.rules != rules {
            switch self.readProfiles(rules.profiles, rules.seed, rules.version) {
            case .success(var engine):
                engine.keepState(of: self.outside.checkpoint.engine)
                self.outside.checkpoint.engine = engine
                self.outside.needsType =
                    self.outside.checkpoint.recorder.keepsMessages || !rules.profiles.isEmpty
                self.rules = rules
            case .failure(let error):
                self.outside.actions.append(
                    .control(edge: edge, .helloRefused(reason: String(describing: error)))
                )
                return false
            }
        }
        self.outside.actions.append(.control(edge: edge, .helloAck(version: rules.version)))
        if !self.edges.contains(edge) { self.edges.append(edge) }
        self.askAgain()
        return true
    }

    /// Whatever rules hold in any object goes on.
    private mutating func letGoAll(_ now: Tick) {
        for slot in self.objects.indices {
            let stream = self.objects[slot].stream
            self.objects[slot].letGo(now, &self.outside)
            if let stream, self.objects[slot].stream == nil { self.slotOfStream[stream] = nil }
            self.settle(slot)
        }
    }

    /// An edge's connection is gone, and with it the instances of its streams.
    mutating func edgeLost(_ edge: UInt64, _ now: Tick) {
        self.edges.removeAll { $0 == edge }
        for slot in self.objects.indices {
            guard let stream = self.objects[slot].stream, stream.edge == edge else { continue }
            self.slotOfStream[stream] = nil
            self.objects[slot].lose("the edge's connection was lost", now, &self.outside)
            self.settle(slot)
        }
    }

    /// Due alarms that had nobody to ask may ask the edge that came.
    private mutating func askAgain() {
        for slot in self.objects.indices
        where self.objects[slot].askAt != nil && self.objects[slot].instance == nil {
            self.objects[slot].askAt = nil
            self.objects[slot].asks = 0
            self.settle(slot)
        }
    }
}
