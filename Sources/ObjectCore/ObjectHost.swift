import DequeModule
public import Faults
public import FramePath
public import FrameTrace
public import ObjectLink

/// The object server as a value: events and the time go in, actions come out.
///
/// Shape: objects by name, one stream each while awake; the streams' messages of one object are handled
/// one at a time. Nothing here waits, reads a clock or draws from the system.
public struct ObjectHost: ~Copyable, Sendable {
    /// Reads profiles into rules, or says why not.
    public typealias ReadProfiles =
        @Sendable ([LinkMessage.ProfileText], _ seed: UInt64, _ version: UInt32) -> Result<
            FaultEngine, any Error
        >

    var outside: Surroundings
    let readProfiles: ReadProfiles
    var objects: [HostedObject] = []
    var free: [Int] = []
    var slotOfName: [String: Int] = [:]
    var slotOfStream: [HostStreamID: Int] = [:]
    var deadlines = DeadlineHeap()
    /// Edges whose hello was acknowledged, in the order of their connection.
    var edges: [UInt64] = []
    /// The rules in force, as an edge sent them.
    var rules: Rules?
    var isShutDown = false

    /// What makes an engine: equal values keep the engine and its state.
    struct Rules: Equatable, Sendable {
        let profiles: [LinkMessage.ProfileText]
        let seed: UInt64
        let version: UInt32
    }

    /// Makes an object server without objects.
    ///
    /// - Parameters:
    ///   - configuration: numbers and modes; an unknown kind is a bug of the caller.
    ///   - entropy: seeds instance ids and UUIDs.
    ///   - kinds: the objects to choose from.
    ///   - readProfiles: turns the edge's profile texts into rules.
    public init(
        configuration: ObjectConfiguration,
        entropy: UInt64,
        kinds: [any HibernatingObject.Type] = ObjectRegistry.all,
        readProfiles: @escaping ReadProfiles
    ) {
        guard let kind = kinds.first(where: { $0.kind == configuration.kind }) else {
            preconditionFailure("no object of kind \(configuration.kind)")
        }
        self.outside = Surroundings(
            configuration: configuration,
            kind: kind,
            entropy: entropy,
            checkpoint: Checkpoint(
                engine: FaultEngine(),
                recorder: Recorder(
                    isOn: configuration.isTracing,
                    payload: configuration.tracedPayload
                )
            )
        )
        self.readProfiles = readProfiles
    }

    /// Takes one event.
    ///
    /// - Parameters:
    ///   - event: what happened.
    ///   - now: when; never earlier than before.
    public mutating func receive(_ event: HostEvent, at now: Tick) {
        switch event {
        case .edgeConnected: break
        case .control(let edge, let message): self.control(message, edge: edge, now)
        case .edgeLost(let edge): self.edgeLost(edge, now)
        case .streamOpened(let stream, let object): self.open(stream, object: object, now)
        case .stream(let stream, let message): self.stream(stream, message, now)
        case .streamEnded(let stream, let clean):
            guard let slot = self.slotOfStream.removeValue(forKey: stream) else { break }
            let why = clean ? "the edge ended the stream" : "the stream was reset"
            self.objects[slot].lose(why, now, &self.outside)
            self.settle(slot)
        case .request(let id, let method, let target, _, _):
            self.outside.actions.append(Self.answer(id: id, method: method, target: target))
        case .timer: self.runDue(now)
        case .shutdown: self.shutDown(now)
        }
    }

    /// The next thing to do, oldest first.
    ///
    /// - Returns: an action, or `nil` when there is none.
    public mutating func nextAction() -> HostAction? {
        self.outside.actions.popFirst()
    }

    /// When `.timer` is wanted; a timer that comes early does nothing.
    public var nextDeadline: Tick? { self.deadlines.first }

    /// Moves what was recorded to the end of `list`.
    ///
    /// - Parameter list: the driver's list.
    public mutating func drainTrace(into list: inout [Recorded]) {
        self.outside.checkpoint.recorder.drain(into: &list)
    }

    /// What became of messages at the points of this process.
    public var counts: PointCounts { self.outside.checkpoint.counts }

    /// Whether everything is recorded from now on, beside what tracing needs.
    ///
    /// - Parameter isOn: `true` while somebody looks on.
    public mutating func observe(_ isOn: Bool) {
        let records = isOn || self.outside.configuration.isTracing
        self.outside.checkpoint.recorder.isOn = records
        self.outside.checkpoint.recorder.keepsMessages = records
        self.outside.needsType = records || self.rules?.profiles.isEmpty == false
    }

    /// How many objects are in memory.
    public var instanceCount: Int { self.objects.count { $0.instance != nil } }

    private mutating func open(_ stream: HostStreamID, object name: String, _ now: Tick) {
        guard !self.isShutDown else {
            self.outside.actions.append(.resetStream(stream))
            return
        }
        let slot = self.slotOfName[name] ?? self.newSlot(name)
        guard let slot else { return self.refuse(stream, "too many objects", now) }
        if let other = self.objects[slot].stream {
            let why = "object \(name) is attached by stream \(other.number) of edge \(other.edge)"
            return self.refuse(stream, why, now)
        }
        self.objects[slot].stream = stream
        self.slotOfStream[stream] = slot
        self.settle(slot)
    }

    private mutating func refuse(_ stream: HostStreamID, _ why: String, _ now: Tick) {
        self.outside.checkpoint.recorder.record(.mark("stream refused: \(why)"), at: now)
        self.outside.actions.append(.resetStream(stream))
    }

    private mutating func stream(_ stream: HostStreamID, _ message: LinkMessage, _ now: Tick) {
        // A race: the stream ended here while the message was on its way.
        guard let slot = self.slotOfStream[stream] else { return }
        self.objects[slot].receive(message, now, &self.outside)
        if self.objects[slot].stream == nil { self.slotOfStream[stream] = nil }
        self.settle(slot)
    }

    private mutating func newSlot(_ name: String) -> Int? {
        let object = HostedObject(name: name)
        if let slot = self.free.popLast() {
            self.objects[slot] = object
            self.slotOfName[name] = slot
            return slot
        }
        guard self.objects.count < self.outside.configuration.limits.objectsMax else { return nil }
        self.objects.append(object)
        self.slotOfName[name] = self.objects.count - 1
        return self.objects.count - 1
    }

    /// Forgets an object of which nothing is left, and keeps its deadline in the heap.
    mutating func settle(_ slot: Int) {
        if self.objects[slot].isForgotten {
            let name = self.objects[slot].name
            if self.slotOfName[name] == slot {
                self.slotOfName[name] = nil
                self.free.append(slot)
                // A name of no object, so that the slot is empty until it is taken again.
                self.objects[slot] = HostedObject(name: "")
            }
            return
        }
        guard let deadline = self.objects[slot].deadline else { return }
        if let armed = self.objects[slot].armed, armed <= deadline { return }
        self.objects[slot].armed = deadline
        self.deadlines.insert(deadline, slot: slot)
    }

    private mutating func runDue(_ now: Tick) {
        while let entry = self.deadlines.next(now: now) {
            let slot = entry.slot
            guard self.objects[slot].armed == entry.time else { continue }
            self.objects[slot].armed = nil
            let stream = self.objects[slot].stream
            self.objects[slot].runDue(now, edges: self.edges, &self.outside)
            if let stream, self.objects[slot].stream == nil { self.slotOfStream[stream] = nil }
            self.settle(slot)
        }
    }

    private mutating func shutDown(_ now: Tick) {
        self.isShutDown = true
        for slot in self.objects.indices {
            guard let stream = self.objects[slot].stream else { continue }
            self.outside.actions.append(.endStream(stream))
            self.slotOfStream[stream] = nil
            self.objects[slot].lose("the object server shuts down", now, &self.outside)
        }
        self.outside.actions.append(.finished)
    }
}
