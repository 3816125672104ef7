import Faults
import FramePath
import FrameTrace
import ObjectLink

extension ObjectHost {
    /// Handles a message of an edge's control stream.
    mutating func control(_ message: LinkMessage, edge: UInt64, _ now: Tick) {
        guard case .hello(_, _, let seed, let profiles, let version) = message else {
            self.outside.checkpoint.recorder.record(
                .mark(
                    "link violation: edge \(edge) sent what is not a hello on its control stream"
                ),
                at: now
            )
            return
        }
        let rules = Rules(profiles: profiles, seed: seed, version: version)
        if self.rules != rules {
            switch self.readProfiles(profiles, seed, version) {
            case .success(let engine):
                self.outside.checkpoint.engine = engine
                self.outside.needsType =
                    self.outside.configuration.isTracing || !profiles.isEmpty
                self.rules = rules
            case .failure(let error):
                self.outside.actions.append(
                    .control(edge: edge, .helloRefused(reason: String(describing: error)))
                )
                return
            }
        }
        self.outside.actions.append(.control(edge: edge, .helloAck(version: version)))
        if !self.edges.contains(edge) { self.edges.append(edge) }
        self.askAgain()
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
