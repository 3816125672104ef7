internal import Foundation
public import ObjectLink

/// Puts profiles in force again when their files change or a signal asks for it.
///
/// Shape: looks at the files twice a second; a change counts once it stood still between two looks, so
/// that a file half written is not read. What cannot be read or has errors is told once and changes
/// nothing.
public struct ProfileReloader: Sendable {
    /// Time between two looks.
    static let interval = Duration.milliseconds(500)

    /// What became of a reload, to be told to the operator.
    public enum Report: Sendable {
        /// New profiles are in force; warnings, when there are any, as compilers write them.
        case reloaded(version: UInt32, warnings: String)
        /// A signal asked for it and nothing had changed.
        case unchanged
        /// The running ones stay; why.
        case failed(String)
    }

    private enum Trigger: Sendable {
        case look
        case signal
    }

    private struct Stamp: Equatable {
        var modified: Date?
        var size: UInt64?
        var number: UInt64?
    }

    private let edge: ControlledEdge
    private let files: [String]
    private let read: @Sendable () throws -> [LinkMessage.ProfileText]
    private let tell: @Sendable (Report) -> Void

    /// Makes one; `run` does the work.
    ///
    /// - Parameters:
    ///   - edge: whose profiles they are.
    ///   - files: their paths.
    ///   - read: reads all of them.
    ///   - tell: gets what became of each reload.
    public init(
        edge: ControlledEdge,
        files: [String],
        read: @escaping @Sendable () throws -> [LinkMessage.ProfileText],
        tell: @escaping @Sendable (Report) -> Void
    ) {
        self.edge = edge
        self.files = files
        self.read = read
        self.tell = tell
    }

    /// Reloads until its task is cancelled.
    ///
    /// - Parameter signals: each asks for a reload.
    public func run(signals: AsyncStream<Int32>) async {
        let (triggers, continuation) = AsyncStream.makeStream(
            of: Trigger.self,
            bufferingPolicy: .bufferingOldest(4)
        )
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                while !Task.isCancelled {
                    continuation.yield(.look)
                    // Cancelled while it sleeps, the loop's condition ends it.
                    try? await Task.sleep(for: Self.interval)
                }
                continuation.finish()
            }
            group.addTask {
                for await _ in signals { continuation.yield(.signal) }
            }
            await self.serve(triggers)
            group.cancelAll()
        }
    }

    private func serve(_ triggers: AsyncStream<Trigger>) async {
        var known = self.stamps()
        var seen = known
        for await trigger in triggers {
            let now = self.stamps()
            switch trigger {
            case .signal:
                known = now
                await self.reload(isAsked: true)
            case .look where now != known && now == seen:
                known = now
                await self.reload(isAsked: false)
            case .look: break
            }
            seen = now
        }
    }

    private func reload(isAsked: Bool) async {
        let texts: [LinkMessage.ProfileText]
        do {
            texts = try self.read()
        } catch {
            return self.tell(.failed(String(describing: error)))
        }
        guard await self.edge.profiles() != texts else {
            if isAsked { self.tell(.unchanged) }
            return
        }
        switch await self.edge.reload(texts) {
        case .done(_, let version, let warnings):
            self.tell(.reloaded(version: version, warnings: warnings.rendered))
        case .invalid(let findings): self.tell(.failed(findings.rendered))
        case .failed(let words): self.tell(.failed(words))
        }
    }

    private func stamps() -> [Stamp] {
        self.files.map { file in
            // A file that is gone for a moment, while an editor replaces it, has a stamp of its own.
            guard let facts = try? FileManager.default.attributesOfItem(atPath: file) else {
                return Stamp()
            }
            return Stamp(
                modified: facts[.modificationDate] as? Date,
                size: (facts[.size] as? NSNumber)?.uint64Value,
                number: (facts[.systemFileNumber] as? NSNumber)?.uint64Value
            )
        }
    }
}
