import Testing

/// One target: what it may import, and whether it is pure.
///
/// A new target is one more line here; a new import of a target is a decision about the layers.
struct Target: Sendable, CustomTestStringConvertible {
    /// Name, also of its folder.
    let name: String
    /// A target may only depend on lower layers, or on an earlier one of its own layer.
    let layer: Int
    /// Everything it may import.
    let mayImport: Set<String>
    /// Whether sockets, files, clocks and randomness are outside.
    let isPure: Bool

    var testDescription: String { name }

    /// The targets in the order of their layers.
    static let all: [Target] = [
        pure("FramePath", layer: 0, []),
        pure("WebSocketWire", layer: 0, ["FramePath"]),
        pure("Faults", layer: 1, ["FramePath", "WebSocketWire", "DequeModule"]),
        pure("FrameTrace", layer: 1, ["FramePath", "WebSocketWire", "Faults"]),
        driver("FaultFiles", layer: 2, ["FramePath", "WebSocketWire", "Faults", "Yams"]),
        pure("ObjectLink", layer: 2, ["FramePath", "WebSocketWire"]),
        pure("EdgeCore", layer: 3, belowCores),
        pure("ObjectCore", layer: 3, belowCores),
        pure("ClientCore", layer: 3, belowCores.subtracting(["ObjectLink"])),
        pure(
            "Simulation",
            layer: 4,
            belowCores.union(["EdgeCore", "ObjectCore", "ClientCore"])
        ),
        driver("ScriptFiles", layer: 4, ["FramePath", "FaultFiles", "ClientCore", "Yams"]),
        driver("TraceAnalysis", layer: 4, ["FramePath", "Faults", "FrameTrace"]),
        driver("TorporServer", layer: 4, cores.union(sockets)),
        driver(
            "torpor",
            layer: 5,
            cores.union(["Simulation", "ScriptFiles", "TraceAnalysis", "TorporServer"])
                .union(["ArgumentParser", "NIOPosix", "Logging"])
        ),
    ]

    /// The pure ones.
    static let pure = all.filter(\.isPure)

    private static let belowCores: Set<String> = [
        "FramePath", "WebSocketWire", "Faults", "FrameTrace", "ObjectLink", "DequeModule",
        "BasicContainers", "Collections",
    ]
    private static let cores: Set<String> = belowCores.union([
        "FaultFiles", "EdgeCore", "ObjectCore", "ClientCore",
    ])
    private static let sockets: Set<String> = [
        "CNghttp2", "COpenSSL", "NIOPosix", "Hummingbird", "HummingbirdCore", "HTTPTypes",
        "ServiceLifecycle",
        "Logging", "GRDB",
    ]
    private static let system: Set<String> = [
        "Foundation", "FoundationEssentials", "Dispatch", "Synchronization", "Glibc", "Musl",
        "Darwin",
    ]

    private static func pure(_ name: String, layer: Int, _ others: Set<String>) -> Target {
        Target(name: name, layer: layer, mayImport: others.union(["NIOCore"]), isPure: true)
    }

    private static func driver(_ name: String, layer: Int, _ others: Set<String>) -> Target {
        Target(
            name: name,
            layer: layer,
            mayImport: others.union(system).union(["NIOCore"]),
            isPure: false
        )
    }
}
