import FramePath
import FrameTrace
import Testing

@testable import TorporServer

@Suite("Events that operators wait for")
struct EventLogTests {
    private static func log(_ change: (inout ControlLimits) -> Void = { _ in }) -> EventLog {
        var limits = ControlLimits()
        change(&limits)
        return EventLog(limits: limits)
    }

    private static func mark(_ words: String) -> SeenEvent {
        SeenEvent(time: .zero, event: .mark, what: words)
    }

    private static func filter(_ what: String) -> EventFilter {
        var filter = EventFilter()
        filter.what = what
        return filter
    }

    @Test("a wait since an earlier event finds what came in between, each event once")
    func since() async {
        let log = Self.log()
        for word in ["a", "b", "a", "a"] { log.append(Self.mark(word)) }
        var found: [UInt64] = []
        var since: UInt64 = 0
        for _ in 0..<3 {
            let outcome = await log.wait(
                for: Self.filter("a"),
                count: 1,
                since: since,
                limit: .seconds(60)
            )
            guard case .met(let events, let last) = outcome else {
                Issue.record("\(outcome)")
                return
            }
            found += events.map(\.number)
            since = last
        }
        #expect(found == [1, 3, 4])
    }

    @Test("a wait for events that are not kept any more is refused with the oldest number")
    func forgotten() async {
        let log = Self.log { $0.eventsKept = 3 }
        for _ in 0..<10 { log.append(Self.mark("a")) }
        let outcome = await log.wait(
            for: Self.filter("a"),
            count: 1,
            since: 6,
            limit: .seconds(60)
        )
        guard case .forgotten(let oldest) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(oldest == 7)
    }

    @Test("waits are bounded, and all end with the log")
    func bounded() async {
        let log = Self.log { $0.waitsMax = 1 }
        async let first = log.wait(
            for: Self.filter("a"),
            count: 1,
            since: nil,
            limit: .seconds(60)
        )
        while log.waiting == 0 { await Task.yield() }
        let second = await log.wait(
            for: Self.filter("a"),
            count: 1,
            since: nil,
            limit: .seconds(60)
        )
        guard case .refused = second else {
            Issue.record("\(second)")
            return
        }
        log.end()
        guard case .ended = await first else {
            Issue.record("the wait outlived its log")
            return
        }
    }

    @Test("a rule that matched and spared a message is not waited for")
    func spared() {
        var seen = Self.mark("drop")
        seen.fired = false
        #expect(!EventFilter().matches(seen))
        seen.fired = true
        #expect(EventFilter().matches(seen))
    }

    @Test(
        "the host of a request is this machine's own, whatever the port",
        arguments: [
            ("127.0.0.1:1", true), ("127.9.9.9", true), ("localhost:8079", true), ("[::1]:9", true),
            ("10.0.0.1", false), ("127.0.0.1.example", false), ("127.1", false), ("", false),
            ("[::2]", false), ("localhost.example", false),
        ]
    )
    func hosts(host: String, passes: Bool) {
        let gate = ControlGate(
            token: nil,
            address: ListenAddress(host: "127.0.0.1", port: 8079)
        )
        func admit() -> Bool {
            do throws(ControlFailure) {
                try gate.admit(host: host, origin: nil, authorization: nil)
                return true
            } catch {
                #expect(error.status == 403)
                return false
            }
        }
        #expect(admit() == passes)
    }
}
