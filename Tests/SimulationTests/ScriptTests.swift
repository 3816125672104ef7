import ClientCore
import FramePath
import FrameTrace
import NIOCore
import ScriptFiles
import Testing
import WebSocketWire

@Suite("A script of a user's own protocol is played and judged")
struct ScriptTests {
    /// Plays a script; the service answers each action by hand.
    private func play(
        _ steps: String,
        path: String = "/",
        sessions: Int = 1,
        observes: Bool = false,
        _ answer: @escaping (ProbeAction, inout ScriptedService) -> Void
    ) throws -> ProbeReport {
        let text = "version: 1\nname: mine\n" + steps
        let script = try ScriptReader.read(text: text, file: "mine.yaml") { _ in nil }.get()
        var configuration = ProbeConfiguration(
            target: "service",
            script: script,
            tag: "t",
            sessions: sessions,
            hibernateAfter: .seconds(1),
            observesHibernation: observes,
            isTracing: true
        )
        configuration.path = path
        var probe = Probe(configuration: configuration, entropy: 1)
        var service = ScriptedService(answer)
        let report = service.run(&probe)
        return try #require(report)
    }

    private func states(_ report: ProbeReport) -> [String: String] {
        var states: [String: String] = [:]
        for row in report.rows {
            for (column, cell) in zip(report.columns, row.cells) where cell.state != .notApplicable
            {
                states["\(row.row), \(column)"] = cell.text
            }
        }
        return states
    }

    @Test("every way to match a message tells the right one from others")
    func matching() throws {
        let report = try self.play(
            """
            steps:
              - send: go
                expect:
                  - {equals: exact}
                  - {prefix: pre}
                  - {base64: AAEC}
                  - {kind: binary}
                  - {json: {/n: 1, /ok: true, /none: null}}
                  - {json: {/list/1: {prefix: b}, /x: {exists: true}}}
                  - {json: {/wrong: 2}}
              - expect: message
                row: left over
            """
        ) { action, service in
            guard case .send(let id, _, _) = action else { return }
            service.text(id, "exactly")
            service.text(id, #"{"wrong":"2"}"#)
            service.text(id, #"{"x":{}, "list":["a","bc"]}"#)
            service.binary(id, [0, 1, 2])
            service.binary(id, [9])
            service.text(id, "prefixed")
            service.text(id, #"{"list":["a","bc"],"x":0}"#)
            service.text(id, #"{"ok":true,"n":1.0,"none":null}"#)
            service.text(id, "exact")
        }
        #expect(
            self.states(report) == ["go → exact, …, fresh": "✗ 6/7", "left over, fresh": "✓ 1/1"]
        )
        let why = try #require(report.rows[0].cells[0].why)
        let others = "text of 7 bytes, text of 13 bytes, text of 27 bytes"
        #expect(why == "no /wrong 2 within 500 ms; came instead: \(others)")
    }

    @Test("what must never come breaks its cell when it comes, also before the step asks")
    func never() throws {
        let steps = """
            steps:
              - send: quiet
                expect: {prefix: err, never: true, within: 300ms}
              - send: loud
                expect: {prefix: ok}
              - expect: {prefix: err, never: true, within: 300ms}
                row: no error
            """
        for isLoud in [false, true] {
            let report = try self.play(steps) { action, service in
                guard case .send(let id, _, let payload) = action else { return }
                guard payload == ByteBuffer(string: "loud") else { return }
                if isLoud { service.text(id, "error") }
                service.text(id, "ok")
            }
            let wanted = isLoud ? "✗ 0/1" : "✓ 1/1"
            #expect(
                self.states(report) == [
                    "quiet → never err, fresh": "✓ 1/1", "loud → ok, fresh": "✓ 1/1",
                    "no error, fresh": wanted,
                ]
            )
        }
    }

    @Test("each counted message is one of n, and one that is missing leaves the rest told")
    func count() throws {
        let report = try self.play(
            """
            steps:
              - send: three
                expect: {prefix: m, count: 3}
            """
        ) { action, service in
            guard case .send(let id, _, _) = action else { return }
            service.text(id, "m1")
            service.text(id, "m2")
        }
        #expect(self.states(report) == ["three → 3 × m, fresh": "✗ 2/3"])
        #expect(report.rows[0].cells[0].trials == 1)
    }

    @Test("`within` is the step's own: an answer after it is late, one before it is in time")
    func within() throws {
        let report = try self.play(
            """
            steps:
              - send: a
                expect: {equals: a, within: 3s}
              - send: b
                expect: {equals: b, within: 100ms}
            """
        ) { action, service in
            guard case .send(let id, _, let payload) = action else { return }
            let text = String(buffer: payload)
            service.text(id, text, after: text == "a" ? 2_900 : 200)
        }
        #expect(self.states(report) == ["a → a, fresh": "✓ 1/1", "b → b, fresh": "~ 0/1"])
    }

    @Test("handshakes are judged: a refusal that is wanted, and the subprotocol agreed on")
    func handshakes() throws {
        let steps = """
            path: /room
            headers: {Authorization: Bearer good}
            subprotocols: [v2, v1]
            sessions:
              bad: {path: /closed, headers: {Authorization: Bearer bad}}
              good: {}
            steps:
              - connect: bad
                expect: {refused: [401, 403]}
              - connect: good
                expect: {subprotocol: v1}
              - connect: bad
                expect: {refused: 404}
            """
        var dials: [ProbeDial] = []
        let report = try self.play(steps, path: "/other?x=1") { action, service in
            guard case .dial(let id, let dial) = action else { return }
            dials.append(dial)
            if dial.headers.contains(where: { $0.value == "Bearer bad" }) {
                service.tell(.refused(id, status: 401, reason: "no"))
            } else {
                service.tell(.opened(id, session: nil, subprotocol: "v1"))
            }
        }
        #expect(
            self.states(report) == [
                "connect → refused 401 or 403, fresh": "✓ 1/1",
                "connect → subprotocol v1, fresh": "✓ 1/1", "connect → refused 404, fresh": "✗ 0/1",
            ]
        )
        // A path in the URL replaces the script's, never a session's own.
        #expect(dials.map(\.target) == ["/closed", "/other?x=1", "/closed"])
        #expect(dials[1].object == "/other")
        #expect(dials[1].subprotocols == ["v2", "v1"])
    }

    @Test("a close that was awaited is told from another, also where it came before the step")
    func closes() throws {
        let report = try self.play(
            """
            sessions: [a, b, c]
            steps:
              - send: bye
                session: a
                expect: {equals: last}
              - expect: {close: [4000, 4001]}
                session: a
              - send: bye
                session: b
                expect: {close: 4000}
              - connect: c
              - expect: {close: any, never: true, within: 200ms}
                session: c
                row: it stays
              - send: again
                session: a
                expect: {equals: last}
            """
        ) { action, service in
            guard case .send(let id, _, let payload) = action else { return }
            service.text(id, "last")
            guard payload == ByteBuffer(string: "bye") else { return }
            let code: UInt16 = id.number == 1 ? 4_001 : 1_011
            service.tell(.ended(id, code: code, reason: "", wasClean: true))
        }
        #expect(
            self.states(report) == [
                "bye → last, fresh": "✓ 1/1", "bye → close 4000 or 4001, fresh": "✓ 1/1",
                "bye → close 4000, fresh": "✗ 0/1", "it stays, fresh": "✓ 1/1",
                "again → last, fresh": "✓ 1/1",
            ]
        )
    }

    @Test("a Ping alone is answered by its own payload, and a wrong Pong is none")
    func pings() throws {
        let report = try self.play(
            """
            steps:
              - ping: right
                expect: pong
              - ping
              - expect: {pong: true, within: 200ms}
                row: bare
            """
        ) { action, service in
            guard case .send(let id, .ping, let payload) = action else { return }
            let isFirst = payload == ByteBuffer(string: "right")
            service.tell(.pong(id, payload: isFirst ? payload : ByteBuffer(string: "wrong")))
        }
        #expect(
            self.states(report) == ["protocol ping → pong, fresh": "✓ 1/1", "bare, fresh": "✗ 0/1"]
        )
    }

    @Test("an `await` that is never answered is waited for, and breaks nothing")
    func awaiting() throws {
        let report = try self.play(
            """
            greeting: {prefix: hi}
            steps:
              - send: a
                await: {equals: never}
              - send: b
                expect: {equals: b}
            """
        ) { action, service in
            guard case .send(let id, _, let payload) = action else { return }
            if payload == ByteBuffer(string: "b") { service.text(id, "b") }
        }
        #expect(self.states(report) == ["b → b, fresh": "✓ 1/1"])
        #expect(report.exitCode == 0)
    }

    @Test("lanes on one object take turns; lanes on objects of their own run at once")
    func turns() throws {
        for (path, isShared) in [("/room", true), ("/rooms/{{object}}", false)] {
            var standing = 0
            var most = 0
            let report = try self.play(
                """
                path: \(path)
                lanes:
                  - steps:
                      - send: a
                        expect: {equals: a}
                      - idle: 1s
                      - send: b
                        expect: {equals: b}
                  - steps:
                      - send: c
                        expect: {equals: c}
                """,
                sessions: 2
            ) { action, service in
                switch action {
                case .dial:
                    standing += 1
                    most = max(most, standing)
                case .send(let id, _, let payload): service.text(id, String(buffer: payload))
                case .close: standing -= 1
                case .progress, .done: break
                }
            }
            #expect(report.exitCode == 0, "\(report.text())")
            #expect(most == (isShared ? 1 : 4))
            #expect(report.notes.contains { $0.contains("took turns") } == isShared)
        }
    }

    @Test("messages nobody expects are kept up to a bound, and the rest is counted")
    func flood() throws {
        let report = try self.play(
            """
            steps:
              - send: a
                expect: {equals: a}
              - expect: {prefix: flood, count: 1000}
            """
        ) { action, service in
            guard case .send(let id, _, _) = action else { return }
            for number in 0..<1_010 { service.text(id, "flood \(number)") }
            service.text(id, "a")
        }
        #expect(report.notes.contains("10 messages that no step expected were dropped unread"))
        #expect(self.states(report)["a → 1000 × flood, fresh"] == "✓ 1000/1000")
    }

    @Test("unique texts differ between exchanges, repeats, copies and runs")
    func unique() throws {
        var texts: [String] = []
        for _ in 0..<2 {
            _ = try self.play(
                """
                path: /{{object}}
                steps:
                  - {send: "{{unique}}", repeat: 3, expect: {equals: "{{unique}}"}}
                  - {send: "{{unique}}", expect: {equals: "{{unique}}"}}
                """,
                sessions: 2
            ) { action, service in
                guard case .send(let id, _, let payload) = action else { return }
                texts.append(String(buffer: payload))
                service.text(id, String(buffer: payload))
            }
        }
        #expect(texts.count == 16)
        #expect(Set(texts.prefix(8)).count == 8)
    }
}

/// A service that a test answers for, in virtual time; connections open by themselves.
struct ScriptedService {
    private let answer: (ProbeAction, inout ScriptedService) -> Void
    private var queue: [(time: Tick, event: ProbeEvent)] = []
    private var now = Tick.zero
    private var isHandled = false

    init(_ answer: @escaping (ProbeAction, inout ScriptedService) -> Void) {
        self.answer = answer
    }

    mutating func tell(_ event: ProbeEvent, after milliseconds: UInt64 = 5) {
        self.isHandled = true
        self.queue.append((self.now + .milliseconds(milliseconds), event))
    }

    mutating func text(_ id: ConnectionID, _ text: String, after milliseconds: UInt64 = 5) {
        let payload = ByteBuffer(string: text)
        self.tell(.message(id, kind: .text, payload: payload), after: milliseconds)
    }

    mutating func binary(_ id: ConnectionID, _ bytes: [UInt8]) {
        self.tell(.message(id, kind: .binary, payload: ByteBuffer(bytes: bytes)))
    }

    mutating func run(_ probe: inout Probe) -> ProbeReport? {
        probe.receive(.start, at: self.now)
        for _ in 0..<20_000 {
            while let action = probe.nextAction() {
                if case .done(let report) = action { return report }
                self.isHandled = false
                self.answer(action, &self)
                if !self.isHandled { self.standIn(action) }
            }
            let place = self.queue.indices.min { self.queue[$0].time < self.queue[$1].time }
            if let place, self.queue[place].time <= probe.nextDeadline ?? .init(nanoseconds: .max) {
                let next = self.queue.remove(at: place)
                self.now = next.time
                probe.receive(next.event, at: self.now)
            } else if let deadline = probe.nextDeadline {
                self.now = max(self.now, deadline)
                probe.receive(.timer, at: self.now)
            } else {
                return nil
            }
        }
        return nil
    }

    private mutating func standIn(_ action: ProbeAction) {
        switch action {
        case .dial(let id, _): self.tell(.opened(id, session: nil))
        case .close(let id, let code, let reason):
            self.tell(.ended(id, code: code, reason: reason, wasClean: true))
        case .send, .progress, .done: break
        }
    }
}
