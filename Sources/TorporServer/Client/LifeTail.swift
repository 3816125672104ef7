internal import Dispatch
internal import Foundation
internal import FrameTrace
internal import Synchronization

/// Reads objects' sleeps and wakes from the trace that another process writes into the same run folder.
///
/// Shape: a queue of its own reads what was added every 20 ms, never an event loop. The edge's files
/// are read; the object server's only while no edge traces into the folder. Errors: none; what is not
/// seen in time is left to the probe's own idle span.
final class LifeTail: Sendable {
    /// Bounds of one tail.
    enum Limits {
        static let interval = DispatchTimeInterval.milliseconds(20)
        /// Rounds between two looks for new files.
        static let roundsBetweenLooks = 25
        static let filesMax = 16
    }

    private struct State {
        var edges: [TailFile] = []
        var objects: [TailFile] = []
        var known: Set<String> = []
        var round = 0
        var isStopped = false
    }

    private let folder: String
    private let objects: Set<String>
    private let state: Mutex<State>
    private let queue = DispatchQueue(label: "torpor.tail")

    /// Opens the files that are being written now; `nil` when there is none.
    ///
    /// - Parameters:
    ///   - folder: the run's folder.
    ///   - objects: the names of the objects of interest.
    init?(folder: String, objects: Set<String>) {
        self.folder = folder
        self.objects = objects
        self.state = Mutex(State())
        let hasFiles = self.state.withLock { state in
            Self.look(folder, isFirst: true, &state)
            return !state.edges.isEmpty || !state.objects.isEmpty
        }
        guard hasFiles else { return nil }
    }

    /// Begins to tell each step, on the tail's own queue.
    func start(_ observer: @escaping @Sendable (ObjectSleep) -> Void) {
        self.queue.asyncAfter(deadline: .now() + Limits.interval) {
            guard let steps = self.read() else { return }
            for step in steps { observer(step) }
            self.start(observer)
        }
    }

    /// Stops; after it nothing is told.
    func stop() async {
        // By way of the queue, so that a round under way is over.
        await withCheckedContinuation { (done: CheckedContinuation<Void, Never>) in
            self.queue.async {
                self.state.withLock { $0.isStopped = true }
                done.resume()
            }
        }
    }

    /// The steps added since the last round, or `nil` after `stop`.
    func read() -> [ObjectSleep]? {
        self.state.withLock { state in
            guard !state.isStopped else { return nil }
            state.round += 1
            if state.round % Limits.roundsBetweenLooks == 0 {
                Self.look(self.folder, isFirst: false, &state)
            }
            // An edge tells all the object server could, and the moment it holds messages back.
            if !state.edges.isEmpty { state.objects = [] }
            var steps: [ObjectSleep] = []
            for file in state.edges + state.objects {
                for row in file.rows() {
                    guard let object = row.obj, self.objects.contains(object) else { continue }
                    if let step = ObjectSleep(row) { steps.append(step) }
                }
            }
            return steps
        }
    }

    /// Opens files not seen before, up to the bound; an old one from its end, if it is still written.
    private static func look(_ folder: String, isFirst: Bool, _ state: inout State) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        for name in names.sorted() where name.hasSuffix(".jsonl") && !state.known.contains(name) {
            let isEdge = name.hasPrefix("edge-")
            guard isEdge || name.hasPrefix("object-") else { continue }
            guard state.edges.count + state.objects.count < Limits.filesMax else { return }
            state.known.insert(name)
            guard let file = TailFile(folder + "/" + name, fromEnd: isFirst), !file.isEnded else {
                continue
            }
            if isEdge { state.edges.append(file) } else { state.objects.append(file) }
        }
    }
}
