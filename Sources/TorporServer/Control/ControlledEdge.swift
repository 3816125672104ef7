internal import EdgeCore
internal import FaultFiles
internal import Faults
internal import FrameTrace
internal import NIOCore
public import ObjectLink

/// The handle by which operators reach a running edge from any thread.
///
/// Shape: every question hops to the edge's event loop with a promise; nobody waits on that loop.
public struct ControlledEdge: Sendable {
    /// Where its clients connect.
    public let address: ListenAddress
    let plane: NIOLoopBound<any ControlledPlane>
    /// The object server of this process, when there is one.
    let objects: NIOLoopBound<ObjectDriver>?
    /// The seed that beats those of profiles, when one was given.
    let givenSeed: UInt64?
    /// Events that the trace writer could not keep.
    let traceLost: @Sendable () -> UInt64

    /// What became of new profiles.
    public enum Reloaded: Sendable {
        /// They are in force, with these warnings.
        case done(words: String, version: UInt32, warnings: ProfileFindings)
        /// They have errors; the running ones stay.
        case invalid(ProfileFindings)
        /// They could not be put in force; the running ones stay.
        case failed(words: String)
    }

    /// Errors and warnings of profiles, for people and for programs.
    public struct ProfileFindings: Sendable {
        /// As compilers write them, one after the other.
        public var rendered: String
        /// A JSON array.
        public var json: String
        /// Whether there is any.
        public var isEmpty: Bool { self.rendered.isEmpty }
    }

    /// Puts profiles in force in place of those that are.
    ///
    /// - Parameter texts: all of them, as read.
    /// - Returns: what became of them.
    public func reload(_ texts: [LinkMessage.ProfileText]) async -> Reloaded {
        var profiles: [Profile] = []
        var findings = ProfileErrors(errors: [])
        for text in texts {
            let inspection = ProfileReader.inspect(text: text.text, file: text.file)
            findings.errors += inspection.findings.errors
            guard let profile = inspection.profile else { continue }
            if let twin = profiles.first(where: { $0.name == profile.name }) {
                findings.errors.append(Self.twice(profile, twin))
            }
            profiles.append(profile)
        }
        let told = ProfileFindings(rendered: findings.rendered, json: findings.json)
        guard !findings.hasErrors else { return .invalid(told) }
        let seed = Profiles.seed(given: self.givenSeed, profiles: profiles)
        switch await self.command(.reload(profiles: profiles, texts: texts, seed: seed)) {
        case .done(let words):
            let version = await self.summary().profileVersion
            return .done(words: words, version: version, warnings: told)
        case .notFound(let words), .conflict(let words), .unavailable(let words):
            return .failed(words: words)
        }
    }

    private static func twice(_ profile: Profile, _ twin: Profile) -> ProfileError {
        ProfileError(
            file: profile.file,
            line: 1,
            column: 1,
            width: 1,
            code: "E010",
            message: "the name '\(profile.name)' is given twice, first in \(twin.file)",
            expected: nil,
            help: "a profile is found by its name: give each its own",
            text: ""
        )
    }

    /// The profiles in force, as they were read.
    public func profiles() async -> [LinkMessage.ProfileText] { await self.summary().profiles }

    /// Tells when the object server is lost and when it is back, from now on.
    ///
    /// - Parameter observer: gets the reason of a loss, `nil` when it is back, and how many sessions
    ///   are held.
    public func observeLink(
        _ observer: @escaping @Sendable (_ lost: String?, _ sessions: Int) -> Void
    ) async {
        let plane = self.plane
        await self.onLoop { bound in
            bound.observeLink { link in
                let sessions = plane.value.summary().sessions.reduce(0) { $0 + $1.count }
                switch link {
                case .up: observer(nil, sessions)
                case .down(let reason), .refused(let reason): observer(reason, sessions)
                case .greeting: break
                }
            }
        }
    }

    // MARK: hops

    func command(_ command: ControlCommand) async -> ControlResult {
        let promise = self.plane.eventLoop.makePromise(of: ControlResult.self)
        let plane = self.plane
        plane.eventLoop.execute {
            plane.value.command(command) { promise.succeed($0) }
        }
        do {
            return try await promise.futureResult.get()
        } catch {
            return .unavailable("the edge has ended")
        }
    }

    /// What became of messages at the points of the object server in this process.
    func objectCounts() async -> PointCounts? {
        guard let objects = self.objects else { return nil }
        return try? await objects.eventLoop.submit { objects.value.counts }.get()
    }

    func summary() async -> ControlSummary {
        await self.onLoop { $0.summary() } ?? ControlSummary()
    }

    func onLoop<Value: Sendable>(
        _ body: @escaping @Sendable (any ControlledPlane) -> Value
    ) async -> Value? {
        let plane = self.plane
        // Only a loop that was shut down fails, and then there is nothing to tell any more.
        return try? await plane.eventLoop.submit { body(plane.value) }.get()
    }
}
