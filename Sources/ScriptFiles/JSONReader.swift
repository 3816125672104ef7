import ClientCore
import FaultFiles
import Foundation
import FramePath
import Yams

import struct NIOCore.ByteBuffer

/// Reads JSON documents written as YAML, and binary payloads.
struct JSONReader {
    let texts: TextReader

    private var report: Report { self.texts.report }

    func json(_ node: Node, depth: Int = 0) -> ScriptJSON? {
        guard depth < ScriptLimits.depthMax else {
            self.report.add("E009", at: node, "deeper than \(ScriptLimits.depthMax) levels")
            return nil
        }
        switch node {
        case .scalar(let scalar):
            switch Report.json(scalar) {
            case .string: return self.texts.text(node, "json").map { .string($0) }
            case .number(let text):
                guard JSONBytes.isDocument(ByteBuffer(string: text)) else {
                    self.report.add(
                        "E004",
                        at: node,
                        "\(text) is not a JSON number",
                        help: "put quotes around a text"
                    )
                    return nil
                }
                return .number(text)
            case .bool(let flag): return .bool(flag)
            case .null: return .null
            }
        case .sequence(let list):
            return .array(list.compactMap { self.json($0, depth: depth + 1) })
        case .mapping(let mapping):
            return .object(
                mapping.compactMap { key, value in
                    guard let name = self.report.text(key, "a JSON key"),
                        let value = self.json(value, depth: depth + 1)
                    else { return nil }
                    return ScriptJSON.Member(key: name, value: value)
                }
            )
        case .alias: return nil
        }
    }

    func bytes(_ node: Node, _ what: String) -> [UInt8]? {
        guard let text = self.report.text(node, what) else { return nil }
        if let data = Data(base64Encoded: text) { return Array(data) }
        self.report.add("E004", at: node, "\(what) is not base64", expected: "AAEC…=, padded")
        return nil
    }
}
