import Testing

@testable import TraceAnalysis

@Suite("Results in the forms that CI services read")
struct ResultFormatTests {
    @Test("a JUnit suite counts its cases and keeps every text inside its attribute")
    func junit() {
        let suite = JUnitSuite(
            name: "a & b",
            cases: [
                .init(name: "works", seconds: 1.2345, outcome: .passed),
                .init(name: "\"<x>\"", seconds: 0, outcome: .failed("a\nb\u{1B}", details: "<d>")),
                .init(name: "none", seconds: 0, outcome: .error("not found")),
                .init(name: "free", seconds: 0, outcome: .skipped("no expect")),
            ]
        )
        #expect(
            suite.xml == """
                <?xml version="1.0" encoding="UTF-8"?>
                <testsuites tests="4" failures="1" errors="1" skipped="1" time="1.235">
                  <testsuite name="a &amp; b" tests="4" failures="1" errors="1" skipped="1" time="1.235">
                    <testcase classname="a &amp; b" name="works" time="1.235"/>
                    <testcase classname="a &amp; b" name="&quot;&lt;x&gt;&quot;" time="0.000">
                      <failure message="a&#10;b?">&lt;d&gt;</failure>
                    </testcase>
                    <testcase classname="a &amp; b" name="none" time="0.000">
                      <error message="not found"/>
                    </testcase>
                    <testcase classname="a &amp; b" name="free" time="0.000">
                      <skipped message="no expect"/>
                    </testcase>
                  </testsuite>
                </testsuites>

                """
        )
    }

    @Test("a workflow command stays one line, and names a file only inside the repository")
    func annotation() {
        var annotation = GitHubAnnotation(
            level: .error,
            title: "a: b, c",
            message: "100 % lost\nsecond",
            source: "faults/x.yaml:9"
        )
        #expect(
            annotation.command
                == "::error file=faults/x.yaml,line=9,title=a%3A b%2C c::100 %25 lost%0Asecond"
        )
        annotation.source = "/srv/x.yaml:9"
        #expect(annotation.command == "::error title=a%3A b%2C c::100 %25 lost%0Asecond")
    }

    @Test("what stands in a summary is not read as markup")
    func code() {
        #expect(GitHubAnnotation.code("a `b` <c>\n# d") == "`a 'b' <c> # d`")
    }
}
