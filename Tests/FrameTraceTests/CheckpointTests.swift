import Faults
import FramePath
import Testing

@testable import FrameTrace

@Suite("Checkpoint, recorder and redaction")
struct CheckpointTests {
    @Test("with no rule and no trace a message passes and nothing is kept")
    func off() {
        var checkpoint = Checkpoint(engine: FaultEngine(), recorder: Recorder(isOn: false))
        let verdict = checkpoint.cross(
            RoundTripTests.message(),
            at: .edgeTx,
            object: "o",
            session: SessionFacts(key: "k", attempt: 1),
            sequence: 1,
            queued: .zero,
            now: .zero
        )
        #expect(verdict == .pass)
        var kept: [Recorded] = []
        checkpoint.recorder.drain(into: &kept)
        #expect(kept.isEmpty)
    }

    @Test("a message is recorded on arrival with its number and hash")
    func on() {
        var checkpoint = Checkpoint(engine: FaultEngine(), recorder: Recorder(isOn: true))
        for number in 1...2 {
            _ = checkpoint.cross(
                RoundTripTests.message(),
                at: .edgeTx,
                object: "o",
                session: SessionFacts(key: "k", attempt: 1),
                sequence: UInt64(number),
                queued: .zero,
                now: Tick(nanoseconds: 5)
            )
        }
        var kept: [Recorded] = []
        checkpoint.recorder.drain(into: &kept)
        #expect(kept.map(\.number) == [1, 2])
        guard case .frame(let seen) = kept.last?.event else {
            Issue.record("no frame")
            return
        }
        #expect(seen.sequence == 2)
        #expect(seen.hash == XXH64.payloadHash(RoundTripTests.message().payload))
        #expect(!seen.isRelease)
    }

    @Test(
        "what a rule takes at edge.tx has no number there, at edge.rx it keeps the one it came with",
        arguments: Direction.allCases
    )
    func numbers(direction: Direction) throws {
        for point in [Point.edgeRx, .edgeTx] {
            let rule = Rule(
                id: "r",
                source: "x.yaml:1",
                profile: "x",
                at: point,
                fire: .always,
                actions: [.drop]
            )
            var profile = Profile(name: "x", file: "x.yaml")
            profile.rules = [rule]
            let engine = FaultEngine(profiles: [profile], seed: 1, version: 1)
            var checkpoint = Checkpoint(engine: engine, recorder: Recorder(isOn: true))
            var message = RoundTripTests.message()
            message.id.direction = direction
            _ = checkpoint.cross(
                message,
                at: point,
                object: "o",
                session: SessionFacts(key: "k", attempt: 1),
                sequence: 7,
                queued: .zero,
                now: .zero
            )
            var kept: [Recorded] = []
            checkpoint.recorder.drain(into: &kept)
            guard case .frame(let seen) = kept.first?.event else {
                Issue.record("no frame")
                continue
            }
            #expect(seen.sequence == (point == .edgeRx ? 7 : nil))
        }
    }

    @Test("a message that is ended or held does not go on at once")
    func holds() {
        var effects = Effects()
        #expect(Checkpoint.goesOnAtOnce(.apply(effects)))
        effects.copies = [.zero]
        #expect(Checkpoint.goesOnAtOnce(.apply(effects)))
        effects.delay = .milliseconds(1)
        #expect(!Checkpoint.goesOnAtOnce(.apply(effects)))
        effects = Effects()
        effects.ending = .drop
        #expect(!Checkpoint.goesOnAtOnce(.apply(effects)))
        effects = Effects()
        effects.jams = true
        #expect(!Checkpoint.goesOnAtOnce(.apply(effects)))
    }

    @Test("what a full recorder cannot keep is counted in a gap event")
    func full() {
        var recorder = Recorder(isOn: true)
        for _ in 0..<Recorder.pendingMax + 10 { recorder.record(.mark(""), at: .zero) }
        var kept: [Recorded] = []
        recorder.drain(into: &kept)
        #expect(kept.count == Recorder.pendingMax + 1)
        #expect(kept.map(\.number) == Array(1...UInt64(kept.count)))
        guard case .gap(let lost, _) = kept.last?.event else {
            Issue.record("no gap")
            return
        }
        #expect(lost == 10)
        recorder.record(.mark(""), at: .zero)
        kept.removeAll()
        recorder.drain(into: &kept)
        #expect(kept.count == 1)
    }

    @Test(
        "query values are redacted, the rest of a path is not",
        arguments: [
            ("/a", "/a"), ("/a?", "/a?"), ("/a?b=c", "/a?b=***"),
            ("/a?b=c&d=e=f", "/a?b=***&d=***"),
            ("/a?secret", "/a?***"), ("/a?b=", "/a?b=***"), ("/a?b=c&&d", "/a?b=***&&***"),
        ]
    )
    func paths(path: String, wanted: String) {
        #expect(Redaction.path(path) == wanted)
        #expect(Redaction.path(wanted) == wanted)
    }

    @Test("secret headers are redacted whatever their case")
    func headers() {
        let names = ["AUTHORIZATION", "cookie", "Set-Cookie", "Proxy-Authorization"]
        for name in names {
            #expect(Redaction.headers([(name: name, value: "x")]).first?.value == "***")
        }
        #expect(Redaction.headers([(name: "Host", value: "x")]).first?.value == "x")
    }
}
