internal import Dispatch
internal import FramePath
public import FrameTrace
internal import NIOCore
internal import Synchronization

/// Writes the events of one role to one file, off the event loop.
///
/// Shape: the loop hands lists over under a lock; a queue of its own encodes them and writes whole
/// lines in chunks of 64 KiB, or what there is every 20 ms. What does not fit into the bounded list is
/// counted and stands as a `gap` where it would have been. `close` writes the `end` row.
public final class TraceWriter: Sendable {
    /// Limits of one writer.
    enum Limits {
        static let eventsMax = 262_144
        static let payloadBytesMax = 256 << 20
        static let chunkBytes = 64 << 10
        static let wakeEvents = 512
        static let flushInterval = DispatchTimeInterval.milliseconds(20)
    }

    /// The file.
    public let path: String

    private struct Inbox {
        var events: [Recorded] = []
        var payloadBytes = 0
        var lost: UInt64 = 0
        var lostCount: UInt64 = 0
        var lastLoss = Tick.zero
        var isScheduled = false
        var isHurried = false
        var isClosed = false
    }

    private struct Output: ~Copyable {
        let file: AppendFile
        var encoder: TraceEncoder
        var number: UInt64 = 0
        var chunk: [UInt8] = []
        var hasFailed = false
        var isEnded = false
    }

    private let eventsMax: Int
    private let writesPayloads: Bool
    private let inbox = Mutex(Inbox())
    private let output: Mutex<Output>
    private let queue = DispatchQueue(label: "torpor.trace")

    /// Makes `<role>-<pid>-<start>.jsonl` in the folder and writes its header.
    ///
    /// - Parameters:
    ///   - folder: the run's folder.
    ///   - header: what the file says about itself; names the role and the process.
    /// - Throws: `TraceFailure` when the file cannot be made.
    public convenience init(folder: RunFolder, header: TraceHeader) throws(TraceFailure) {
        try self.init(folder: folder, header: header, eventsMax: Limits.eventsMax)
    }

    init(folder: RunFolder, header: TraceHeader, eventsMax: Int) throws(TraceFailure) {
        let start = header.wall0 / 1_000_000
        var path = "\(folder.path)/\(header.role)-\(header.pid)-\(start).jsonl"
        // Roles of one process may start within a millisecond.
        var twin = 1
        while AppendFile.exists(path) && twin < 1_000 {
            path = "\(folder.path)/\(header.role)-\(header.pid)-\(start)-\(twin).jsonl"
            twin += 1
        }
        let file = try AppendFile(path: path)
        self.path = path
        var encoder = TraceEncoder(role: header.role, payload: header.payload)
        guard file.append(encoder.header(header)) else {
            throw TraceFailure(path: path, reason: "cannot be written")
        }
        self.eventsMax = eventsMax
        self.writesPayloads = header.payload != .hash
        self.output = Mutex(Output(file: file, encoder: encoder))
    }

    /// Events that were not kept since the start, because the list was full.
    public var lostCount: UInt64 { self.inbox.withLock { $0.lostCount } }

    /// Takes events over; never waits for the disk.
    public func append(_ events: [Recorded]) {
        guard !events.isEmpty else { return }
        enum Wake {
            case none
            case soon
            case now
        }
        let wake: Wake = self.inbox.withLock { inbox in
            guard !inbox.isClosed else { return .none }
            if events.count + inbox.events.count <= self.eventsMax, inbox.lost == 0,
                !self.writesPayloads
            {
                inbox.events.append(contentsOf: events)
            } else {
                for event in events { self.keep(event, in: &inbox) }
            }
            if inbox.events.count >= Limits.wakeEvents && !inbox.isHurried {
                inbox.isHurried = true
                return .now
            }
            guard !inbox.isScheduled else { return .none }
            inbox.isScheduled = true
            return .soon
        }
        switch wake {
        case .none: break
        case .soon:
            self.queue.asyncAfter(deadline: .now() + Limits.flushInterval) { self.flush() }
        case .now: self.queue.async { self.encodeWaiting() }
        }
    }

    /// Writes everything handed over and the `end` row, then closes the file.
    public func close() async {
        self.inbox.withLock { $0.isClosed = true }
        await withCheckedContinuation { (done: CheckedContinuation<Void, Never>) in
            self.queue.async {
                self.flush()
                self.output.withLock { output in
                    guard !output.isEnded else { return }
                    output.isEnded = true
                    _ = output.file.append(output.encoder.end())
                }
                done.resume()
            }
        }
    }

    private func keep(_ event: Recorded, in inbox: inout Inbox) {
        var bytes = 0
        if case .frame(let seen) = event.event { bytes = seen.message.payload.readableBytes }
        guard inbox.events.count < self.eventsMax,
            inbox.payloadBytes + bytes <= Limits.payloadBytesMax
        else {
            inbox.lost += 1
            inbox.lostCount += 1
            inbox.lastLoss = event.time
            return
        }
        if inbox.lost > 0 { Self.admitLoss(&inbox) }
        inbox.payloadBytes += bytes
        inbox.events.append(event)
    }

    private static func admitLoss(_ inbox: inout Inbox) {
        let gap = TraceEvent.gap(lost: inbox.lost, why: "writer too slow")
        inbox.events.append(Recorded(time: inbox.lastLoss, number: 0, event: gap))
        inbox.lost = 0
    }

    private func takeWaiting(endsTurn: Bool) -> [Recorded] {
        self.inbox.withLock { inbox in
            if inbox.lost > 0 { Self.admitLoss(&inbox) }
            var events: [Recorded] = []
            swap(&events, &inbox.events)
            inbox.payloadBytes = 0
            inbox.isHurried = false
            if endsTurn { inbox.isScheduled = false }
            return events
        }
    }

    /// Encodes what waits and writes full chunks.
    private func encodeWaiting() {
        let events = self.takeWaiting(endsTurn: false)
        self.output.withLock { Self.encode(events, &$0) }
    }

    /// Encodes what waits and writes all of it.
    private func flush() {
        let events = self.takeWaiting(endsTurn: true)
        self.output.withLock { output in
            Self.encode(events, &output)
            Self.writeChunk(&output)
        }
    }

    private static func encode(_ events: [Recorded], _ output: inout Output) {
        for var event in events {
            // Numbered here: one file may hold the events of several recorders.
            output.number += 1
            event.number = output.number
            output.encoder.encode(event, into: &output.chunk)
            if output.chunk.count >= Limits.chunkBytes { Self.writeChunk(&output) }
        }
    }

    private static func writeChunk(_ output: inout Output) {
        guard !output.chunk.isEmpty else { return }
        // After a failed write the file may end inside a line: nothing may follow it.
        if !output.hasFailed { output.hasFailed = !output.file.append(output.chunk) }
        output.chunk.removeAll(keepingCapacity: true)
    }
}
