import EdgeCore
import Faults
import FramePath
import NIOCore
import Testing

@Suite struct EdgePipelineTests {
    @Test("a pipeline of thousands of requests is answered one by one, not one inside the other")
    func pipeline() {
        var edge = Edge(configuration: EdgeConfiguration(edgeID: 1, run: "r"), engine: .init())
        let leg = LegID(number: 1)
        edge.receive(.clientConnected(leg), at: .zero)
        let count = 20_000
        let request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
        let bytes = ByteBuffer(string: String(repeating: request, count: count))
        edge.receive(.clientBytes(leg, bytes), at: .zero)
        var answers = 0
        while let action = edge.nextAction() {
            if case .write(_, let bytes) = action,
                bytes.getString(at: bytes.readerIndex, length: 12) == "HTTP/1.1 502"
            {
                answers += 1
            }
        }
        #expect(answers == count)
    }

    @Test("a client that does not read is not read until it does")
    func unreadable() {
        var edge = Edge(configuration: EdgeConfiguration(edgeID: 1, run: "r"), engine: .init())
        let leg = LegID(number: 1)
        edge.receive(.clientConnected(leg), at: .zero)
        while edge.nextAction() != nil {}
        var seen: [String] = []
        for isWritable in [false, false, true, true] {
            edge.receive(.clientWritable(leg, isWritable), at: .zero)
            while let action = edge.nextAction() {
                switch action {
                case .pauseReads: seen.append("pause")
                case .resumeReads: seen.append("resume")
                default: seen.append("other")
                }
            }
        }
        #expect(seen == ["pause", "resume"])
    }
}
