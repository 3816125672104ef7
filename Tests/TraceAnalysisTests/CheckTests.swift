import Faults
import FramePath
import FrameTrace
import Testing

@testable import TraceAnalysis

@Suite("Expectations held against stored runs")
struct CheckTests {
    private func check(
        _ kind: Requirement.Kind,
        _ faults: [SyntheticFault] = [],
        scope: Requirement.Scope = .init(),
        forgetful: Bool = false
    ) throws -> CheckReport.Result {
        var run = SyntheticRun(faults)
        run.isForgetful = forgetful
        return try #require(
            Checker.check(run.files(), [Requirement(kind, scope: scope)]).results.first
        )
    }

    private let lostEcho = [
        SyntheticFault(point: .objectTx, direction: .toClient, action: .drop) { $0.type == "echo" }
    ]

    @Test("no loss: told with its record, and only where it is asked for")
    func loss() throws {
        let healthy = try self.check(.noLoss)
        #expect(healthy.outcome == .ok && healthy.text == "111 messages arrived", "\(healthy)")
        let lost = try self.check(.noLoss, self.lostEcho)
        #expect(lost.outcome == .failed, "\(lost)")
        #expect(lost.text.hasPrefix("18 of 111 messages are lost; echo to-client message "))
        #expect(lost.text.hasSuffix("was last seen at object.tx"))
        #expect(lost.witness?.file == "object-1-1.jsonl")
        let scopes: [(Requirement.Scope, CheckReport.Outcome)] = [
            (.init(direction: .toObject), .ok),
            (.init(direction: .toClient), .failed),
            (.init(types: ["pong"]), .ok),
            (.init(types: ["pong", "echo"]), .failed),
            (.init(handlers: [.fetch]), .ok),
            (.init(handlers: [.webSocketMessage]), .failed),
            (.init(object: Glob("ro*")), .failed),
            (.init(object: Glob("hall")), .unknown),
        ]
        for (scope, outcome) in scopes {
            let result = try self.check(.noLoss, self.lostEcho, scope: scope)
            #expect(result.outcome == outcome, "\(scope): \(result)")
        }
    }

    @Test("the witness is the record of that number in that file")
    func witness() throws {
        var run = SyntheticRun(self.lostEcho)
        let files = run.files()
        let result = try #require(Checker.check(files, [Requirement(.noLoss)]).results.first)
        let witness = try #require(result.witness)
        let bytes = try #require(files.first { $0.name == witness.file }?.bytes)
        let line = try #require(
            bytes.split(separator: 0x0A).map { String(decoding: $0, as: UTF8.self) }
                .first { $0.contains("\"n\":\(witness.number),") }
        )
        #expect(line.contains("\"at\":\"object.tx\"") && line.contains("\"type\":\"echo\""))
    }

    @Test("losses at a torn end are unknown, not failed and not fine")
    func torn() throws {
        var run = SyntheticRun()
        var files = run.files()
        for place in files.indices {
            let lines = files[place].bytes.split(separator: 0x0A)
            let kept = lines.dropLast(place == 2 ? 120 : 60)
            files[place].bytes = Array(kept.joined(separator: [0x0A])) + [0x0A]
        }
        let result = try #require(Checker.check(files, [Requirement(.noLoss)]).results.first)
        #expect(result.outcome == .unknown, "\(result)")
    }

    @Test("no reorder: anywhere, or only over the border of a wake")
    func order() throws {
        let swap = SyntheticFault(point: .edgeRx, direction: .toClient, action: .swap) {
            $0.type == "echo" && $0.wake == 0 && $0.id.ordinal == 4
        }
        #expect(try self.check(.noReorder(acrossWakeOnly: false)).outcome == .ok)
        let within = try self.check(.noReorder(acrossWakeOnly: false), [swap])
        #expect(within.outcome == .failed && within.witness != nil, "\(within)")
        #expect(within.text.contains("between edge.rx and edge.tx"), "\(within)")
        #expect(try self.check(.noReorder(acrossWakeOnly: true), [swap]).outcome == .ok)
        // The last message of the first life, let go after the first of the second.
        let across = SyntheticFault(point: .edgeRx, direction: .toClient, action: .swap) {
            $0.wake == 0 && $0.id.ordinal == 12
        }
        let result = try self.check(.noReorder(acrossWakeOnly: true), [across])
        #expect(result.outcome == .failed, "\(result)")
        #expect(result.text.contains("of life 0 was overtaken by"), "\(result)")
    }

    @Test("findings: none, another and the very one")
    func findings() throws {
        let missing = Expect(kind: .missing, between: .init(last: .objectTx, first: .edgeRx))
        #expect(try self.check(.finding(Expect(kind: .none))).outcome == .ok)
        #expect(try self.check(.finding(Expect(kind: .none)), self.lostEcho).outcome == .failed)
        #expect(try self.check(.finding(missing), self.lostEcho).outcome == .ok)
        let other = try self.check(.finding(Expect(kind: .late)), self.lostEcho)
        #expect(other.outcome == .failed && other.text.hasPrefix("instead: lost object.tx"))
        let absent = try self.check(.finding(missing))
        #expect(absent.outcome == .failed && absent.text.hasPrefix("instead: nothing broken"))
        let scoped = try self.check(
            .finding(Expect(kind: .none)),
            self.lostEcho,
            scope: .init(types: ["pong"])
        )
        #expect(scoped.outcome == .ok)
        let silent = try self.check(.finding(Expect(kind: .neverSent)), forgetful: true)
        #expect(silent.outcome == .ok, "\(silent)")
    }

    private static let session = "000000000000abcd-1"

    /// An edge's file: a row a line as (milliseconds, what, more), all of one object and session.
    private func edge(
        _ rows: [(Int, String)],
        end: Int = 60_000
    ) -> [(name: String, bytes: [UInt8])] {
        var lines = [
            #"{"ev":"run","run":"r","role":"edge","wall0_ns":"1000","points":["edge.rx"]}"#
        ]
        for (index, row) in rows.enumerated() {
            lines.append(
                #"{"t":\#(row.0 * 1_000_000),"n":\#(index + 1),"obj":"room",\#(row.1)}"#
            )
        }
        lines.append(#"{"t":\#(end * 1_000_000),"n":\#(rows.count + 1),"ev":"end"}"#)
        return [("edge-1.jsonl", Array((lines.joined(separator: "\n") + "\n").utf8))]
    }

    private func life(_ what: String) -> String { #""ev":"life","what":"\#(what)""# }
    private func sock(_ what: String, _ code: Int = 1000) -> String {
        #""ev":"sock","what":"\#(what)","session":"\#(Self.session)","code":\#(code)"#
    }
    private func frame(_ ordinal: Int) -> String {
        #""ev":"frame","session":"\#(Self.session)","dir":"to-object","ord":\#(ordinal),"#
            + #""at":"edge.rx","op":"text""#
    }

    private func ask(
        _ kind: Requirement.Kind,
        _ rows: [(Int, String)],
        end: Int = 60_000,
        more: [(name: String, bytes: [UInt8])] = []
    ) throws -> CheckReport.Result {
        let files = self.edge(rows, end: end) + more
        return try #require(Checker.check(files, [Requirement(kind)]).results.first)
    }

    /// Born, spoken to, asleep after 10 s, woken in 300 ms, closed.
    private var slept: [(Int, String)] {
        [
            (0, self.life("wake-start")), (1, self.life("woken")), (2, self.sock("accept")),
            (1_000, self.frame(0)), (11_000, self.life("hibernated")), (20_000, self.frame(1)),
            (20_000, self.life("wake-start")), (20_300, self.life("woken")),
            (21_000, self.sock("closed")),
        ]
    }

    @Test("woke within: the first construction is no wake; slow, failed and open ones are told")
    func woke() throws {
        let ok = try self.ask(.wokeWithin(.milliseconds(300)), self.slept)
        #expect(ok.outcome == .ok && ok.text == "1 wake, 300 ms at most", "\(ok)")
        let slow = try self.ask(.wokeWithin(.milliseconds(299)), self.slept)
        #expect(slow.outcome == .failed && slow.text == "room took 300 ms to wake")
        #expect(slow.witness == .init(file: "edge-1.jsonl", number: 7))
        let open = Array(self.slept.prefix(7))
        let never = try self.ask(.wokeWithin(.seconds(1)), open)
        #expect(never.outcome == .failed && never.text == "room was not awake 40 s later")
        #expect(try self.ask(.wokeWithin(.seconds(1)), open, end: 20_500).outcome == .unknown)
        let failed = open + [(20_100, self.life("wake-failed") + #","why":"no sign of life""#)]
        let text = try self.ask(.wokeWithin(.seconds(1)), failed).text
        #expect(text == "room did not wake: no sign of life")
        #expect(
            try self.ask(.wokeWithin(.seconds(1)), Array(self.slept.prefix(5))).outcome == .unknown
        )
    }

    @Test("hibernates within: late sleep, no sleep, and why not")
    func hibernates() throws {
        let ok = try self.ask(.hibernatesWithin(.seconds(10)), self.slept)
        #expect(ok.outcome == .ok && ok.text == "1 sleep, after 10 s at most", "\(ok)")
        let late = try self.ask(.hibernatesWithin(.seconds(9)), self.slept)
        #expect(late.outcome == .failed)
        #expect(late.text == "room slept only after 10 s without a message")
        #expect(late.witness?.number == 5)
        let awake =
            Array(self.slept.prefix(4)) + [(31_000, self.frame(1)), (32_000, self.sock("closed"))]
        let blocked =
            #"{"ev":"run","run":"r","role":"object","wall0_ns":"1000"}"# + "\n"
            + #"{"t":9000000000,"n":1,"ev":"life","what":"hibernate-blocked","obj":"room","why":"prevents hibernation: setTimeout pending"}"#
            + "\n"
        let never = try self.ask(
            .hibernatesWithin(.seconds(12)),
            awake,
            more: [("object-1.jsonl", Array(blocked.utf8))]
        )
        #expect(never.outcome == .failed)
        #expect(
            never.text == "room was 30 s without a message and did not sleep: "
                + "prevents hibernation: setTimeout pending"
        )
        #expect(never.witness?.number == 4)
        // Nothing held after the close: nobody needs to sleep, and nothing was idle so long before.
        let short = Array(self.slept.prefix(4)) + [(5_000, self.sock("closed"))]
        #expect(try self.ask(.hibernatesWithin(.seconds(12)), short).outcome == .unknown)
    }

    @Test("close code: this one and only this one, as the client saw it")
    func close() throws {
        #expect(try self.ask(.closeCode([1000]), self.slept).outcome == .ok)
        let other = try self.ask(.closeCode([1001, 1012]), self.slept)
        #expect(other.outcome == .failed && other.text == "a session of room ended with 1000")
        #expect(other.witness?.number == 9)
        let open = Array(self.slept.dropLast())
        #expect(try self.ask(.closeCode([1000]), open).outcome == .unknown)
        let client =
            #"{"ev":"run","run":"r","role":"client","wall0_ns":"1000"}"# + "\n"
            + #"{"t":9000000000,"n":1,"obj":"room",\#(self.sock("closed", 1006))}"# + "\n"
        let seen = try self.ask(
            .closeCode([1000]),
            self.slept,
            more: [("client-1.jsonl", Array(client.utf8))]
        )
        #expect(seen.outcome == .failed && seen.text == "a session of room ended with 1006")
        #expect(seen.witness?.file == "client-1.jsonl")
    }

    @Test("before any backend each leg sleeps for itself, and a refused wake loses its messages")
    func backend() throws {
        var run = BackendRun()
        for number in 1...2 {
            let session = run.open(UInt32(number))
            for _ in 0..<3 { run.say(session, "note") }
            run.sleepAndSay(session, "note")
            run.close(session)
        }
        let healthy = run.files()
        let requirements = [
            Requirement(.noLoss), Requirement(.wokeWithin(.milliseconds(50))),
            Requirement(.hibernatesWithin(.seconds(3))), Requirement(.closeCode([1000])),
        ]
        let ok = Checker.check(healthy, requirements)
        #expect(ok.exitCode == 0, "\(ok.text)")
        var refused = BackendRun()
        let session = refused.open(1)
        for _ in 0..<3 { refused.say(session, "note") }
        refused.sleepAndRefuse(session)
        let report = Checker.check(refused.files(), requirements)
        #expect(
            report.results.map(\.outcome) == [.failed, .failed, .ok, .failed],
            "\(report.text)"
        )
        #expect(report.results[0].text.hasSuffix("a backend that refused to be dialled"))
    }

    @Test("the report: a line each, codes 0, 1 and 2, JSON and JUnit")
    func report() throws {
        let requirements = [
            Requirement(.finding(Expect(kind: .none)), source: "e.yaml:3"),
            Requirement(.closeCode([1001]), source: "e.yaml:4"),
            Requirement(.hibernatesWithin(.seconds(9)), source: "e.yaml:5"),
        ]
        let files = self.edge(self.slept)
        let report = Checker.check(files, requirements)
        #expect(report.exitCode == 1)
        #expect(
            report.text.hasPrefix(
                """
                unknown finding none: unknown: only 0 messages could be judged, 3 are needed
                FAILED  close_code 1001: a session of room ended with 1000
                        edge-1.jsonl, record 9
                FAILED  hibernates_within 9s: room slept only after 10 s without a message
                        edge-1.jsonl, record 5
                """
            ),
            "\(report.text)"
        )
        #expect(Checker.check(files, [requirements[0]]).exitCode == 2)
        #expect(Checker.check(files, [Requirement(.closeCode([1000]))]).exitCode == 0)
        #expect(report.json.contains(#""source" : "e.yaml:4""#))
        let xml = report.junit(name: "checks").xml
        #expect(xml.contains(#"<testsuites tests="3" failures="2" errors="1" skipped="0""#))
    }
}
