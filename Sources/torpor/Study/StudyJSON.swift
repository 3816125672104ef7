internal import ClientCore
internal import FramePath
internal import TraceAnalysis

/// A study as one JSON object: a list of targets, each with its table and its finding.
enum StudyJSON {
    static func bytes(_ targets: [TargetStudy.Result], _ subjects: [Study.Result]) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("targets")
        writer.beginArray()
        for target in targets {
            writer.beginObject()
            writer.key("name")
            writer.string(target.name)
            writer.key("url")
            writer.string(target.url)
            writer.key("exitCode")
            writer.int(target.exitCode)
            Self.write(target.reports, to: &writer)
            if let failure = target.failure {
                writer.key("failure")
                writer.string(failure)
            }
            if let analysis = target.analysis {
                writer.key("analysis")
                writer.raw(analysis.json)
            }
            writer.endObject()
        }
        for subject in subjects {
            writer.beginObject()
            writer.key("name")
            writer.string(subject.name)
            writer.key("asExpected")
            writer.bool(subject.surprise == nil)
            Self.write(subject.reports, to: &writer)
            writer.key("analysis")
            writer.raw(subject.analysis.json)
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }

    private static func write(_ reports: [ProbeReport], to writer: inout JSONWriter) {
        guard let first = reports.first else { return }
        writer.key("probe")
        writer.raw(reports.count == 1 ? first.json() : ProbeSeries(reports: reports).json())
    }
}
