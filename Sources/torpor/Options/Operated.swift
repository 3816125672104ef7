internal import EdgeCore
internal import Foundation
internal import FramePath
internal import ObjectLink
internal import TorporServer

/// What a serving edge does for its operator besides serving: control, reload, word of the link.
struct Operated: Sendable {
    private let control: ControlServer?
    private let tasks: [Task<Void, Never>]

    /// Starts it all.
    ///
    /// - Parameters:
    ///   - server: the running edge.
    ///   - options: where control listens.
    ///   - profiles: those in force, whose files are watched.
    ///   - clock: the run's.
    /// - Returns: what runs, to be stopped with the server.
    /// - Throws: a control interface that cannot listen where the operator wants it.
    static func start(
        _ server: EdgeServer,
        options: ControlOptions,
        profiles: LoadedProfiles,
        clock: RunClock
    ) async throws -> Operated {
        let control = try await options.start(for: server.control, clock: clock)
        let hangups = Signals.hangups()
        let reloader = ProfileReloader(
            edge: server.control,
            files: profiles.texts.map(\.file),
            read: { try profiles.readAgain() },
            tell: Self.tell
        )
        return Operated(control: control, tasks: [Task { await reloader.run(signals: hangups) }])
    }

    /// The line of the banner.
    var banner: String { "control " + (self.control.map { "http://\($0.address)" } ?? "off") }

    func stop() async {
        for task in self.tasks { task.cancel() }
        await self.control?.stop()
    }

    private static func tell(_ report: ProfileReloader.Report) {
        switch report {
        case .reloaded(let version, let warnings):
            if !warnings.isEmpty { Terminal.note(warnings) }
            Terminal.line("profile version \(version) is in force")
        case .unchanged: Terminal.line("the profiles have not changed")
        case .failed(let words): Terminal.note("\(words)\nthe running profile stays")
        }
    }

    /// Says when the object server is lost and when it is back.
    ///
    /// - Parameters:
    ///   - server: the running edge.
    ///   - isLinked: whether it has its link now.
    ///   - policy: what happens to sessions meanwhile.
    static func tellOfLink(
        _ server: EdgeServer,
        isLinked: Bool,
        policy: EdgeConfiguration.ObjectLoss
    ) async {
        let edge = server.control
        // The observer runs on the edge's loop, where nothing may wait for a terminal.
        let (changes, continuation) = AsyncStream.makeStream(of: Change.self)
        await edge.observeLink { lost, sessions in
            continuation.yield(Change(lost: lost, sessions: sessions, at: .now))
        }
        Task {
            var since: ContinuousClock.Instant? = isLinked ? nil : .now
            for await change in changes {
                if let reason = change.lost {
                    guard since == nil else { continue }
                    since = change.at
                    let what = policy == .hold ? "held" : "closed with 1012"
                    Terminal.note(
                        "object server lost (\(reason)): \(change.sessions) sessions are \(what)"
                    )
                } else if let lost = since {
                    since = nil
                    let seconds = (change.at - lost) / .milliseconds(1) / 1_000
                    Terminal.note(
                        "object server is back after \(String(format: "%.1f", seconds)) s: "
                            + "\(change.sessions) sessions are held"
                    )
                }
            }
        }
    }

    private struct Change: Sendable {
        var lost: String?
        var sessions: Int
        var at: ContinuousClock.Instant
    }
}
