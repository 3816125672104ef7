public import ArgumentParser
internal import FramePath
public import ObjectCore
internal import TorporServer

/// How the reference object behaves.
struct ObjectOptions: ParsableArguments {
    @Option(name: .customLong("class"), help: "The reference object.")
    var kind = "pingpong"

    @Option(
        help: "hibernating; resident (never sleeps); forgetful (loses its socket table on wake)."
    )
    var mode: ObjectMode = .hibernating

    @Option(
        help: """
            standard: 20s/60s/60s/10s for the four spans below; original: 20s/60s/60s/30s and the \
            alarm pushed back by each heartbeat.
            """
    )
    var preset: ObjectPreset = .standard

    @Option(help: "What welcome tells clients. (default: 20s)")
    var heartbeatInterval: DurationArgument?

    @Option(help: "A socket without a message this long is closed by the alarm. (default: 60s)")
    var staleAfter: DurationArgument?

    @Option(help: "How often the alarm looks. (default: 60s)")
    var alarmInterval: DurationArgument?

    @Option(help: "Idle time before sleep. (default: 10s)")
    var hibernateAfter: DurationArgument?

    @Option(help: "Pad each pingpong attachment to so many bytes, up to 16384.")
    var attachmentBytes = 0

    /// The object server's configuration.
    func configuration(isTracing: Bool, clock: RunClock) throws -> ObjectConfiguration {
        guard ObjectRegistry.all.contains(where: { $0.kind == self.kind }) else {
            let kinds = ObjectRegistry.all.map { $0.kind }.joined(separator: ", ")
            throw CommandFailure("no reference object '\(self.kind)'; there is: \(kinds)")
        }
        let spans = [
            ("--heartbeat-interval", self.heartbeatInterval), ("--stale-after", self.staleAfter),
            ("--alarm-interval", self.alarmInterval), ("--hibernate-after", self.hibernateAfter),
        ]
        for (flag, span) in spans {
            guard let span, span.span < .milliseconds(10) else { continue }
            throw CommandFailure("\(flag) is at least 10ms, not \(span)")
        }
        guard (0...16_384).contains(self.attachmentBytes) else {
            throw CommandFailure("--attachment-bytes is 0 to 16384, not \(self.attachmentBytes)")
        }
        return ObjectConfiguration(
            kind: self.kind,
            mode: self.mode,
            preset: self.preset,
            heartbeatInterval: self.heartbeatInterval?.span,
            staleAfter: self.staleAfter?.span,
            alarmInterval: self.alarmInterval?.span,
            hibernateAfter: self.hibernateAfter?.span,
            isTracing: isTracing,
            wallZeroMilliseconds: clock.wallZeroMilliseconds,
            attachmentBytes: self.attachmentBytes
        )
    }
}

extension ObjectMode: ExpressibleByArgument {}
extension ObjectPreset: ExpressibleByArgument {}
