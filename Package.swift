// swift-tools-version:6.3
import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

/// Pure targets also mark every unsafe expression.
let pure: [SwiftSetting] = strict + [.strictMemorySafety()]

let byteBuffer: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let deque: Target.Dependency = .product(name: "DequeModule", package: "swift-collections")

let package = Package(
    name: "Torpor",
    platforms: [.macOS(.v15)],
    products: [.executable(name: "torpor", targets: ["torpor"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-collections", exact: "1.6.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
    ],
    targets: [
        .systemLibrary(
            name: "CNghttp2",
            pkgConfig: "libnghttp2",
            providers: [.apt(["libnghttp2-dev"])]
        ),
        .systemLibrary(
            name: "COpenSSL",
            pkgConfig: "openssl",
            providers: [.apt(["libssl-dev"])]
        ),
        .target(name: "FramePath", dependencies: [byteBuffer], swiftSettings: pure),
        .target(
            name: "WebSocketWire",
            dependencies: ["FramePath", byteBuffer],
            swiftSettings: pure
        ),
        .target(
            name: "Faults",
            dependencies: ["FramePath", "WebSocketWire", byteBuffer, deque],
            swiftSettings: pure
        ),
        .target(
            name: "FaultFiles",
            dependencies: ["FramePath", "WebSocketWire", "Faults", "Yams"],
            swiftSettings: strict
        ),
        .target(
            name: "FrameTrace",
            dependencies: ["FramePath", "WebSocketWire", "Faults", byteBuffer],
            swiftSettings: pure
        ),
        .target(
            name: "ObjectLink",
            dependencies: ["FramePath", "WebSocketWire", byteBuffer],
            swiftSettings: pure
        ),
        .target(
            name: "EdgeCore",
            dependencies: [
                "FramePath", "WebSocketWire", "Faults", "FrameTrace", "ObjectLink", byteBuffer,
                deque,
            ],
            swiftSettings: pure
        ),
        .target(
            name: "ObjectCore",
            dependencies: [
                "FramePath", "WebSocketWire", "Faults", "FrameTrace", "ObjectLink", byteBuffer,
                deque,
            ],
            swiftSettings: pure
        ),
        .target(
            name: "ClientCore",
            dependencies: [
                "FramePath", "WebSocketWire", "Faults", "FrameTrace", byteBuffer, deque,
            ],
            swiftSettings: pure
        ),
        .target(
            name: "ScriptFiles",
            dependencies: ["FramePath", "FaultFiles", "ClientCore", "Yams", byteBuffer],
            swiftSettings: strict
        ),
        .target(
            name: "Simulation",
            dependencies: [
                "FramePath", "WebSocketWire", "Faults", "FrameTrace", "ObjectLink", "EdgeCore",
                "ObjectCore", "ClientCore", byteBuffer, deque,
            ],
            swiftSettings: pure
        ),
        .target(
            name: "TraceAnalysis",
            dependencies: ["FramePath", "Faults", "FrameTrace", byteBuffer],
            swiftSettings: strict
        ),
        .target(
            name: "TorporServer",
            dependencies: [
                "CNghttp2", "COpenSSL", "FramePath", "WebSocketWire", "Faults", "FaultFiles",
                "FrameTrace", "ObjectLink", "EdgeCore", "ObjectCore", "ClientCore", byteBuffer,
                deque,
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            resources: [.embedInCode("Control/openapi.json")],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "torpor",
            dependencies: [
                "FramePath", "WebSocketWire", "Faults", "FaultFiles", "FrameTrace", "ObjectLink",
                "EdgeCore", "ObjectCore", "ClientCore", "ScriptFiles", "TraceAnalysis",
                "TorporServer", byteBuffer,
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "FramePathTests",
            dependencies: ["FramePath", byteBuffer],
            swiftSettings: strict
        ),
        .testTarget(
            name: "WebSocketWireTests",
            dependencies: ["WebSocketWire", "FramePath", byteBuffer],
            swiftSettings: strict
        ),
        .testTarget(
            name: "FaultsTests",
            dependencies: ["Faults", "FaultFiles", "FramePath", "WebSocketWire", byteBuffer],
            swiftSettings: strict
        ),
        .testTarget(
            name: "FrameTraceTests",
            dependencies: ["FrameTrace", "FramePath", "Faults", "WebSocketWire", byteBuffer],
            swiftSettings: strict
        ),
        .testTarget(
            name: "ObjectLinkTests",
            dependencies: ["ObjectLink", "FramePath", "WebSocketWire", byteBuffer],
            swiftSettings: strict
        ),
        .testTarget(
            name: "SimulationTests",
            dependencies: [
                "Simulation", "EdgeCore", "ObjectCore", "ClientCore", "Faults", "FaultFiles",
                "ScriptFiles", "FramePath", "FrameTrace", "ObjectLink", "WebSocketWire",
                "TraceAnalysis",
                byteBuffer,
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "TraceAnalysisTests",
            dependencies: ["TraceAnalysis", "FrameTrace", "Faults", "FramePath", byteBuffer],
            swiftSettings: strict
        ),
        .testTarget(
            name: "TorporServerTests",
            dependencies: [
                "TorporServer", "FramePath", "WebSocketWire", "Faults", "FrameTrace", "ObjectCore",
                "ClientCore", "ScriptFiles", "EdgeCore", "ObjectLink",
                byteBuffer,
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
            ],
            swiftSettings: strict
        ),
        .testTarget(name: "TidyTests", swiftSettings: strict),
    ]
)
