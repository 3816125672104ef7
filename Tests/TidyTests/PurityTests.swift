import Testing

@Suite("Pure targets leave the world outside")
struct PurityTests {
    @Test("a pure target names no clock, socket, task or generator", arguments: Target.pure)
    func purity(target: Target) {
        for file in Repository.swiftFiles(in: "Sources/\(target.name)") {
            let code = CodeText.of(file.text)
            for ban in Ban.all {
                for line in ban.lines(in: code) {
                    Issue.record("\(file.path):\(line): \(ban.name); instead: \(ban.instead)")
                }
            }
        }
    }

    @Test("a pure target never loops over a dictionary or a set", arguments: Target.pure)
    func order(target: Target) {
        for file in Repository.swiftFiles(in: "Sources/\(target.name)") {
            let code = CodeText.of(file.text)
            let names = DictionaryOrder.names(in: code)
            for line in DictionaryOrder.lines(in: code, names: names) {
                Issue.record("\(file.path):\(line): order of a dictionary; instead: sort the keys")
            }
        }
    }

    @Test("the word @unchecked stands in no target at all", arguments: Target.all)
    func unchecked(target: Target) {
        for file in Repository.swiftFiles(in: "Sources/\(target.name)")
        where CodeText.of(file.text).contains("@unchecked") {
            Issue.record("\(file.path): @unchecked; instead: one isolation domain, or a Mutex")
        }
    }

    @Test("each ban catches its bad samples and lets its good ones pass", arguments: Ban.all)
    func selfTest(ban: Ban) {
        for sample in ban.bad {
            #expect(ban.lines(in: CodeText.of(sample)) == [1], "not caught: \(sample)")
        }
        for sample in ban.good {
            #expect(ban.lines(in: CodeText.of(sample)).isEmpty, "caught: \(sample)")
        }
    }

    @Test("a loop over a dictionary is caught, a sorted one and an array are not")
    func orderSelfTest() {
        let code = """
            var byName: [String: Int] = [:]
            var seen: Set<Int> = []
            var list: [Int] = []
            for (name, count) in self.byName {
            for key in byName.keys {
            for one in seen where one > 1 {
            for key in self.byName.keys.sorted() {
            for one in list {
            """
        let names = DictionaryOrder.names(in: code)
        #expect(names == ["byName", "seen"])
        #expect(DictionaryOrder.lines(in: code, names: names) == [4, 5, 6])
    }

    @Test("comments and strings are blank, code and line numbers stay")
    func stripping() {
        let quotes = #"""""#
        let source = """
            let a = "print(1)" // print(2)
            /* Task /* .now */ Date */ let b = 1
            let c = #"say "print(3)" now"#
            let d = \(quotes)"
                Date \\" await
                \(quotes)"
            print(4)
            """
        let code = CodeText.of(source)
        #expect(code.split(separator: "\n", omittingEmptySubsequences: false).count == 7)
        #expect(code.contains("let b = 1") && code.contains("let c = "))
        #expect(!code.contains("Date") && !code.contains("await") && !code.contains("Task"))
        #expect(Ban.all.flatMap { $0.lines(in: code) } == [7])
    }
}
