import ClientCore
import DequeModule
public import EdgeCore
public import Faults
public import FramePath
public import FrameTrace
public import ObjectCore
import ObjectLink
import WebSocketWire

import struct NIOCore.ByteBuffer

/// The cores and the wires between them in virtual time.
///
/// Shape: one heap of planned events; `run` pops, steps, plans what follows, and jumps in time. Nothing
/// waits, nothing is random: the same calls give the same traces.
/// Units: times are `Tick` from the start of the world.
public final class World {
    enum Event {
        case edge(EdgeEvent)
        /// Only in the link it was sent on.
        case edgeFromLink(EdgeEvent, link: UInt64)
        case host(HostEvent, link: UInt64)
        case toClient(Int, ByteBuffer)
        case closedByEdge(Int)
        case client(Int, ClientEvent)
        case edgeTimer
        case hostTimer
    }

    /// The moment of the last step.
    public internal(set) var now = Tick.zero
    /// The clients, in the order they connected.
    public internal(set) var clients: [SimulatedClient] = []
    /// What the edge recorded.
    public internal(set) var edgeTrace: [Recorded] = []
    /// What the object server recorded.
    public internal(set) var hostTrace: [Recorded] = []
    /// Answers to operators' commands, in order.
    public internal(set) var answers: [(id: ControlID, result: ControlResult)] = []
    /// The edge's shutdown is complete.
    public internal(set) var isEdgeFinished = false

    var edge: Edge
    var host: ObjectHost
    let network: Network
    let objects: ObjectConfiguration
    let entropy: UInt64
    let readProfiles: ProfilesReader
    var schedule = Schedule<Event>()
    var legs: [LegID: Int] = [:]
    /// Client bytes that wait because the edge reads no more.
    var paused: [LegID: [EdgeEvent]] = [:]
    /// Number of the link that is up; nothing of an older one arrives.
    var link: UInt64 = 0
    var isLinkUp = false
    var plannedEdge: Tick?
    var plannedHost: Tick?
    var hostLives: UInt64 = 1

    /// How the object server reads the profiles the edge sends.
    public typealias ProfilesReader = ObjectHost.ReadProfiles

    /// Makes a world whose link comes up at once.
    ///
    /// - Parameters:
    ///   - edge: the edge's configuration.
    ///   - engine: the edge's rules, the same as in its configuration's profiles.
    ///   - objects: the object server's configuration.
    ///   - entropy: what every core's own randomness is made from.
    ///   - network: how long things travel.
    ///   - startsLink: whether there is an object server at the start.
    ///   - readProfiles: how the object server reads profiles.
    public init(
        edge: EdgeConfiguration,
        engine: FaultEngine,
        objects: ObjectConfiguration,
        entropy: UInt64 = 1,
        network: Network = Network(),
        startsLink: Bool = true,
        readProfiles: @escaping ProfilesReader
    ) {
        self.edge = Edge(configuration: edge, engine: engine)
        self.host = ObjectHost(
            configuration: objects,
            entropy: entropy,
            readProfiles: readProfiles
        )
        self.network = network
        self.objects = objects
        self.entropy = entropy
        self.readProfiles = readProfiles
        if startsLink { self.startLink() }
    }

    /// Steps through everything planned up to a moment, and stands there.
    ///
    /// - Parameter end: the moment.
    public func run(until end: Tick) {
        while let (at, event) = self.schedule.next(until: end) {
            self.now = max(self.now, at)
            self.step(event)
        }
        self.now = max(self.now, end)
    }

    /// Steps through the next stretch of time.
    ///
    /// - Parameter span: how long.
    public func run(for span: Tick.Span) { self.run(until: self.now + span) }

    /// Asks the edge to end.
    public func shutdownEdge() { self.stepEdge(.shutdown) }

    /// Asks the edge what an operator may ask; the answer comes in `answers`.
    ///
    /// - Parameters:
    ///   - command: what.
    ///   - number: of the question.
    public func ask(_ command: ControlCommand, number: UInt64 = 0) {
        self.stepEdge(.command(ControlID(number: number), command))
    }

    /// What an operator sees of the edge now.
    public var summary: ControlSummary { self.edge.summary() }

    /// A part of the list of objects, as `Edge.objects` gives it.
    ///
    /// - Parameters:
    ///   - after: where the part begins.
    ///   - limit: how many at most.
    /// - Returns: the part.
    public func objects(after: Int, limit: Int) -> ControlPage<ObjectStatus> {
        self.edge.objects(after: after, limit: limit)
    }

    /// A part of the list of sessions, as `Edge.sessions` gives it.
    ///
    /// - Parameters:
    ///   - after: where the part begins.
    ///   - limit: how many at most.
    /// - Returns: the part.
    public func sessions(after: Int, limit: Int) -> ControlPage<SessionStatus> {
        self.edge.sessions(after: after, limit: limit)
    }

    /// Brings the link up, to the object server as it is.
    public func startLink() {
        guard !self.isLinkUp else { return }
        self.isLinkUp = true
        self.link += 1
        self.schedule.plan(
            .host(.edgeConnected(edge: self.link), link: self.link),
            at: self.now + self.network.link
        )
        self.schedule.plan(
            .edgeFromLink(.linkUp, link: self.link),
            at: self.now + self.network.link
        )
    }

    /// Kills the object server: its memory is gone, the edge sees the link break.
    ///
    /// - Parameter reason: as the edge hears it.
    public func killObjects(reason: String) {
        self.isLinkUp = false
        self.drainHostTrace()
        self.hostLives += 1
        self.host = ObjectHost(
            configuration: self.objects,
            entropy: self.entropy &+ self.hostLives,
            readProfiles: self.readProfiles
        )
        self.plannedHost = nil
        self.link += 1
        self.schedule.plan(
            .edgeFromLink(.linkDown(reason: reason), link: self.link),
            at: self.now + self.network.link
        )
    }

    private func step(_ event: Event) {
        switch event {
        case .edge(let event): self.stepEdge(event)
        case .edgeFromLink(let event, let link):
            if link == self.link { self.stepEdge(event) }
        case .host(let event, let link):
            if link == self.link, self.isLinkUp { self.stepHost(event) }
        case .toClient(let index, let bytes): self.receive(index, bytes)
        case .closedByEdge(let index): self.closed(index)
        case .client(let index, let event): self.stepClient(index, event)
        case .edgeTimer:
            guard let planned = self.plannedEdge, planned <= self.now else { return }
            self.plannedEdge = nil
            self.stepEdge(.timer)
        case .hostTimer:
            guard let planned = self.plannedHost, planned <= self.now else { return }
            self.plannedHost = nil
            self.stepHost(.timer)
        }
    }

    func stepEdge(_ event: EdgeEvent) {
        self.edge.receive(event, at: self.now)
        while let action = self.edge.nextAction() { self.perform(action) }
        self.edge.drainTrace(into: &self.edgeTrace)
        guard let deadline = self.edge.nextDeadline else { return }
        let at = max(deadline, self.now)
        if let planned = self.plannedEdge, planned <= at { return }
        self.plannedEdge = at
        self.schedule.plan(.edgeTimer, at: at)
    }

    func stepHost(_ event: HostEvent) {
        self.host.receive(event, at: self.now)
        while let action = self.host.nextAction() { self.perform(action) }
        self.drainHostTrace()
        guard let deadline = self.host.nextDeadline else { return }
        let at = max(deadline, self.now)
        if let planned = self.plannedHost, planned <= at { return }
        self.plannedHost = at
        self.schedule.plan(.hostTimer, at: at)
    }

    private func drainHostTrace() { self.host.drainTrace(into: &self.hostTrace) }
}
