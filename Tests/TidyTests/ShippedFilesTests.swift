import Foundation
import Testing

@Suite("Shipped files are complete and hold on any machine")
struct ShippedFilesTests {
    @Test("every profile says its name, what it shows, where it is from and what to expect")
    func profiles() {
        let profiles = Repository.files(in: "faults") { $0.hasSuffix(".yaml") }
        #expect(!profiles.isEmpty, "faults/ has no profile")
        for profile in profiles {
            for key in ["version", "name", "about", "source", "expect"]
            where profile.text.range(of: "(?m)^\(key):", options: .regularExpression) == nil {
                Issue.record("\(profile.path) has no `\(key):`")
            }
            let stem = profile.path.split(separator: "/").last?.dropLast(".yaml".count) ?? ""
            #expect(
                profile.text.range(of: "(?m)^name: *\(stem) *$", options: .regularExpression)
                    != nil,
                "\(profile.path) should be named after its file"
            )
        }
    }

    @Test(
        "no file names a folder of one machine",
        arguments: ["Sources", "Tests", "faults", ".ci"]
    )
    func machinePaths(folder: String) {
        for file in Repository.files(in: folder, where: { !$0.contains("__pycache__") }) {
            check(file)
        }
    }

    @Test("no file at the top names a folder of one machine")
    func machinePathsAtTheTop() {
        for name in ["Package.swift", "README.md", "Makefile", "Dockerfile", "compose.yaml"] {
            if let file = Repository.read(name) { check(file) }
        }
    }

    private func check(_ file: Repository.File) {
        // Put together here, so that this file does not catch itself.
        for folder in ["root", "work", "Users", "home/\\w+"] {
            let pattern = "(?<![\\w.])/" + folder + "/"
            if file.text.range(of: pattern, options: .regularExpression) != nil {
                Issue.record("\(file.path) has a path of one machine: /\(folder)/")
            }
        }
    }
}
