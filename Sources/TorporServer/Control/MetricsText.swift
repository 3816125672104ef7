internal import EdgeCore
internal import FramePath
internal import FrameTrace

/// Numbers in the Prometheus text format 0.0.4.
///
/// Shape: no label has a value per session, object or client, so the number of series is fixed.
enum MetricsText {
    static func of(
        _ summary: ControlSummary,
        objects: PointCounts?,
        traceLost: UInt64,
        waiting: Int,
        control: ControlCounters.Values
    ) -> String {
        var text = Text()
        text.family(
            "torpor_messages_total",
            .counter,
            "Messages at a point, by what became of them there."
        )
        Self.messages(summary.counts, [.edgeRx, .edgeTx], &text)
        if let objects {
            Self.messages(objects, [.objectRx, .objectDispatch, .objectSend, .objectTx], &text)
        }
        text.family("torpor_connections", .gauge, "Client connections.")
        text.sample("torpor_connections", summary.connections)
        text.family("torpor_sessions", .gauge, "Sessions, by stage.")
        for (stage, count) in summary.sessions {
            text.sample("torpor_sessions", [("stage", stage)], count)
        }
        text.family("torpor_objects", .gauge, "Objects, by phase.")
        for (phase, count) in summary.objects {
            text.sample("torpor_objects", [("phase", phase.rawValue)], count)
        }
        Self.state(summary, &text)
        text.family("torpor_trace_lost_total", .counter, "Events that no trace has, by place.")
        text.sample("torpor_trace_lost_total", [("place", "recorder")], summary.recorderLost)
        text.sample("torpor_trace_lost_total", [("place", "writer")], traceLost)
        text.family("torpor_limit_reached_total", .counter, "How often a bound was reached.")
        for limit in EdgeLimit.allCases {
            text.sample(
                "torpor_limit_reached_total",
                [("limit", limit.rawValue)],
                summary.limits[limit]
            )
        }
        text.sample("torpor_limit_reached_total", [("limit", "waits")], control.refusedWaits)
        Self.control(control, waiting: waiting, &text)
        return text.lines
    }

    private static func messages(_ counts: PointCounts, _ points: [Point], _ text: inout Text) {
        for point in points {
            for direction in Direction.allCases where Point.path(direction).contains(point) {
                for outcome in PointCounts.Outcome.allCases {
                    text.sample(
                        "torpor_messages_total",
                        [
                            ("point", point.rawValue), ("direction", direction.rawValue),
                            ("outcome", outcome.rawValue),
                        ],
                        counts[point, direction, outcome]
                    )
                }
            }
        }
    }

    private static func state(_ summary: ControlSummary, _ text: inout Text) {
        text.family("torpor_queued_messages", .gauge, "Messages queued for objects not awake.")
        text.sample("torpor_queued_messages", summary.queuedMessages)
        text.family("torpor_queued_bytes", .gauge, "Their payload bytes.")
        text.sample("torpor_queued_bytes", summary.queuedBytes)
        text.family("torpor_held_messages", .gauge, "Messages held by rules or an operator.")
        text.sample("torpor_held_messages", summary.heldMessages)
        if let link = summary.link {
            text.family("torpor_link_up", .gauge, "Whether the object server is linked.")
            text.sample("torpor_link_up", link == .up ? 1 : 0)
            text.family("torpor_link_losses_total", .counter, "How often that link was lost.")
            text.sample("torpor_link_losses_total", summary.linkLosses)
        }
        text.family("torpor_profile_version", .gauge, "Version of the profiles in force.")
        text.sample("torpor_profile_version", summary.profileVersion)
    }

    private static func control(
        _ control: ControlCounters.Values,
        waiting: Int,
        _ text: inout Text
    ) {
        text.family("torpor_reloads_total", .counter, "Profiles by PUT /profile.")
        text.sample("torpor_reloads_total", [("outcome", "done")], control.reloads)
        text.sample("torpor_reloads_total", [("outcome", "failed")], control.failedReloads)
        text.family("torpor_control_refused_total", .counter, "Requests refused before a route.")
        text.sample("torpor_control_refused_total", control.refusedRequests)
        text.family("torpor_waits", .gauge, "Open POST /wait.")
        text.sample("torpor_waits", waiting)
    }

    private struct Text {
        enum Kind: String {
            case counter
            case gauge
        }

        var lines = ""

        mutating func family(_ name: String, _ kind: Kind, _ help: String) {
            self.lines += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
        }

        mutating func sample(_ name: String, _ value: some BinaryInteger) {
            self.sample(name, [], value)
        }

        mutating func sample(
            _ name: String,
            _ labels: [(name: String, value: String)],
            _ value: some BinaryInteger
        ) {
            self.lines += name
            if !labels.isEmpty {
                // Every value is a word of ours: nothing in it needs an escape.
                let pairs = labels.map { "\($0.name)=\"\($0.value)\"" }
                self.lines += "{" + pairs.joined(separator: ",") + "}"
            }
            self.lines += " \(value)\n"
        }
    }
}
