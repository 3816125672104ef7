import Testing

@Suite("Targets import what the table allows")
struct ImportTests {
    @Test("no file imports a module that its target may not", arguments: Target.all)
    func imports(target: Target) {
        for file in Repository.swiftFiles(in: "Sources/\(target.name)") {
            for module in Self.modules(in: CodeText.of(file.text))
            where !target.mayImport.contains(module) {
                Issue.record("\(file.path) imports \(module), which \(target.name) may not")
            }
        }
    }

    @Test("Package.swift gives no target a dependency outside the table", arguments: Target.all)
    func dependencies(target: Target) throws {
        let manifest = try #require(Repository.read("Package.swift")).text
        for module in try #require(Self.dependencies(of: target.name, in: manifest))
        where !target.mayImport.contains(module) {
            Issue.record("Package.swift lets \(target.name) depend on \(module)")
        }
    }

    @Test("a target depends only on targets before it", arguments: Target.all)
    func layers(target: Target) throws {
        let order = Target.all.map(\.name)
        let own = try #require(order.firstIndex(of: target.name))
        for module in target.mayImport {
            guard let other = order.firstIndex(of: module) else { continue }
            #expect(other < own, "\(target.name) may import \(module), which comes after it")
            #expect(Target.all[other].layer <= target.layer)
        }
    }

    @Test("every folder in Sources is in the table or a system library")
    func complete() {
        let known = Set(Target.all.map(\.name))
        let folders = Set(
            Repository.files(in: "Sources") { $0.hasSuffix(".swift") }
                .map { String($0.path.split(separator: "/")[1]) }
        )
        #expect(folders.subtracting(known).isEmpty)
    }

    @Test("imports of every spelling are seen")
    func selfTest() {
        let code = """
            import FramePath
            public import struct NIOCore.ByteBuffer
            @testable internal import EdgeCore
            """
        #expect(Self.modules(in: code) == ["FramePath", "NIOCore", "EdgeCore"])
        let manifest = """
            .target(
                name: "A",
                dependencies: ["B", byteBuffer, .product(name: "C", package: "d")],
            """
        #expect(Self.dependencies(of: "A", in: manifest) == ["B", "NIOCore", "C"])
        #expect(Self.dependencies(of: "Z", in: manifest) == nil)
    }

    /// The modules of the `import` lines, in order.
    static func modules(in code: String) -> [String] {
        let line =
            /(?m)^\s*(?:@\w+\s+)*(?:\w+\s+)?import\s+(?:(?:struct|class|enum|protocol|func|typealias|let|var)\s+)?(\w+)/
        return code.matches(of: line).map { String($0.1) }
    }

    /// What `Package.swift` lists for one target, with its two shorthands spelt out.
    static func dependencies(of target: String, in manifest: String) -> [String]? {
        guard
            let start = manifest.firstRange(of: "name: \"\(target)\",")?.upperBound
                ?? manifest.ranges(of: "name: \"\(target)\"").last?.upperBound,
            let open = manifest[start...].firstRange(of: "dependencies: [")
        else { return nil }
        let body = manifest[open.upperBound...].prefix { $0 != "]" }
        return body.matches(of: /\.product\(name: "(\w+)"[^)]*\)|"(\w+)"|\b(byteBuffer|deque)\b/)
            .map { match in
                let word = match.1 ?? match.2 ?? match.3 ?? ""
                return word == "byteBuffer"
                    ? "NIOCore" : word == "deque" ? "DequeModule" : String(word)
            }
    }
}
