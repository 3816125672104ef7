import Testing
import TorporServer

@Suite struct BenchReportTests {
    @Test func medianIsTheMiddleOfAnyOrder() {
        #expect(BenchMath.median([3, 1, 2]) == 2)
        #expect(BenchMath.median([4, 1, 3, 2]) == 2.5)
        #expect(BenchMath.median([]).isNaN)
    }

    @Test func ratioToNothingIsNoNumber() {
        #expect(BenchMath.ratio(3, to: 2) == 1.5)
        #expect(BenchMath.ratio(3, to: 0).isNaN)
    }

    @Test(arguments: [(2.0, 0), (2.1, 1), (Double.nan, 1)] as [(Double, Int32)])
    func barIsMetUpToItsValue(value: Double, code: Int32) {
        var report = BenchReport()
        report.add(BenchFigure("relay.64.ratio", value, "× haproxy", bar: 2))
        #expect(report.exitCode == code)
    }

    @Test func printedFigureIsNeverJudged() {
        var report = BenchReport()
        report.add(BenchFigure("capture.rate", 1, "events a second"))
        #expect(report.exitCode == 0)
    }

    @Test func skippedGateIsNotMet() {
        var report = BenchReport()
        report.add(BenchFigure("held.bytes", 1, "bytes a session", bar: 4_096))
        report.skip("relay.64.ratio", "haproxy is missing: apt-get install haproxy")
        #expect(report.exitCode == 2)
        #expect(report.text.contains("SKIPPED relay.64.ratio: haproxy is missing"))
        report.add(BenchFigure("relay.64.tracing", 9, "× torpor", bar: 1.5))
        #expect(report.exitCode == 1)
    }

    @Test func givenBarReplacesTheBuiltInOne() {
        var report = BenchReport(bars: ["held.bytes": 1, "held.byte": 1])
        report.add(BenchFigure("held.bytes", 3_000, "bytes a session", bar: 4_096))
        #expect(report.exitCode == 1)
        #expect(report.unknownBars == ["held.byte"])
    }

    @Test(arguments: [(110, 0), (111, 1), (50, 0)] as [(Double, Int32)])
    func worseThanKeptByMoreThanTheMarginIsRegression(value: Double, code: Int32) throws {
        let kept = try BenchBaseline(
            json: Array(
                #"{"capture.instructions":{"value":100,"margin":0.1},"x":{"value":1,"margin":0}}"#
                    .utf8
            )
        )
        var report = BenchReport()
        report.add(BenchFigure("capture.instructions", value, "instructions an event"))
        report.compare(with: kept)
        #expect(report.exitCode == code)
        #expect(report.regressions.isEmpty == (code == 0))
    }

    @Test func keptFiguresThatCannotBeReadSayWhatIsWanted() {
        #expect(throws: ServerFailure.self) { try BenchBaseline(json: Array("[]".utf8)) }
    }

    @Test func jsonHasEveryFigureWithItsBar() {
        var report = BenchReport()
        report.add(BenchFigure("held.bytes", 3_000, "bytes a session", bar: 4_096))
        report.add(BenchFigure("held.process", 53, "MB of the edge"))
        #expect(
            report.json == #"{"figures":["#
                + #"{"name":"held.bytes","value":3000.0,"unit":"bytes a session","bar":4096.0,"#
                + #""ok":true},"#
                + #"{"name":"held.process","value":53.0,"unit":"MB of the edge"}],"#
                + #""skipped":[],"regressions":[],"exit":0}"#
        )
    }
}
