package import Yams

/// A mapping whose keys are known.
package struct Fields {
    private let node: Node
    private let what: String
    private let report: Report
    private var values: [String: (key: Node, value: Node)] = [:]
    /// Whether a key was reported: what seems to be missing may be meant by it.
    package private(set) var hasUnknownKey = false

    /// Reports a node that is no mapping, and each key that is not one of `keys`.
    package init?(_ node: Node, _ what: String, keys: [String], report: Report) {
        guard case .mapping(let mapping) = node else {
            let wanted = keys.isEmpty ? "{}" : "{\(keys[0]): …}"
            report.add("E004", at: node, "\(what) must be a mapping", expected: wanted)
            return nil
        }
        self.node = node
        self.what = what
        self.report = report
        for (key, value) in mapping {
            guard let name = report.text(key, "a key of \(what)") else { continue }
            guard keys.contains(name) else {
                report.unknown("key of \(what)", name, at: key, words: keys, code: "E002")
                self.hasUnknownKey = true
                continue
            }
            self.values[name] = (key, value)
        }
    }

    package var isEmpty: Bool { self.values.isEmpty }

    package subscript(_ key: String) -> Node? { self.values[key]?.value }

    /// Where the key itself stands.
    package func key(_ name: String) -> Node? { self.values[name]?.key }

    /// The value of a key that must be there.
    package func required(_ key: String) -> Node? {
        if let value = self[key] { return value }
        self.report.add("E003", at: self.node, "\(self.what) has no `\(key)`")
        return nil
    }
}
