import Foundation
import FramePath
import FrameTrace
import Testing

@testable import TraceAnalysis

/// Traces written line by line, for what a synthetic run does not play.
@Suite("What the analysis finds in small traces written by hand")
struct HandWrittenTests {
    static let session = "000000000000abcd-1"

    /// Rows of one file: the header, then one row per millisecond, then the end row.
    private func file(_ role: String, _ points: [String], _ rows: [(Int, String)]) -> [UInt8] {
        let list = points.map { "\"\($0)\"" }.joined(separator: ",")
        var lines = [
            #"{"ev":"run","run":"r","role":"\#(role)","wall0_ns":"1000","points":[\#(list)]}"#
        ]
        for (index, row) in rows.enumerated() {
            lines.append(#"{"t":\#(row.0 * 1_000_000),"n":\#(index + 1),"p":"x",\#(row.1)}"#)
        }
        lines.append(#"{"t":99000000000,"n":\#(rows.count + 1),"p":"x","ev":"end"}"#)
        return Array((lines.joined(separator: "\n") + "\n").utf8)
    }

    private func toObject(_ ordinal: Int, _ point: String, type: String = "a") -> String {
        #""ev":"frame","session":"\#(Self.session)","dir":"to-object","ord":\#(ordinal),"#
            + #""at":"\#(point)","op":"text","h":"00000000000000aa","type":"\#(type)","#
            + #""seq":\#(ordinal)"#
    }

    private func handler(_ ordinal: Int, _ what: String, sends: Int) -> String {
        #""ev":"life","what":"\#(what)","session":"\#(Self.session)","handler":"webSocketMessage","#
            + #""cause":\#(ordinal),"count":\#(sends)"#
    }

    private func run(
        handled: Int,
        of messages: Int,
        sends: Int = 1,
        edge more: [(Int, String)] = [],
        object further: [(Int, String)] = []
    ) -> [(name: String, bytes: [UInt8])] {
        var edge = more
        var object = further
        for ordinal in 0..<messages {
            let time = 10 + ordinal * 10
            edge.append((time, self.toObject(ordinal, "edge.rx")))
            edge.append((time, self.toObject(ordinal, "edge.tx")))
            object.append((time, self.toObject(ordinal, "object.rx")))
            object.append((time, self.toObject(ordinal, "object.dispatch")))
            guard ordinal < handled else { continue }
            object.append((time, self.handler(ordinal, "handler-start", sends: 0)))
            object.append((time, self.handler(ordinal, "handler-end", sends: sends)))
        }
        return [
            ("edge-1.jsonl", self.file("edge", ["edge.rx", "edge.tx"], edge)),
            (
                "object-1.jsonl",
                self.file("object", ["object.rx", "object.dispatch", "object.send"], object)
            ),
        ]
    }

    @Test("a message that is dispatched and reaches no handler is lost between the two")
    func noHandler() throws {
        let report = Analyzer.analyze(self.run(handled: 4, of: 10))
        let finding = try #require(report.findings.first)
        #expect(finding.between?.from == .objectDispatch)
        #expect(finding.between?.to == .objectSend)
        #expect(finding.k == 6)
        #expect(report.text.contains("(no handler ran)"), "\(report.text)")
    }

    @Test("what is on its way when its session closes is excused, what is lost long before is not")
    func closing() {
        func status(closedAt: Int) -> Finding.Status {
            let closed = #""ev":"sock","what":"closed","session":"\#(Self.session)","code":1006"#
            let files = self.run(handled: 6, of: 10, edge: [(closedAt, closed)])
            return Analyzer.analyze(files).status
        }
        #expect(status(closedAt: 200) == .none)
        #expect(status(closedAt: 5_000) == .broken)
    }

    @Test("a type that is never answered is not accused by learning, but by the probe it is")
    func expectations() throws {
        let silent = self.run(handled: 10, of: 10, sends: 0)
        #expect(Analyzer.analyze(silent).status == .none)
        func probed(_ outcome: String, want: String) -> AnalysisReport {
            let rows = (0..<4).map { ordinal in
                (
                    2_000,
                    #""ev":"expect","session":"\#(Self.session)","row":"r","col":"fresh","#
                        + #""want":"\#(want)","seq":\#(ordinal),"outcome":"\#(outcome)""#
                )
            }
            return Analyzer.analyze(self.run(handled: 10, of: 10, sends: 0, edge: rows))
        }
        let report = probed("missing", want: "b")
        #expect(report.findings.first?.k == 4)
        #expect(report.text.hasPrefix("object never sent in every phase: 4/4"), "\(report.text)")
        #expect(probed("ok", want: "b").status == .none)
        #expect(probed("missing", want: "Close 4000").status == .unknown)
    }

    @Test("an auto-response ends where it was given")
    func autoResponse() {
        let answer =
            #""ev":"frame","session":"\#(Self.session)","dir":"to-client","born":"edge","ord":0,"#
            + #""at":"edge.tx","op":"text","handler":"runtime","cause":50"#
        let asked = (600, self.toObject(50, "edge.rx"))
        let files = self.run(handled: 10, of: 10, edge: [asked, (600, answer)])
        #expect(Analyzer.analyze(files).status == .none)
        #expect(Analyzer.analyze(self.run(handled: 10, of: 10, edge: [asked])).status == .broken)
    }

    @Test("of several runs in a directory the newest is analysed, and the rest is told")
    func directory() throws {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("torpor-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        var old = SyntheticRun([
            SyntheticFault(point: .objectTx, direction: .toClient, action: .drop)
        ])
        for (name, bytes) in old.files() {
            let text = String(decoding: bytes, as: UTF8.self)
                .replacing(#""run":"r1""#, with: #""run":"r0""#)
                .replacing("1700000000", with: "1600000000")
            try Data(text.utf8).write(to: folder.appendingPathComponent("old-" + name))
        }
        var new = SyntheticRun()
        for (name, bytes) in new.files() {
            try Data(bytes).write(to: folder.appendingPathComponent(name))
        }
        let report = Analyzer.analyze(try RunDirectory.load(folder.path))
        #expect(report.status == .none, "\(report.text)")
        #expect(report.run == "r1")
        #expect(report.notes == ["3 files of other runs were left out"])
        #expect(report.json.contains(#""status" : "none""#))
        #expect(throws: (any Error).self) { try RunDirectory.load(folder.path + "/no") }
    }
}
