import Faults
import FramePath
import Yams

/// Reads what a rule does.
struct ActionReader {
    let point: Point?
    let report: Report

    private static let words = FaultCatalog.actions.map(\.word)
    private static let objectPoints: [Point] = [.objectRx, .objectDispatch, .objectSend, .objectTx]

    func actions(from node: Node) -> [Action] {
        guard case .sequence(let list) = node, !list.isEmpty else {
            self.report.add(
                "E004",
                at: node,
                "do must be a list of actions",
                expected: "- drop: {}"
            )
            return []
        }
        guard list.count <= 16 else {
            self.report.add("E009", at: node, "more than 16 actions in one rule")
            return []
        }
        var actions: [Action] = []
        for member in list {
            if let last = actions.last(where: \.isEnding) {
                self.report.add(
                    "W005",
                    at: Self.key(of: member) ?? member,
                    "nothing after `\(last.word)` is ever done"
                )
            }
            if let action = self.action(from: member) { actions.append(action) }
        }
        return actions
    }

    private static func key(of node: Node) -> Node? {
        guard case .mapping(let mapping) = node else { return nil }
        return mapping.first?.key
    }

    private func action(from node: Node) -> Action? {
        guard case .mapping(let mapping) = node, mapping.count == 1,
            let (key, value) = mapping.first
        else {
            let bare = node.scalar.map(\.string)
            let help = bare.flatMap { Self.words.contains($0) ? "write `\($0): {}`" : nil }
            self.report.add(
                "E004",
                at: node,
                "an action is a mapping with one key",
                expected: "drop: {}",
                help: help
            )
            return nil
        }
        guard let word = self.report.text(key, "action") else { return nil }
        switch word {
        case "drop": return self.plain(.drop, value)
        case "delay": return self.delay(value)
        case "reorder": return self.reorder(value)
        case "duplicate": return self.duplicate(value)
        case "stall": return self.stall(value)
        case "jam": return self.jam(value, key: key)
        case "close": return self.close(value)
        case "reset": return self.plain(.reset, value)
        case "evict": return self.evict(value, key: key)
        default:
            self.report.unknown("action", word, at: key, words: Self.words, code: "E012")
            return nil
        }
    }

    private func plain(_ action: Action, _ node: Node) -> Action? {
        Fields(node, action.word, keys: [], report: self.report).map { _ in action }
    }

    private func delay(_ node: Node) -> Action? {
        guard
            let fields = Fields(node, "delay", keys: ["time", "jitter"], report: self.report),
            let timeNode = fields.required("time"), let time = self.report.span(timeNode, "time")
        else { return nil }
        let jitter = fields["jitter"].flatMap { self.report.span($0, "jitter") } ?? .zero
        if let node = fields["jitter"], jitter > time {
            self.report.add(
                "E007",
                at: node,
                "jitter is longer than time: delays cannot be negative"
            )
        }
        if time == .zero {
            self.report.add("W003", at: timeNode, "a delay of no time changes nothing")
        }
        return .delay(time: time, jitter: jitter)
    }

    private func reorder(_ node: Node) -> Action? {
        guard
            let fields = Fields(node, "reorder", keys: ["window", "max_hold"], report: self.report)
        else { return nil }
        let window = fields.required("window").flatMap {
            self.report.whole($0, "window", in: 2...1_000)
        }
        let hold = fields.required("max_hold").flatMap { self.report.span($0, "max_hold") }
        guard let window, let hold else { return nil }
        return .reorder(window: Int(window), holdMax: hold)
    }

    private func duplicate(_ node: Node) -> Action? {
        guard
            let fields = Fields(node, "duplicate", keys: ["copies", "after"], report: self.report)
        else { return nil }
        let copies = fields["copies"].map { self.report.whole($0, "copies", in: 1...100) } ?? 1
        let after = fields["after"].map { self.report.span($0, "after") } ?? .zero
        guard let copies, let after else { return nil }
        return .duplicate(copies: Int(copies), after: after)
    }

    private func stall(_ node: Node) -> Action? {
        guard let fields = Fields(node, "stall", keys: ["for"], report: self.report) else {
            return nil
        }
        guard let node = fields["for"] else { return .stall(nil) }
        return self.report.span(node, "for").map { .stall($0) }
    }

    private func jam(_ node: Node, key: Node) -> Action? {
        if let point, point != .objectSend, point != .objectTx {
            self.report.add(
                "E020",
                at: key,
                "`jam` stops the object's pump; this rule stands at \(point.rawValue)",
                expected: "at: object.send or at: object.tx",
                help: "to stop a session at another point use `stall: {}`"
            )
        }
        return self.plain(.jam, node)
    }

    private func close(_ node: Node) -> Action? {
        guard
            let fields = Fields(node, "close", keys: ["code", "reason"], report: self.report),
            let codeNode = fields.required("code"),
            let code = self.report.whole(codeNode, "close code", in: 0...65_535)
        else { return nil }
        let reason = fields["reason"].flatMap { self.report.text($0, "reason") } ?? ""
        if reason.utf8.count > 123, let node = fields["reason"] {
            self.report.add(
                "E032",
                at: node,
                "reason is \(reason.utf8.count) bytes; a Close frame holds 123 (RFC 6455 §5.5)"
            )
        }
        guard Self.isSendable(code) else {
            let isReserved = [1_005, 1_006, 1_015].contains(code)
            self.report.add(
                "E031",
                at: codeNode,
                "close code \(code) cannot be sent in a Close frame (RFC 6455 §7.4)",
                expected: "1000…1003, 1007…1014 or 3000…4999",
                help: isReserved ? "for peers to see 1006 use `reset: {}`" : nil
            )
            return nil
        }
        return .close(code: UInt16(code), reason: reason)
    }

    /// RFC 6455 §7.4 and the IANA registry of close codes.
    private static func isSendable(_ code: UInt64) -> Bool {
        (1_000...1_003).contains(code) || (1_007...1_014).contains(code)
            || (3_000...4_999).contains(code)
    }

    private enum Sockets: String, CaseIterable {
        case keep
        case close
    }

    private func evict(_ node: Node, key: Node) -> Action? {
        if let point, !Self.objectPoints.contains(point) {
            self.report.add(
                "E020",
                at: key,
                "`evict` is done by the object server; this rule stands at \(point.rawValue)",
                expected: "one of: \(Self.objectPoints.map(\.rawValue).joined(separator: ", "))"
            )
        }
        guard let fields = Fields(node, "evict", keys: ["sockets"], report: self.report) else {
            return nil
        }
        guard let node = fields["sockets"] else { return .evict(keepsSockets: true) }
        return self.report.word(node, "sockets", as: Sockets.self)
            .map { .evict(keepsSockets: $0 == .keep) }
    }
}
