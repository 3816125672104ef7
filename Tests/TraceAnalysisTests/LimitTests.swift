import Foundation
import FramePath
import Testing

@testable import TraceAnalysis

/// Traces written line by line: full queues, and control frames that do not go on.
@Suite("Limits that were reached, and lost control frames")
struct LimitTests {
    private static let session = "000000000000abcd-1"

    private func file(
        _ role: String,
        _ points: [String],
        _ rows: [(Int, String)],
        head: String = ""
    ) -> (name: String, bytes: [UInt8]) {
        let list = points.map { "\"\($0)\"" }.joined(separator: ",")
        var lines = [
            #"{"ev":"run","run":"r","role":"\#(role)","wall0_ns":"1000","points":[\#(list)]\#(head)}"#
        ]
        for (index, row) in rows.enumerated() {
            lines.append(
                #"{"t":\#(row.0 * 1_000_000),"n":\#(index + 1),"session":"\#(Self.session)","#
                    + #""obj":"room",\#(row.1)}"#
            )
        }
        lines.append(#"{"t":99000000000,"n":\#(rows.count + 1),"ev":"end"}"#)
        return ("\(role)-1.jsonl", Array((lines.joined(separator: "\n") + "\n").utf8))
    }

    private func send(_ ordinal: Int, _ point: String, seq: Bool = false) -> String {
        #""ev":"frame","dir":"to-client","ord":\#(ordinal),"at":"\#(point)","op":"text","#
            + #""handler":"alarm","h":"00000000000000aa"\#(seq ? #","seq":\#(ordinal)"# : "")"#
    }

    private func ask(_ ordinal: Int, _ point: String) -> String {
        #""ev":"frame","dir":"to-object","ord":\#(ordinal),"at":"\#(point)","op":"text","#
            + #""h":"00000000000000aa","seq":\#(ordinal)"#
    }

    private let accept = (1, #""ev":"sock","what":"accept""#)

    @Test("a client too slow for its object: the limit is named, what waited is no other loss")
    func slow() throws {
        var object: [(Int, String)] = []
        var edge = [self.accept]
        for ordinal in 0..<10 {
            object.append((10 + ordinal, self.send(ordinal, "object.send")))
            guard ordinal < 4 else { continue }
            object.append((10 + ordinal, self.send(ordinal, "object.tx")))
            edge.append((11 + ordinal, self.send(ordinal, "edge.rx")))
            edge.append((11 + ordinal, self.send(ordinal, "edge.tx", seq: true)))
        }
        let why = "outgoing queue full: 1000 messages, 65536 bytes"
        object.append((9_000, #""ev":"life","what":"queue-full","count":1000,"why":"\#(why)""#))
        edge.append((9_001, #""ev":"sock","what":"closed","code":1013"#))
        let files = [
            self.file("edge", ["edge.rx", "edge.tx"], edge),
            self.file("object", ["object.send", "object.tx"], object),
        ]
        let report = Analyzer.analyze(files)
        let finding = try #require(report.findings.first)
        #expect(report.findings.count == 1, "\(report.text)")
        #expect(finding.kind == .limitReached)
        #expect(finding.between?.from == .objectSend && finding.between?.to == .objectTx)
        #expect(
            report.text.hasPrefix(
                "limit reached: outgoing queue full: 1000 messages, 65536 bytes (1 of 1 sessions given up);"
                    + " the client reads slower than the object sends"
            ),
            "\(report.text)"
        )
        // Without its record the same messages are lost with nothing to explain it.
        let silent = [
            files[0], self.file("object", ["object.send", "object.tx"], object.dropLast()),
        ]
        #expect(Analyzer.analyze(silent).findings.first?.kind == .missing)
    }

    @Test("an object that does not come back: the queue is named, the waiting messages are no loss")
    func incoming() throws {
        var edge = [self.accept]
        for ordinal in 0..<4 {
            edge.append((10 + ordinal, self.ask(ordinal, "edge.rx")))
            edge.append((10 + ordinal, self.ask(ordinal, "edge.tx")))
        }
        for ordinal in 4..<8 { edge.append((20 + ordinal, self.ask(ordinal, "edge.rx"))) }
        let full = #""ev":"life","what":"queue-full","count":1000,"why":"64000 bytes are queued""#
        edge.append((9_000, full))
        edge.append((9_001, #""ev":"sock","what":"close-sent","code":1013"#))
        let report = Analyzer.analyze([self.file("edge", ["edge.rx", "edge.tx"], edge)])
        #expect(report.findings.count == 1, "\(report.text)")
        #expect(report.findings.first?.kind == .limitReached)
        #expect(
            report.text.hasPrefix("limit reached: 1000 messages waited, 64000 bytes are queued")
        )
    }

    private func control(_ op: String, _ ordinal: Int, _ point: String, _ more: String) -> String {
        #""ev":"frame","dir":"to-object","ctl":true,"ord":\#(ordinal),"at":"\#(point)","op":"\#(op)"\#(more)"#
    }

    /// Messages and control frames of an edge before a backend.
    private func backend(_ controls: [(Int, String)]) -> AnalysisReport {
        var edge = [self.accept]
        for ordinal in 0..<4 {
            edge.append((10 + ordinal, self.ask(ordinal, "edge.rx")))
            edge.append((10 + ordinal, self.ask(ordinal, "edge.tx")))
        }
        edge += controls
        return Analyzer.analyze([
            self.file("edge", ["edge.rx", "edge.tx"], edge, head: #","backend":"ws://x""#)
        ])
    }

    @Test("a Close that an open leg never gets is lost; one that finds the leg asleep is not")
    func close() throws {
        let lost = self.backend([(50, self.control("close", 0, "edge.rx", #","phase":"active""#))])
        let finding = try #require(lost.findings.first)
        #expect(finding.kind == .missing, "\(lost.text)")
        #expect(finding.between?.from == .edgeRx && finding.between?.to == .edgeTx)
        #expect(lost.text.contains("1/1 to-object Close frames"), "\(lost.text)")
        #expect(lost.oneLine.contains("1/1 to-object Close frames"))
        let unsent = self.backend([
            (50, self.control("close", 0, "edge.rx", #","phase":"active""#)),
            (50, self.control("close", 0, "edge.tx", #","phase":"active""#)),
        ])
        #expect(unsent.text.hasPrefix("lost edge.tx → object.rx: 1/1"), "\(unsent.text)")
        for phase in ["hibernated", "hibernating", "waking", "closing"] {
            let row = self.control("close", 0, "edge.rx", #","phase":"\#(phase)""#)
            #expect(self.backend([(50, row)]).status == .none)
        }
        let passed = self.backend([
            (50, self.control("close", 0, "edge.rx", #","phase":"active""#)),
            (50, self.control("close", 0, "edge.tx", #","phase":"active","seq":9"#)),
        ])
        #expect(passed.status == .none, "\(passed.text)")
    }

    @Test("a Ping is lost only where Pings are passed on, or where a rule took it")
    func ping() throws {
        let ping = { (ordinal: Int) in
            (50 + ordinal, self.control("ping", ordinal, "edge.rx", #","phase":"active""#))
        }
        #expect(self.backend([ping(0), ping(1)]).status == .none)
        let passed = self.control("ping", 0, "edge.tx", #","phase":"active","seq":7"#)
        let lost = self.backend([ping(0), (50, passed), ping(1)])
        #expect(lost.text.hasPrefix("lost edge.rx → edge.tx: 1/2 to-object Pings"), "\(lost.text)")
        let fault =
            #""ev":"fault","dir":"to-object","ctl":true,"ord":0,"at":"edge.rx","fired":true,"#
            + #""rule":"no-pings","src":"faults/x.yaml:3","profile":"x","action":"drop""#
        let ruled = self.backend([ping(0), (50, fault)])
        #expect(ruled.findings.first?.rule == "no-pings", "\(ruled.text)")
        let names = [lost, ruled].compactMap { $0.findings.first?.fingerprint }
        #expect(Set(names).count == 2)
    }
}
