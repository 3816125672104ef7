import FramePath
import Testing

@testable import TraceAnalysis

@Suite("What the analysis finds before any backend, from the edge's records alone")
struct BackendTests {
    private func report(_ play: (inout BackendRun) -> Void) -> AnalysisReport {
        var run = BackendRun()
        play(&run)
        return Analyzer.analyze(run.files())
    }

    /// Three sessions, each with a life of four exchanges and two more lives.
    private func played(
        awake: BackendRun.Fate = .answered,
        woken: BackendRun.Fate = .answered,
        swallows: Bool = false,
        objects: [String] = ["/chat", "/chat", "/chat"]
    ) -> AnalysisReport {
        self.report { run in
            for (number, object) in objects.enumerated() {
                let session = run.open(UInt32(number + 1), object: object)
                for _ in 0..<2 {
                    run.say(session, "note", awake)
                    run.say(session, "ping")
                }
                for _ in 0..<2 {
                    run.sleepAndSay(session, "note", woken, swallows: swallows)
                    run.say(session, "ping")
                }
                run.close(session)
            }
        }
    }

    @Test("greetings said again, passed on or kept from the client, are no finding")
    func healthy() {
        for swallows in [false, true] {
            let report = self.played(swallows: swallows)
            #expect(report.status == .none, "\(report.text)")
        }
    }

    @Test("a backend that is silent after a wake is found, between the edge's two points")
    func silentAfterWake() throws {
        let report = self.played(woken: .silent)
        let finding = try #require(report.findings.first)
        #expect(finding.kind == .neverAnswered, "\(report.text)")
        #expect(finding.between?.from == .edgeTx && finding.between?.to == .edgeRx)
        #expect(finding.types == ["note"])
        #expect((finding.k, finding.n) == (6, 6))
        #expect(
            report.text.hasPrefix(
                "the backend never answered what woke it: 6/6 messages (note) handed to it at edge.tx "
                    + "had no answer at edge.rx"
            ),
            "\(report.text)"
        )
        #expect(report.text.contains("no rule"))
        #expect(
            report.oneLine.hasPrefix(
                "the backend never answered what woke it (edge.tx → edge.rx): 6/6 (note); no rule"
            )
        )
    }

    @Test("a type that is never answered in any life deserves no answer")
    func never() {
        let report = self.played(awake: .silent, woken: .silent)
        #expect(report.status == .none, "\(report.text)")
    }

    @Test("objects that saw too little learn from those beside them, and others from themselves")
    func families() {
        let rooms = self.played(
            woken: .silent,
            objects: ["/chat/a", "/chat/b", "/chat/c"]
        )
        #expect(rooms.findings.first?.kind == .neverAnswered, "\(rooms.text)")
        // The archive takes notes and never answers; the chat beside it always does.
        let mixed = self.report { run in
            for number in 1...3 {
                let chat = run.open(UInt32(number), object: "/chat")
                let archive = run.open(UInt32(number + 10), object: "/archive")
                for _ in 0..<2 {
                    run.say(chat, "note")
                    run.say(archive, "note", .silent)
                }
                run.sleepAndSay(chat, "note")
                run.sleepAndSay(archive, "note", .silent)
                run.close(chat)
                run.close(archive)
            }
        }
        #expect(mixed.status == .none, "\(mixed.text)")
    }

    @Test("messages pushed by the backend are not taken for answers once the types are known")
    func pushes() {
        let report = self.report { run in
            for number in 1...3 {
                let session = run.open(UInt32(number))
                for _ in 0..<4 {
                    run.say(session, "note")
                    run.push(session, "tick")
                }
                for _ in 0..<2 {
                    run.sleepAndSay(session, "note", .silent)
                    run.push(session, "tick")
                    run.pass(400)
                }
                run.close(session)
            }
        }
        #expect(report.findings.first?.kind == .neverAnswered, "\(report.text)")
        #expect(report.findings.first?.k == 6)
    }

    @Test("answers that come after several questions are given to the right ones")
    func pipelined() {
        let report = self.report { run in
            for number in 1...3 {
                let session = run.open(UInt32(number))
                for _ in 0..<4 {
                    run.say(session, "log", .silent)
                    run.say(session, "note")
                }
                run.sleepAndSay(session, "note")
                run.close(session)
            }
        }
        #expect(report.status == .none, "\(report.text)")
    }

    @Test("a session that ends at once gave the backend no time to answer")
    func hasty() {
        let report = self.report { run in
            for number in 1...3 {
                let session = run.open(UInt32(number))
                for _ in 0..<3 { run.say(session, "note") }
                run.sleepAndSay(session, "ping")
                run.close(session)
            }
            for number in 4...8 {
                let session = run.open(UInt32(number))
                run.sleepAndLeave(session)
            }
        }
        #expect(report.status == .none, "\(report.text)")
    }

    @Test("a rule that drops a message at the last step before the backend is found there")
    func dropped() throws {
        let report = self.played(woken: .dropped)
        let finding = try #require(report.findings.first)
        #expect(finding.kind == .missing, "\(report.text)")
        #expect(finding.between?.from == .edgeTx && finding.between?.to == .objectRx)
        #expect(finding.rule == "the-rule" && finding.k == 6)
    }

    @Test("a re-dial refused is a finding of its own, and the waiting messages are no other")
    func refused() throws {
        let report = self.report { run in
            for number in 1...3 {
                let session = run.open(UInt32(number))
                for _ in 0..<3 { run.say(session, "note") }
                run.sleepAndRefuse(session)
            }
        }
        let finding = try #require(report.findings.first)
        #expect(report.findings.count == 1, "\(report.text)")
        #expect(finding.kind == .redialRefused && finding.between == nil)
        #expect((finding.k, finding.n) == (3, 3))
        #expect(
            report.text.hasPrefix(
                "re-dial refused after sleep: 401 Unauthorized (3/3 re-dials, 3 sessions closed 1014); "
                    + "the backend takes the token only once, or it has expired"
            ),
            "\(report.text)"
        )
        #expect(report.exitCode == 1)
    }

    @Test(
        "an expired token, another subprotocol and an absent backend are told apart, also by name"
    )
    func reasons() {
        func refused(_ code: UInt16?, _ reason: String, after wakes: Int = 0) -> AnalysisReport {
            self.report { run in
                let session = run.open(1)
                for _ in 0..<3 { run.say(session, "note") }
                for _ in 0..<wakes { run.sleepAndSay(session, "note") }
                run.sleepAndRefuse(session, code: code, reason: reason)
            }
        }
        let reports = [
            (refused(401, "the backend answered 401"), "takes the token only once"),
            (
                refused(401, "the backend answered 401", after: 2),
                "the token has expired: 2 earlier"
            ),
            (refused(404, "the backend answered 404"), "accepted the same request when"),
            (refused(101, "subprotocol 'b' instead of 'a'"), "subprotocol 'b' instead of 'a'"),
            (refused(nil, "connection refused"), "re-dial failed after sleep: connection refused"),
        ]
        for (report, words) in reports {
            #expect(report.text.contains(words), "\(report.text)")
            #expect(report.oneLine.count <= AnalysisReport.oneLineMax)
        }
        let names = reports.compactMap { $0.0.findings.first?.fingerprint }
        #expect(names[0] == names[1], "the same break, explained by what else was seen")
        #expect(Set(names).count == 4)
    }

    @Test("a dial refused and then let in is no finding")
    func recovered() {
        let report = self.report { run in
            for number in 1...3 {
                let session = run.open(UInt32(number))
                for _ in 0..<3 { run.say(session, "note") }
                run.refuseOnceThenWake(session)
                run.close(session)
            }
        }
        #expect(report.status == .none, "\(report.text)")
    }
}
