public import FramePath

import struct NIOCore.ByteBuffer

/// An event with its time and its number in this recorder.
public struct Recorded: Sendable {
    /// When, on the clock of the process that recorded it.
    public var time: Tick
    /// Counted from 1 without a hole; order of record.
    public var number: UInt64
    /// What happened.
    public var event: TraceEvent

    /// Makes one.
    public init(time: Tick, number: UInt64, event: TraceEvent) {
        self.time = time
        self.number = number
        self.event = event
    }
}

/// Keeps events in order until the driver drains them to the writer.
///
/// Shape: a bounded list inside a core; past the bound events are counted, not kept, and the count
/// stands as a `gap` event where they would have been. Numbers have no hole, so a reader that finds one
/// knows that records were lost after this place.
public struct Recorder: Sendable {
    /// The most events kept between two drains.
    public static let pendingMax = 65_536

    /// Whether events are kept at all.
    public var isOn: Bool
    /// Whether messages at their points are among them; without, only steps, decisions and marks are.
    public var keepsMessages: Bool
    /// How much of payloads the trace writes: the rest is not kept waiting for it.
    public var payload: PayloadPolicy
    /// Events that were not kept since the start, because the list was full.
    public private(set) var lostCount: UInt64 = 0

    private var pending: [Recorded] = []
    /// The payload hashed last, let go with the events so that no buffer is held over a read.
    ///
    /// A message meets the points of a process one right after the other, and a broadcast many sessions.
    private var hashed: (payload: ByteBuffer, hash: UInt64)?
    private var number: UInt64 = 0
    private var lost: UInt64 = 0
    private var lastLoss: Tick = .zero

    /// Makes a recorder.
    ///
    /// - Parameters:
    ///   - isOn: `false` keeps nothing and costs a branch.
    ///   - payload: how much of payloads the trace writes.
    public init(isOn: Bool, payload: PayloadPolicy = .full) {
        self.isOn = isOn
        self.payload = payload
        self.keepsMessages = isOn
    }

    /// Keeps one event, or counts it as lost when the list is full.
    ///
    /// - Parameters:
    ///   - event: what happened.
    ///   - time: when.
    public mutating func record(_ event: TraceEvent, at time: Tick) {
        guard self.isOn else { return }
        guard self.pending.count < Self.pendingMax else {
            self.lost &+= 1
            self.lostCount &+= 1
            self.lastLoss = time
            return
        }
        self.append(event, at: time)
    }

    /// The hash of a payload, computed once while it is the one that passes.
    mutating func hash(of payload: ByteBuffer) -> UInt64 {
        if let hashed = self.hashed, hashed.payload == payload { return hashed.hash }
        let hash = XXH64.payloadHash(payload)
        self.hashed = (payload, hash)
        return hash
    }

    /// A message without the payload that the trace will not write, so that no event holds a buffer.
    func trimmed(_ message: Message) -> Message {
        guard self.payload.kept(of: message.payload.readableBytes) == 0 else { return message }
        var message = message
        message.payload = ByteBuffer()
        return message
    }

    /// Moves everything kept to the end of `list`, oldest first.
    ///
    /// - Parameter list: the driver's list, on its way to the writer.
    public mutating func drain(into list: inout [Recorded]) {
        self.hashed = nil
        if self.lost > 0 {
            let lost = self.lost
            self.lost = 0
            self.append(.gap(lost: lost, why: "recorder full"), at: self.lastLoss)
        }
        guard !self.pending.isEmpty else { return }
        // An empty list changes places with the full one: nothing is copied, and both keep their room.
        guard !list.isEmpty else { return swap(&list, &self.pending) }
        list.append(contentsOf: self.pending)
        self.pending.removeAll(keepingCapacity: true)
    }

    private mutating func append(_ event: TraceEvent, at time: Tick) {
        self.number &+= 1
        self.pending.append(Recorded(time: time, number: self.number, event: event))
    }
}
