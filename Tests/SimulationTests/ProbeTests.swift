import ClientCore
import FramePath
import FrameTrace
import NIOCore
import Testing

@Suite struct ProbeTests {
    private func run(
        _ fault: FakeService.Fault,
        observes: Bool = true,
        sessions: Int = 2
    ) throws -> (report: ProbeReport, trace: [Recorded], end: Tick) {
        let configuration = try ProbeConfiguration.pingPong(
            sessions: sessions,
            observesHibernation: observes,
            isTracing: true
        )
        var probe = Probe(configuration: configuration, entropy: 7)
        var service = FakeService(fault, observes: observes)
        let finished = service.run(&probe)
        let report = try #require(finished)
        var trace: [Recorded] = []
        probe.drainTrace(into: &trace)
        return (report, trace, service.now)
    }

    @Test(
        "a healthy service has only works cells, and needs two sleeps of time",
        arguments: [true, false]
    )
    func healthy(observes: Bool) throws {
        let (report, _, end) = try self.run(.none, observes: observes)
        for row in PingPongRow.allCases {
            #expect(row.signs(report) == "✓✓✓✓", "\(row) \(report.text())")
        }
        #expect(report.exitCode == 0)
        #expect(report.cell(.burst, ScriptColumn.firstAfterWake).n == 200)
        #expect(report.cell(.echo, ScriptColumn.later).k == 2)
        #expect(end < Tick.zero + .seconds(observes ? 3 : 4))
    }

    @Test("a service that is silent after the welcome is broken in every column of every exchange")
    func silent() throws {
        let (report, trace, _) = try self.run(.silent)
        #expect(PingPongRow.welcome.signs(report) == "✓✓✓✓")
        #expect(PingPongRow.protocolPing.signs(report) == "✓✓✓✓", "\(report.text())")
        for row in [PingPongRow.echo, .ping, .heartbeat, .burst, .closeByObject] {
            #expect(row.signs(report) == "✗✗✗✗", "\(row)")
        }
        #expect(report.exitCode == 1)
        let missing = trace.filter {
            if case .expect(let seen) = $0.event { seen.outcome == "missing" } else { false }
        }
        #expect(missing.count == 2 * (4 * 4 + 400))
    }

    @Test("an answer after the limit is late, not missing, and only in the columns after a wake")
    func late() throws {
        let (report, _, _) = try self.run(.lateAfterWake)
        #expect(PingPongRow.echo.signs(report) == "✓~✓~")
        #expect(PingPongRow.ping.signs(report) == "✓~✓~")
        #expect(PingPongRow.heartbeat.signs(report) == "✓~✓~")
        #expect(report.cell(.echo, ScriptColumn.firstAfterWake).late == 2)
        #expect(report.exitCode == 1)
    }

    @Test("the first message lost after a wake is missing there and found nowhere else")
    func lostAfterWake() throws {
        let (report, _, _) = try self.run(.losesFirstAfterWake)
        for row in [PingPongRow.echo, .ping, .heartbeat, .burst] {
            #expect(row.signs(report) == "✓✗✓✗", "\(row)")
        }
        #expect(report.cell(.burst, ScriptColumn.firstAfterWake).missing == 2)
        #expect(report.cell(.burst, ScriptColumn.firstAfterWake).k == 198)
    }

    @Test(
        "an answer is waited for at most 60 % of the idle span, and at least half a second",
        arguments: [(300, 500), (1_000, 600), (10_000, 6_000)]
    )
    func answerLimit(idle: UInt64, limit: UInt64) throws {
        let configuration = try ProbeConfiguration.pingPong(hibernateAfter: .milliseconds(idle))
        #expect(configuration.answerMax == .milliseconds(limit))
        #expect(configuration.answerMin <= configuration.answerMax)
    }

    @Test(
        "an object that slept again before the later column is noted, and only then",
        arguments: [true, false]
    )
    func sleptBeforeLater(observes: Bool) throws {
        func notes(waiting span: Tick.Span) throws -> [String] {
            var configuration = try ProbeConfiguration.pingPong(
                sessions: 1,
                observesHibernation: observes
            )
            configuration.answerMin = span
            configuration.answerMax = span
            var probe = Probe(configuration: configuration, entropy: 7)
            var service = FakeService(.losesFirstAfterWake, observes: observes)
            let finished = service.run(&probe)
            return try #require(finished).notes.filter { $0.contains("before 'later'") }
        }
        #expect(try notes(waiting: .milliseconds(600)) == [])
        // Echo, ping, heartbeat, the message after the Ping and the close lose theirs; a burst only its first
        // of a hundred, and the others keep the object awake for less than the wait for that one.
        let noted = try notes(waiting: .milliseconds(1_500))
        #expect(noted.count == 1)
        #expect(noted.first?.contains("6 lanes") == true, "\(noted)")
    }

    @Test("a burst answered backwards is reordered, with nothing missing")
    func backwards() throws {
        let (report, _, _) = try self.run(.backwards)
        #expect(PingPongRow.burst.signs(report) == "~~~~")
        #expect(report.cell(.burst, ScriptColumn.fresh).reordered == 2 * 99)
        #expect(PingPongRow.echo.signs(report) == "✓✓✓✓")
    }

    @Test("an echo that comes twice is a duplicate")
    func twice() throws {
        let (report, _, _) = try self.run(.twice)
        #expect(PingPongRow.burst.signs(report).contains("~"))
        #expect(report.cell(.burst, ScriptColumn.firstAfterWake).missing == 0)
        #expect(report.exitCode == 1)
    }

    @Test("a service that refuses every connection could not be told, and says the reason")
    func refused() throws {
        let (report, _, _) = try self.run(.refused)
        for row in PingPongRow.allCases {
            #expect(row.signs(report) == "????", "\(row)")
        }
        #expect(report.exitCode == 2)
        #expect(report.text().contains("502 no object server"))
    }

    @Test(
        "a Ping that wakes the object is wrong when the wake is observed, and noted when it is not"
    )
    func pingWakes() throws {
        let (report, _, _) = try self.run(.pingWakes)
        #expect(PingPongRow.protocolPing.signs(report) == "✓✗✓✗")
        let (unseen, _, _) = try self.run(.pingWakes, observes: false)
        #expect(PingPongRow.protocolPing.signs(unseen) == "✓✓✓✓")
        #expect(unseen.notes.contains { $0.contains("wake not observed") })
    }

    @Test("a Close that is not answered breaks only its row")
    func closeUnanswered() throws {
        let (report, _, _) = try self.run(.closeUnanswered)
        #expect(PingPongRow.closeByClient.signs(report) == "✗✗✗✗")
        #expect(PingPongRow.closeByObject.signs(report) == "✓✓✓✓")
    }

    @Test(
        "sockets lost in sleep are missing after each wake, and a new one serves the column between"
    )
    func dropsSleepers() throws {
        let (report, _, _) = try self.run(.dropsSleepers)
        #expect(PingPongRow.echo.signs(report) == "✓✗✓✗")
        let why = try #require(report.cell(.echo, ScriptColumn.firstAfterWake).why)
        #expect(why.contains("1006"))
    }

    @Test("each expectation names the frame that asked, and frames that were not sent have none")
    func sequences() throws {
        func numbers(_ trace: [Recorded], _ row: PingPongRow) -> [UInt64?] {
            trace.compactMap { recorded -> TraceEvent.Expectation? in
                guard case .expect(let seen) = recorded.event, seen.row == row.rawValue else {
                    return nil
                }
                return seen
            }.map(\.sequence)
        }
        let healthy = try self.run(.none, sessions: 1).trace
        #expect(numbers(healthy, .echo) == [0, 1, 2, 3])
        #expect(numbers(healthy, .burst) == (0..<400).map { UInt64($0) })
        // The message that woke the object between has number 2.
        #expect(numbers(healthy, .protocolPing) == [0, 1, 3, 4])
        let dropped = try self.run(.dropsSleepers, sessions: 1).trace
        #expect(numbers(dropped, .echo) == [0, nil, 0, nil])
    }

    @Test("the same entropy and events give the same report")
    func repeatable() throws {
        let first = try self.run(.lateAfterWake)
        let second = try self.run(.lateAfterWake)
        #expect(first.report == second.report)
    }

    @Test("the table has a line for each row, and its JSON the same states")
    func formats() throws {
        let (report, _, _) = try self.run(.silent)
        let text = report.text(width: 120)
        for row in PingPongRow.allCases {
            #expect(text.contains(row.rawValue))
        }
        #expect(text.contains("✗ 0/2"))
        #expect(!text.contains("\u{1B}"))
        #expect(report.text(width: 120, colour: true).contains("\u{1B}[31m"))
        let json = String(decoding: report.json(), as: UTF8.self)
        #expect(json.contains(#""schema":"torpor.probe/1""#))
        #expect(json.contains(#""state":"broken""#))
    }

    @Test("of several runs, what fails always is broken and what fails at times is flaky")
    func series() throws {
        let healthy = try self.run(.none).report
        let silent = try self.run(.silent).report
        let late = try self.run(.lateAfterWake).report
        let refused = try self.run(.refused).report
        func cell(_ reports: [ProbeReport]) -> ProbeSeries.Cell {
            ProbeSeries(reports: reports).cell(PingPongRow.burst.rawValue, ScriptColumn.fresh)
        }
        #expect(cell([healthy, healthy]).verdict == .works)
        #expect(cell([silent, silent]).verdict == .broken)
        #expect(cell([healthy, silent, healthy]).verdict == .flaky)
        #expect(cell([refused, refused]).verdict == .unknown)
        // A run that could not be judged is no run that worked, nor one that broke.
        #expect(cell([refused, healthy]).verdict == .unknown)
        #expect(cell([refused, silent]).verdict == .broken)
        // A burst is one exchange, of two copies of the lane.
        #expect(cell([healthy, silent, healthy]).trials == 6)
        #expect(cell([healthy, silent, healthy]).passes == 4)
        #expect(ProbeSeries(reports: [late]).verdict == .broken)
        #expect(ProbeSeries(reports: [healthy, silent]).exitCode == 1)
        #expect(ProbeSeries(reports: [healthy]).exitCode == 0)
        #expect(ProbeSeries(reports: [refused]).exitCode == 2)
        let text = ProbeSeries(reports: [healthy, silent, healthy]).text()
        #expect(text.contains("≈ 4/6 [30–90 %]"), "\(text)")
        #expect(text.contains("3 runs: flaky"))
        let json = String(decoding: ProbeSeries(reports: [healthy]).json(), as: UTF8.self)
        #expect(json.contains(#""schema":"torpor.probe-series/1""#))
    }

    @Test(
        "the interval is Wilson's, of few trials wide and never outside 0…1",
        arguments: [
            (0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (1, 1, 0.2065, 1.0),
            (50, 100, 0.4038, 0.5962),
        ]
    )
    func wilson(passes: Int, trials: Int, low: Double, high: Double) throws {
        var cell = ProbeSeries.Cell()
        cell.passes = passes
        cell.trials = trials
        let interval = try #require(cell.interval)
        #expect(abs(interval.low - low) < 0.0001, "\(interval)")
        #expect(abs(interval.high - high) < 0.0001, "\(interval)")
        #expect(ProbeSeries.Cell().interval == nil)
    }

    @Test("a study has a column for each target, each finding, and the commands to see it again")
    func study() throws {
        let healthy = try self.run(.none).report
        let silent = try self.run(.silent).report
        var broken = StudyTarget(
            name: "silent-handlers",
            about: "Handlers are silent.",
            reports: [silent],
            finding: "object.tx → edge.rx, handler webSocketMessage",
            ruledOut: ["waking: the first life is silent too"],
            traceFolder: "runs/silent handlers"
        )
        broken.profileFile = "faults/silent-handlers.yaml"
        var live = StudyTarget(
            name: "live",
            about: "wss://live.example/chat?key=***",
            reports: [healthy, silent],
            finding: "no answer",
            traceFolder: "runs/live"
        )
        live.url = "wss://live.example/chat?key=***"
        var study = StudyReport(
            targets: [
                StudyTarget(
                    name: "no-faults",
                    about: "Nothing is injected.",
                    reports: [healthy],
                    finding: "nothing broken",
                    traceFolder: "runs/no-faults"
                ), broken, live,
                StudyTarget(
                    name: "gone",
                    about: "Nobody there.",
                    reports: [],
                    finding: "unknown: refused",
                    traceFolder: "runs/gone"
                ),
            ],
            environment: [("os", "Linux | test")],
            hibernateAfter: "1s"
        )
        study.script = "my chat.yaml"
        let text = study.text(width: 100)
        #expect(text.contains("✓✓✓✓"))
        #expect(text.contains("✗✗✗✗"))
        let markdown = study.markdown()
        let up =
            "torpor up --hibernate-after 1s --faults faults/silent-handlers.yaml"
            + " --trace 'runs/silent handlers'"
        #expect(markdown.contains(up))
        #expect(markdown.contains("torpor trace analyze 'runs/silent handlers'"))
        #expect(markdown.contains("| os | Linux \\| test |"))
        #expect(markdown.contains("### Ruled out"))
        // Of two runs one was silent: flaky, where the welcome works and nothing is broken for good.
        #expect(text.contains("≈≈≈≈"))
        #expect(text.contains("????"))
        let probe =
            "torpor probe 'wss://live.example/chat?key=***' --script 'my chat.yaml' --sessions 2"
            + " --repeat 2 --hibernate-after 1s --trace runs/live"
        #expect(markdown.contains(probe), "\(markdown)")
        #expect(markdown.contains("20 flaky"), "\(markdown)")
        #expect(markdown.contains("it could not be probed"))
    }
}
