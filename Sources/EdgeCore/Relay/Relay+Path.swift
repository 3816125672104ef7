import Faults
import FramePath
import FrameTrace
import WebSocketWire

import struct NIOCore.ByteBuffer

/// The points of a relay, and the lanes in which rules hold frames back.
extension Relay {
    /// Lets a parcel meet a point; then it goes on, waits, or ends.
    mutating func cross(_ slot: Int, _ station: Station, _ parcel: Parcel) {
        let isIdle = self.isIdle(slot, station)
        let hasWaited = station == .objectSend || station == .clientSend
        let object = self.conversations.values[slot].object
        let sequence = self.sequence(slot, station, parcel, isIdle: isIdle)
        let queued = hasWaited ? self.now - parcel.arrived : .zero
        // A later frame of a message goes where its first went; a swallowed greeting goes nowhere.
        if parcel.isLaterPart || parcel.marks.isSwallowed {
            self.checkpoint.observe(
                parcel.message,
                at: station.point,
                object: object,
                sequence: sequence,
                queued: queued,
                marks: parcel.marks,
                now: self.now
            )
            guard !parcel.marks.isSwallowed else { return }
            return isIdle
                ? self.proceed(slot, station, parcel)
                : self.enter(slot, station, parcel, Effects())
        }
        let verdict = self.checkpoint.cross(
            parcel.message,
            at: station.point,
            object: object,
            session: self.conversations.values[slot].facts,
            sequence: sequence,
            queued: queued,
            marks: parcel.marks,
            now: self.now
        )
        switch verdict {
        case .pass where isIdle: self.proceed(slot, station, parcel)
        case .pass: self.enter(slot, station, parcel, Effects())
        case .apply(let effects):
            let isDirect = isIdle && Checkpoint.goesOnAtOnce(verdict)
            self.apply(slot, station, parcel, effects, isDirect: isDirect)
        }
    }

    /// The number on the leg: counted on arrival, or given only to what is handed over now.
    private func sequence(
        _ slot: Int,
        _ station: Station,
        _ parcel: Parcel,
        isIdle: Bool
    ) -> UInt64? {
        switch station {
        case .objectReceive, .clientReceive: return parcel.sequence
        case .objectSend:
            return isIdle ? self.conversations.values[slot].toObject.sent : nil
        case .clientSend:
            guard isIdle, self.isClientOpen(slot) else { return nil }
            return self.conversations.values[slot].toClient.sent
        }
    }

    private mutating func apply(
        _ slot: Int,
        _ station: Station,
        _ parcel: Parcel,
        _ effects: Effects,
        isDirect: Bool
    ) {
        if isDirect, effects.copies.isEmpty { return self.proceed(slot, station, parcel) }
        let serial = self.conversations.values[slot].serial
        self.enter(slot, station, parcel, effects, isDirect: isDirect)
        guard self.conversations.values[slot].serial == serial else { return }
        switch effects.ending {
        case .none: break
        case .drop: if parcel.end != nil { self.setClosingDeadline(slot) }
        case .close(let code, let reason): self.end(slot, code: code, reason: reason)
        case .reset: self.resetClient(slot, reason: "a rule resets it")
        case .evict(let keepsSockets): self.evict(slot, keepsSocket: keepsSockets)
        }
    }

    private mutating func enter(
        _ slot: Int,
        _ station: Station,
        _ parcel: Parcel,
        _ effects: Effects,
        isDirect: Bool = false
    ) {
        self.makeLanes(slot)
        let count = self.conversations.values[slot].lanes[station.rawValue].count
        guard count < self.configuration.limits.laneMessagesMax else {
            self.limitCounts.add(.lane)
            return self.resetClient(
                slot,
                reason: "a rule holds \(count) messages, the most there may be"
            )
        }
        self.conversations.values[slot].lanes[station.rawValue].enter(
            parcel,
            effects: effects,
            now: self.now
        ) { original, number in
            var copy = original
            copy.message.id.copy = number
            return copy
        }
        self.pump(slot, station, direct: isDirect ? parcel.message.id : nil)
    }

    mutating func makeLanes(_ slot: Int) {
        guard self.conversations.values[slot].lanes.isEmpty else { return }
        self.conversations.values[slot].lanes = Station.allCases.map { _ in Lane() }
    }

    /// Lets go what a lane no longer holds.
    mutating func pump(_ slot: Int, _ station: Station, direct: MessageID? = nil) {
        let serial = self.conversations.values[slot].serial
        while self.conversations.values[slot].serial == serial, self.mayPump(slot, station) {
            let next = self.conversations.values[slot].lanes[station.rawValue].next(now: self.now)
            guard let parcel = next else { break }
            self.proceed(slot, station, parcel, wasHeld: direct != parcel.message.id)
        }
        guard self.conversations.values[slot].serial == serial else { return }
        self.setLaneDeadline(slot)
        self.finishHalfClosed(slot)
    }

    private func mayPump(_ slot: Int, _ station: Station) -> Bool {
        guard !self.conversations.values[slot].lanes.isEmpty else { return false }
        guard station == .objectSend else { return true }
        switch self.conversations.values[slot].backendStage {
        case .awake, .announced: return true
        case .asleep, .waking: return false
        }
    }

    private mutating func setLaneDeadline(_ slot: Int) {
        let deadlines = self.conversations.values[slot].lanes.compactMap(\.deadline)
        guard let earliest = deadlines.min() else { return }
        let at = max(earliest, self.now)
        if let set = self.conversations.values[slot].laneDeadline, set <= at, set > self.now {
            return
        }
        self.conversations.values[slot].laneDeadline = at
        // A lane that is due but waits for its leg is pumped when that is up, not by the clock.
        guard at > self.now else { return }
        let serial = self.conversations.values[slot].serial
        self.alarms.set(.lane(slot: slot, serial: serial), at: at)
    }

    mutating func laneDue(_ slot: Int) {
        let serial = self.conversations.values[slot].serial
        for station in Station.allCases {
            guard self.conversations.values[slot].serial == serial else { return }
            self.pump(slot, station)
        }
    }

    func isIdle(_ slot: Int, _ station: Station) -> Bool {
        guard !self.conversations.values[slot].lanes.isEmpty else { return true }
        return self.conversations.values[slot].lanes[station.rawValue].isIdle
    }

    /// Whether every lane is free: nothing is held, nothing stands still.
    func areLanesIdle(_ slot: Int) -> Bool {
        self.conversations.values[slot].lanes.allSatisfy(\.isIdle)
    }

    mutating func proceed(
        _ slot: Int,
        _ station: Station,
        _ parcel: Parcel,
        wasHeld: Bool = false
    ) {
        switch station {
        case .objectReceive: self.reachBackend(slot, parcel)
        case .objectSend: self.send(slot, .toObject, parcel, wasHeld: wasHeld)
        case .clientReceive: self.cross(slot, .clientSend, parcel)
        case .clientSend: self.send(slot, .toClient, parcel, wasHeld: wasHeld)
        }
    }

    /// Whether the client may still be sent frames: none after a Close.
    func isClientOpen(_ slot: Int) -> Bool {
        self.conversations.values[slot].stage == .open
            && self.conversations.values[slot].hasClient
            && !self.conversations.values[slot].hasClosedClient
    }

    /// A parcel is past `edge.tx`: it gets its number and is handed over.
    private mutating func send(
        _ slot: Int,
        _ way: Direction,
        _ parcel: Parcel,
        wasHeld: Bool
    ) {
        guard way == .toObject || self.isClientOpen(slot) else { return }
        let sequence = self.look(slot, way) { $0.sent }
        self.conversations.values[slot][way].sent += parcel.frames
        if wasHeld {
            self.checkpoint.released(
                parcel.message,
                from: .edgeTx,
                object: self.conversations.values[slot].object,
                sequence: sequence,
                queued: self.now - parcel.arrived,
                marks: parcel.marks,
                now: self.now
            )
        }
        if self.look(slot, way, { $0.passing }) > 0 {
            self.wait(slot, way, parcel.wire)
        } else {
            switch way {
            case .toObject: self.toBackend(slot, parcel.wire)
            case .toClient:
                self.toClient(slot, parcel.wire)
                self.noteHanded(slot, sequence: sequence)
            }
        }
        if parcel.message.kind == .close, let end = parcel.end { self.closeLeft(slot, way, end) }
    }

    /// Keeps a frame of our own until the one under way is whole.
    private mutating func wait(_ slot: Int, _ way: Direction, _ wire: ByteBuffer) {
        var waiting = self.conversations.values[slot][way].afterFrame ?? ByteBuffer()
        waiting.writeImmutableBuffer(wire)
        self.conversations.values[slot][way].afterFrame = waiting
    }

    /// Sends a control frame of the edge itself; it meets `edge.tx`.
    mutating func sendOwn(
        _ slot: Int,
        _ way: Direction,
        _ kind: MessageKind,
        _ payload: ByteBuffer,
        handler: Handler,
        end: SessionEnd? = nil
    ) {
        if way == .toObject,
            self.conversations.values[slot].backendStage == .asleep
                || self.conversations.values[slot].backendStage == .waking
        {
            return
        }
        let dial = self.conversations.values[slot].dial
        let ordinal = self.conversations.values[slot][way].edgeControl
        self.conversations.values[slot][way].edgeControl &+= 1
        let message = Message(
            id: MessageID(
                session: self.conversations.values[slot].sessionID,
                direction: way,
                born: .edge,
                epoch: way == .toClient ? dial : 0,
                ordinal: ordinal,
                isControl: true
            ),
            kind: kind,
            payload: payload,
            phase: self.phase(slot),
            wake: dial,
            handler: handler
        )
        var wire = ByteBuffer()
        FrameEncoder.encode(
            opcode: kind.opcode,
            maskKey: way == .toObject ? self.maskKey(slot) : nil,
            payload: payload,
            into: &wire
        )
        let parcel = Parcel(message: message, wire: wire, arrived: self.now, end: end)
        self.cross(slot, way == .toObject ? .objectSend : .clientSend, parcel)
    }

    private mutating func maskKey(_ slot: Int) -> UInt32 {
        self.conversations.values[slot].masks &+= 1
        let words = Philox.draw(
            key: (self.configuration.entropy, self.conversations.values[slot].serial),
            counter: (self.conversations.values[slot].masks, 0, 0, 0)
        )
        return UInt32(truncatingIfNeeded: words.0)
    }
}
