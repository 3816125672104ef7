import DequeModule
import FramePath
import FrameTrace
import ObjectLink

/// What every object of a server shares: rules, trace, actions, entropy, configuration.
struct Surroundings: Sendable {
    let configuration: ObjectConfiguration
    let kind: any HibernatingObject.Type
    let entropy: UInt64
    let typePointer: JSONPointer?
    var checkpoint: Checkpoint
    var actions = Deque<HostAction>()
    /// Whether the type of a message is looked for: a trace or a rule may need it.
    var needsType: Bool
    private var instances: UInt64 = 0

    /// How far the type is looked for in a text.
    private static let typeScanMax = 4_096
    private static let typeBytesMax = 64
    /// Sets instance draws apart from the draws of UUIDs.
    private static let instanceKey: UInt64 = 0x696e_7374_616e_6365

    init(
        configuration: ObjectConfiguration,
        kind: any HibernatingObject.Type,
        entropy: UInt64,
        checkpoint: Checkpoint
    ) {
        self.configuration = configuration
        self.kind = kind
        self.entropy = entropy
        self.checkpoint = checkpoint
        self.typePointer = JSONPointer(configuration.typePointer)
        self.needsType = configuration.isTracing
    }

    /// A number for a new instance, never 0.
    mutating func newInstance() -> UInt64 {
        self.instances += 1
        let key = (self.entropy, Self.instanceKey)
        return max(1, Philox.draw(key: key, counter: (self.instances, 0, 0, 0)).0)
    }

    mutating func send(_ message: LinkMessage, on stream: HostStreamID) {
        self.actions.append(.send(stream, message))
    }

    mutating func life(_ step: TraceEvent.LifeStep, at now: Tick) {
        self.checkpoint.recorder.record(.life(step), at: now)
    }

    /// The type that a message's stamp carries.
    func type(of message: Message) -> String? {
        guard self.needsType, message.kind == .text, let typePointer,
            let type = JSONBytes.string(
                at: typePointer,
                in: message.payload,
                scanMax: Self.typeScanMax
            ),
            type.utf8.count <= Self.typeBytesMax
        else { return nil }
        return type
    }
}
