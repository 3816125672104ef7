import FramePath
import FrameTrace
import Testing

@testable import TraceAnalysis

@Suite("What the analysis finds in traces whose truth is known")
struct AnalyzerTests {
    private func both(
        _ files: [(name: String, bytes: [UInt8])]
    ) -> [(isBlind: Bool, report: AnalysisReport)] {
        [false, true].map { ($0, Analyzer.analyze(files, isBlind: $0)) }
    }

    @Test("a healthy run has no finding", arguments: [true, false])
    func healthy(observesClient: Bool) {
        var run = SyntheticRun()
        run.observesClient = observesClient
        for (_, report) in self.both(run.files()) {
            #expect(report.status == .none, "\(report.text)")
            #expect(report.exitCode == 0)
            #expect(report.judged == 3 * (1 + 18 * 2))
            #expect(report.text.contains("client not observed") != observesClient)
        }
    }

    static let drops: [(Direction, Point, Point)] = [
        (.toObject, .edgeRx, .edgeTx), (.toObject, .edgeTx, .objectRx),
        (.toObject, .objectRx, .objectDispatch), (.toClient, .objectSend, .objectTx),
        (.toClient, .objectTx, .edgeRx), (.toClient, .edgeRx, .edgeTx),
        (.toClient, .edgeTx, .clientRx),
    ]

    @Test("messages lost on a hop are found on that hop, blind too", arguments: Self.drops)
    func dropped(direction: Direction, from: Point, to: Point) throws {
        for observesClient in [true, false] {
            var run = SyntheticRun([
                SyntheticFault(point: from, direction: direction, action: .drop) {
                    $0.type != "welcome"
                }
            ])
            run.observesClient = observesClient
            for (isBlind, report) in self.both(run.files()) {
                let finding = try #require(report.findings.first)
                #expect(finding.status == .broken, "\(report.text)")
                #expect(finding.between?.from == from, "\(report.text)")
                #expect(finding.between?.to == to, "\(report.text)")
                #expect(finding.kind == .missing)
                #expect(finding.k == 54, "\(report.text)")
                #expect(finding.n == 54, "\(report.text)")
                #expect(finding.source == (isBlind ? nil : SyntheticRun.source))
                #expect(finding.tier == (isBlind ? .observed : .attributed))
                #expect(finding.witnesses.count == 3)
                #expect(report.exitCode == 1)
                if direction == .toClient { #expect(finding.handler == .webSocketMessage) }
            }
        }
    }

    @Test("the sentence names hop, count, handler, types, phase and rule")
    func sentence() {
        var run = SyntheticRun([
            SyntheticFault(point: .objectTx, direction: .toClient, action: .drop) {
                $0.handler == .webSocketMessage
            }
        ])
        let report = Analyzer.analyze(run.files())
        #expect(
            report.text
                == "lost object.tx → edge.rx: 54/54 to-client messages sent by "
                + "webSocketMessage (echo, heartbeat_ack, pong), in every phase; "
                + "rule the-rule (faults/test.yaml:9)"
        )
    }

    @Test("a loss only in the first handler after a wake is told as that phase")
    func woken() throws {
        var run = SyntheticRun([
            SyntheticFault(point: .objectTx, direction: .toClient, action: .drop) {
                $0.phase == .woken
            }
        ])
        for (_, report) in self.both(run.files()) {
            let finding = try #require(report.findings.first)
            #expect(finding.phases == [.woken])
            #expect(finding.wakes == [1, 2])
            #expect(finding.k == 6)
            #expect(finding.n == 6)
            #expect(report.text.contains("in phase woken"), "\(report.text)")
        }
    }

    @Test("a loss of everything after a wake is told as after wake")
    func afterWake() throws {
        var run = SyntheticRun([
            SyntheticFault(point: .objectTx, direction: .toClient, action: .drop) { $0.wake > 0 }
        ])
        for (_, report) in self.both(run.files()) {
            let finding = try #require(report.findings.first)
            #expect(finding.isAfterWake == true)
            #expect(finding.k == 18)
            #expect(report.text.contains("after wake"), "\(report.text)")
        }
    }

    @Test("a jammed pump is a loss between object.send and object.tx with the jam's rule")
    func jam() throws {
        var run = SyntheticRun([
            SyntheticFault(point: .objectSend, direction: .toClient, action: .jam) {
                $0.handler == .webSocketMessage
            }
        ])
        for (isBlind, report) in self.both(run.files()) {
            let finding = try #require(report.findings.first)
            #expect(finding.between?.from == .objectSend)
            #expect(finding.between?.to == .objectTx)
            #expect(finding.k == 54)
            #expect(finding.rule == (isBlind ? nil : "the-rule"))
        }
    }

    @Test("an object that forgot its sockets is found with no rule, as never sent after wake")
    func forgetful() throws {
        for observesClient in [true, false] {
            var run = SyntheticRun()
            run.isForgetful = true
            run.observesClient = observesClient
            for (_, report) in self.both(run.files()) {
                let finding = try #require(report.findings.first)
                #expect(finding.status == .broken, "\(report.text)")
                #expect(finding.between?.from == .objectDispatch)
                #expect(finding.between?.to == .objectSend)
                #expect(finding.isAfterWake == true)
                #expect(finding.k == 18)
                #expect(finding.rule == nil)
                #expect(
                    report.text.hasPrefix("object never sent after wake: 18/18"),
                    "\(report.text)"
                )
            }
        }
    }

    @Test(
        "a delay is found on its hop",
        arguments: [
            (Direction.toObject, Point.edgeRx), (.toObject, .objectRx), (.toClient, .objectTx),
            (.toClient, .edgeRx), (.toClient, .edgeTx),
        ]
    )
    func delayed(direction: Direction, point: Point) throws {
        for observesClient in [true, false] {
            var run = SyntheticRun([
                SyntheticFault(
                    point: point,
                    direction: direction,
                    action: .delay(milliseconds: 1_500)
                ) { $0.type != "welcome" }
            ])
            run.observesClient = observesClient
            for (_, report) in self.both(run.files()) {
                let finding = try #require(report.findings.first)
                #expect(finding.kind == .late, "\(report.text)")
                #expect(finding.between?.from == point, "\(report.text)")
                #expect(finding.k == 54, "\(report.text)")
            }
        }
    }

    @Test(
        "messages let go in another order are found on their hop",
        arguments: [
            (Direction.toClient, Point.objectTx), (.toClient, .edgeRx), (.toClient, .edgeTx),
        ]
    )
    func reordered(direction: Direction, point: Point) throws {
        for observesClient in [true, false] {
            var run = SyntheticRun([
                SyntheticFault(point: point, direction: direction, action: .swap) {
                    $0.type == "echo"
                }
            ])
            run.observesClient = observesClient
            for (_, report) in self.both(run.files()) {
                let finding = try #require(report.findings.first)
                #expect(finding.kind == .reordered, "\(report.text)")
                #expect(finding.between?.from == point, "\(report.text)")
                #expect(finding.k >= 6, "\(report.text)")
            }
        }
    }

    @Test(
        "duplicates are found on the hop that made them",
        arguments: [
            (Direction.toClient, Point.objectTx), (.toClient, .edgeRx), (.toClient, .edgeTx),
            (.toObject, .edgeRx),
        ]
    )
    func duplicated(direction: Direction, point: Point) throws {
        var run = SyntheticRun([
            SyntheticFault(point: point, direction: direction, action: .duplicate) {
                $0.type != "welcome"
            }
        ])
        for (isBlind, report) in self.both(run.files()) {
            let finding = try #require(report.findings.first)
            #expect(finding.kind == .duplicate, "\(report.text)")
            #expect(finding.between?.from == point, "\(report.text)")
            #expect(finding.source == (isBlind ? nil : SyntheticRun.source))
        }
    }

    @Test("a changed payload is found on its hop")
    func mutated() throws {
        var run = SyntheticRun([
            SyntheticFault(point: .edgeRx, direction: .toClient, action: .change)
        ])
        for (_, report) in self.both(run.files()) {
            let finding = try #require(report.findings.first)
            #expect(finding.kind == .mutated)
            #expect(finding.between?.from == .edgeRx)
            #expect(finding.between?.to == .edgeTx)
        }
    }

    @Test("the order of the files does not matter")
    func fileOrder() {
        var run = SyntheticRun([
            SyntheticFault(point: .objectTx, direction: .toClient, action: .drop)
        ])
        let files = run.files()
        #expect(
            Analyzer.analyze(files).text == Analyzer.analyze(Array(files.reversed())).text
        )
    }
}
