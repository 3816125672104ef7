public import Faults
public import FramePath

import struct NIOCore.ByteBuffer

/// The one place where a message passes a point.
///
/// Shape: both cores own one; it asks the fault engine, records the message as it arrived with the
/// decisions about it, and gives the verdict back. With tracing off and no rule at the point it costs
/// two branches.
public struct Checkpoint: Sendable {
    /// The rules.
    public var engine: FaultEngine
    /// The trace.
    public var recorder: Recorder

    /// How many messages were asked about.
    public private(set) var counts = PointCounts()

    private var decisions: [Decision] = []

    /// Makes a checkpoint.
    ///
    /// - Parameters:
    ///   - engine: the rules.
    ///   - recorder: where events go.
    public init(engine: FaultEngine, recorder: Recorder) {
        self.engine = engine
        self.recorder = recorder
    }

    /// Passes a message over a point: asks the rules and records what arrived.
    ///
    /// At `edge.tx`, `sequence` is recorded only when the message goes on at once, for a number
    /// belongs to what is really handed to the socket (contract §2); the caller counts it by the same
    /// test, `Checkpoint.goesOnAtOnce`. A message that a lane lets go later is told by `released`.
    ///
    /// - Parameters:
    ///   - message: as it arrived.
    ///   - point: where.
    ///   - object: the object's name.
    ///   - session: the session's key and attempt, for the draws.
    ///   - sequence: its frame number on the leg, when a socket frame stands behind it.
    ///   - queued: how long it waited before this point.
    ///   - marks: what else is known of the frame.
    ///   - now: when.
    /// - Returns: what is to be done with it.
    public mutating func cross(
        _ message: Message,
        at point: Point,
        object: String,
        session: SessionFacts,
        sequence: UInt64?,
        queued: Tick.Span,
        marks: FrameMarks = FrameMarks(),
        now: Tick
    ) -> Verdict {
        let asks = self.engine.hasRules(at: point)
        guard asks || self.recorder.keepsMessages else {
            self.counts.add(point, message.id.direction, .passed)
            return .pass
        }
        var verdict = Verdict.pass
        self.decisions.removeAll(keepingCapacity: true)
        if asks {
            verdict = self.engine.decide(
                message,
                at: point,
                session: session,
                object: object,
                decisions: &self.decisions
            )
        }
        self.counts.add(point, message.id.direction, Self.outcome(of: verdict))
        guard self.recorder.isOn else { return verdict }
        // A number counted on arrival holds whatever is decided here.
        let counts = point != .edgeTx || Self.goesOnAtOnce(verdict)
        self.observe(
            message,
            at: point,
            object: object,
            sequence: counts ? sequence : nil,
            queued: queued,
            marks: marks,
            now: now
        )
        for decision in self.decisions {
            let decided = TraceEvent.FaultDecided(
                id: message.id,
                point: point,
                object: object,
                decision: decision
            )
            self.recorder.record(.fault(decided), at: now)
        }
        return verdict
    }

    /// Counts messages that nobody looked at.
    ///
    /// - Parameters:
    ///   - count: how many passed.
    ///   - point: where.
    ///   - direction: their way.
    public mutating func passed(_ count: UInt32, at point: Point, _ direction: Direction) {
        self.counts.add(point, direction, .passed, count: UInt64(count))
    }

    /// Records a message at a point where no rule may stand.
    ///
    /// - Parameters:
    ///   - message: as it was seen.
    ///   - point: where.
    ///   - object: the object's name.
    ///   - sequence: its frame number on the leg.
    ///   - queued: how long it waited before this point.
    ///   - marks: what else is known of the frame.
    ///   - now: when.
    public mutating func observe(
        _ message: Message,
        at point: Point,
        object: String,
        sequence: UInt64?,
        queued: Tick.Span,
        marks: FrameMarks = FrameMarks(),
        now: Tick
    ) {
        guard self.recorder.keepsMessages else { return }
        let seen = TraceEvent.FrameSeen(
            message: self.recorder.trimmed(message),
            length: message.payload.readableBytes,
            point: point,
            object: object,
            sequence: sequence,
            queued: queued,
            hash: self.recorder.hash(of: message.payload),
            marks: marks
        )
        self.recorder.record(.frame(seen), at: now)
    }

    /// Records that a message a lane held at a point was now handed to the socket.
    ///
    /// The message, or a copy a rule made of it here, did not arrive again, so the event says so.
    ///
    /// - Parameters:
    ///   - message: as it leaves.
    ///   - point: the point whose lane held it.
    ///   - object: the object's name.
    ///   - sequence: its frame number on the leg.
    ///   - queued: how long the lane held it.
    ///   - marks: what else is known of the frame.
    ///   - now: when.
    public mutating func released(
        _ message: Message,
        from point: Point,
        object: String,
        sequence: UInt64?,
        queued: Tick.Span,
        marks: FrameMarks = FrameMarks(),
        now: Tick
    ) {
        guard self.recorder.keepsMessages else { return }
        var seen = TraceEvent.FrameSeen(
            message: self.recorder.trimmed(message),
            length: message.payload.readableBytes,
            point: point,
            object: object,
            sequence: sequence,
            queued: queued,
            hash: self.recorder.hash(of: message.payload),
            marks: marks
        )
        seen.isRelease = true
        self.recorder.record(.frame(seen), at: now)
    }

    /// Whether a verdict lets a message go on in the same step, not ended and not held.
    ///
    /// - Parameter verdict: the engine's answer.
    /// - Returns: `true` when nothing ends or holds it.
    public static func goesOnAtOnce(_ verdict: Verdict) -> Bool {
        switch verdict {
        case .pass: true
        case .apply(let effects):
            effects.ending == .none && effects.delay == .zero && effects.reorder == nil
                && effects.stall == nil && !effects.jams
        }
    }

    private static func outcome(of verdict: Verdict) -> PointCounts.Outcome {
        guard case .apply(let effects) = verdict else { return .passed }
        return switch effects.ending {
        case .drop: .dropped
        case .close: .closed
        case .reset: .reset
        case .evict: .evicted
        case .none where !Self.goesOnAtOnce(verdict): .held
        case .none: effects.copies.isEmpty ? .passed : .duplicated
        }
    }
}
