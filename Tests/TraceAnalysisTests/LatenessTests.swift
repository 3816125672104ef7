import FramePath
import Testing

@testable import TraceAnalysis

@Suite("Which late messages are a fault's and which a busy machine's")
struct LatenessTests {
    private func both(_ run: TimedRun) -> [AnalysisReport] {
        let files = run.files()
        return [false, true].map { Analyzer.analyze(files, isBlind: $0) }
    }

    /// A burst of each of three sessions that the edge reads much more slowly than it is sent.
    private func addQueue(_ run: inout TimedRun) {
        for index in 0..<100 {
            for session in 11...13 {
                run.add(session, at: 20_000 + index, type: "burst", first: 1 + index * 20)
            }
        }
    }

    @Test("a queue makes messages slow, and that is a note")
    func queue() {
        var run = TimedRun()
        run.addTraffic()
        self.addQueue(&run)
        for report in self.both(run) {
            #expect(report.status == .none, "\(report.text)")
            #expect(report.exitCode == 0)
            #expect(
                report.notes.contains {
                    $0.hasPrefix("slow: ") && $0.contains("between client.tx and edge.rx")
                },
                "\(report.text)"
            )
        }
    }

    @Test("a machine that stands still now and then accuses no message")
    func standing() {
        var run = TimedRun()
        // Whatever is sent while it stands arrives when it goes on.
        run.addTraffic { time in max(1, 900 - time % 5_000) }
        for start in stride(from: 10_000, to: 40_000, by: 5_000) {
            for session in 21...24 { run.add(session, at: start - 50, second: 900) }
        }
        for report in self.both(run) {
            #expect(report.status == .none, "\(report.text)")
            #expect(report.notes.contains { $0.hasPrefix("slow: ") }, "\(report.text)")
        }
    }

    @Test("messages that are late alone among others in time are a fault's, with no rule")
    func alone() throws {
        var run = TimedRun()
        run.addTraffic()
        for index in 0..<10 {
            run.add(30 + index, at: 11_000 + index * 2_700, type: "a", second: 1_200)
        }
        for report in self.both(run) {
            let finding = try #require(report.findings.first)
            #expect(finding.kind == .late, "\(report.text)")
            #expect(finding.between?.from == .edgeRx)
            #expect(finding.between?.to == .edgeTx)
            #expect(finding.k == 10, "\(report.text)")
            #expect(finding.rule == nil)
        }
    }

    /// Six messages of a sleeping object that take 1.5 s, with more waiting behind each.
    private func addWaking(_ run: inout TimedRun) {
        for index in 0..<6 {
            let time = 11_000 + index * 4_000
            run.add(40, at: time, type: "b", phase: "waking", second: 1_500)
            for behind in 1...20 {
                run.add(40, at: time + behind, type: "b", second: 1_500 - behind + behind / 10)
            }
        }
    }

    @Test("what waits behind a held message is not accused with it, on a busy machine too")
    func behind() throws {
        for isBusy in [false, true] {
            var run = TimedRun()
            run.addTraffic()
            self.addWaking(&run)
            if isBusy { self.addQueue(&run) }
            for report in self.both(run) {
                #expect(report.findings.count == 1, "\(report.text)")
                let finding = try #require(report.findings.first)
                #expect(finding.kind == .late, "\(report.text)")
                #expect(finding.between?.from == .edgeRx, "\(report.text)")
                #expect(finding.phases == [.waking], "\(report.text)")
                #expect(finding.k == 6, "\(report.text)")
                #expect(finding.n == 6, "\(report.text)")
            }
        }
    }

    @Test("slowness is no further finding beside a loss")
    func besideLoss() throws {
        var run = TimedRun()
        run.addTraffic()
        self.addQueue(&run)
        for index in run.messages.indices where run.messages[index].type == "c" {
            run.messages[index].left = nil
        }
        for report in self.both(run) {
            #expect(report.findings.count == 1, "\(report.text)")
            #expect(report.findings.first?.kind == .missing)
            #expect(report.findings.first?.types == ["c"])
        }
    }

    @Test("a single message a rule held is a finding, one a rule held too shortly is not")
    func ruled() throws {
        func report(delay: Int, isBlind: Bool = false) -> AnalysisReport {
            var run = TimedRun()
            run.addTraffic()
            run.add(60, at: 20_000, second: 2_000)
            run.messages[run.messages.count - 1].delay = delay
            return Analyzer.analyze(run.files(), isBlind: isBlind)
        }
        let held = report(delay: 1_900)
        #expect(held.findings.first?.kind == .late, "\(held.text)")
        #expect(held.findings.first?.rule == "slow", "\(held.text)")
        #expect(held.findings.first?.tier == .attributed, "\(held.text)")
        #expect(report(delay: 20).status == .none)
        #expect(report(delay: 1_900, isBlind: true).status == .none)
    }

    @Test("times of different processes are compared by their wall clocks at time zero")
    func clocks() throws {
        for start in [0, 5_000, 9_000] {
            var run = TimedRun()
            run.clientStart = start
            run.addTraffic()
            #expect(Analyzer.analyze(run.files()).notes.isEmpty)
            for index in 0..<10 {
                run.add(30 + index, at: 11_000 + index * 2_700, type: "x", first: 1_200)
            }
            let finding = try #require(Analyzer.analyze(run.files()).findings.first)
            #expect(finding.between?.from == .clientTx)
            #expect(finding.types == ["x"])
            #expect(finding.k == 10)
        }
    }

    @Test("a run that goes on is judged, few messages on their way are told, many are unknown")
    func live() {
        for (open, status) in [(0, Finding.Status.none), (3, .none), (30, .unknown)] {
            var run = TimedRun()
            run.endsCleanly = false
            run.addTraffic()
            for index in 0..<open {
                run.add(50, at: 39_950 + index)
                run.messages[run.messages.count - 1].left = nil
            }
            let report = Analyzer.analyze(run.files())
            #expect(report.status == status, "\(report.text)")
            #expect(
                report.text.contains("3 were still on their way") == (open == 3),
                "\(report.text)"
            )
        }
    }

    @Test("a client that leaves no trace is told apart from those that do")
    func partlyObserved() {
        var run = TimedRun()
        run.addTraffic()
        #expect(!Analyzer.analyze(run.files()).text.contains("client not observed"))
        run.untraced = [4]
        let text = Analyzer.analyze(run.files()).text
        #expect(text.contains("client not observed in 1 of 10 sessions"), "\(text)")
        run.untraced = Set(1...10)
        let dark = Analyzer.analyze(run.files()).text
        #expect(dark.contains("path; client not observed"), "\(dark)")
        #expect(!dark.contains(" of 10 sessions"), "\(dark)")
    }
}
