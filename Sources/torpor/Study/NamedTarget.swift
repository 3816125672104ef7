internal import ArgumentParser
internal import WebSocketWire

/// A service that runs outside the study, `NAME=URL` on the command line.
struct NamedTarget: ExpressibleByArgument {
    let name: String
    let text: String

    init?(argument: String) {
        let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, parts[0].utf8.count <= 64, parts[0] != ".",
            parts[0] != "..",
            parts[0].allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) }
            )
        else { return nil }
        self.name = String(parts[0])
        self.text = String(parts[1])
    }

    /// Its address.
    func url() throws -> WebSocketURL { try ClientURL.read(self.text) }

    /// Refuses names that stand twice, also those of profiles.
    static func check(_ targets: [NamedTarget], besides others: [String]) throws {
        var names = Set(others)
        for target in targets where !names.insert(target.name).inserted {
            throw CommandFailure(
                "the name '\(target.name)' is given twice: each has its own folder"
            )
        }
    }
}
