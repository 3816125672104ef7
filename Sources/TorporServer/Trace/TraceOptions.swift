internal import Foundation
internal import FramePath
public import FrameTrace

/// Where and how a role traces.
public struct TraceOptions: Sendable {
    /// The run's folder, opened once a process.
    public var folder: RunFolder
    /// How much of payloads is written.
    public var payload: PayloadPolicy
    /// `local` or `deployed`, as the run row says.
    public var target: String

    /// Makes options.
    public init(folder: RunFolder, payload: PayloadPolicy = .hash, target: String = "local") {
        self.folder = folder
        self.payload = payload
        self.target = target
    }
}

extension TraceWriter {
    /// Makes the file of a role with the header that follows from how the process was started.
    convenience init(
        options: TraceOptions,
        role: String,
        seed: UInt64,
        clock: RunClock,
        points: [Point],
        profiles: [String] = [],
        ordering: String = "key",
        backend: String? = nil,
        isInsecure: Bool = false
    ) throws(TraceFailure) {
        try self.init(
            folder: options.folder,
            header: TraceHeader(
                run: options.folder.run,
                role: role,
                tool: TorporVersion.text,
                pid: ProcessInfo.processInfo.processIdentifier,
                seed: seed,
                wall0: clock.wallZeroNanoseconds,
                points: points,
                profiles: profiles,
                payload: options.payload,
                target: options.target,
                ordering: ordering,
                isInsecure: isInsecure,
                backend: backend
            )
        )
    }
}
