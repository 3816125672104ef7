import FramePath
import FrameTrace
import Testing

@testable import TraceAnalysis

@Suite("Rows as lines for people")
struct PrettyRowTests {
    private func row(_ json: String) throws -> TraceRow {
        try #require(TraceReader.read(Array((json + "\n").utf8)).rows.first)
    }

    @Test("log lines, sleeps and losses are told")
    func told() throws {
        let log = try self.row(
            #"{"t":61234000000,"n":1,"p":"object-7","ev":"log","obj":"room","#
                + #""msg":"Alarm triggered - checking for stale connections"}"#
        )
        #expect(
            PrettyRow.line(log)
                == "    61.234 object-7       log       "
                + "Alarm triggered - checking for stale connections [room]"
        )
        let sleep = try self.row(
            #"{"t":0,"n":1,"p":"edge-1","ev":"life","what":"hibernated","obj":"r","count":3}"#
        )
        #expect(PrettyRow.line(sleep)?.contains("sleeps with 3 sockets held [r]") == true)
        let fault = try self.row(
            #"{"t":0,"n":1,"p":"edge-1","ev":"fault","dir":"to-client","ord":4,"at":"edge.tx","#
                + #""rule":"r","src":"a.yaml:9","action":"drop","fired":true}"#
        )
        #expect(
            PrettyRow.line(fault)?.contains("drop at edge.tx: to-client #4 by rule r (a.yaml:9)")
                == true
        )
        #expect(PrettyRow.line(fault, isColour: true)?.contains("\u{1B}[31m") == true)
    }

    @Test("messages that pass are not told, and a peer's text cannot steer the terminal")
    func quiet() throws {
        #expect(PrettyRow.line(try self.row(#"{"t":0,"n":1,"p":"e","ev":"frame"}"#)) == nil)
        let log = try self.row(#"{"t":0,"n":1,"p":"e","ev":"log","msg":"a\u001b[2Jb"}"#)
        #expect(PrettyRow.line(log)?.contains("\u{1B}") == false)
    }
}
