/// A run of to-object messages over client.tx, edge.rx and edge.tx, with every time given.
///
/// Shape: a client's and an edge's file, whose processes started at different moments.
struct TimedRun {
    struct Timed {
        var session: Int
        var type = "a"
        var phase = "active"
        /// Milliseconds at client.tx, edge.rx and edge.tx; `nil` when never seen there.
        var sent: Int
        var got: Int?
        var left: Int?
        /// Milliseconds a rule at edge.rx drew.
        var delay: Int?
    }

    var messages: [Timed] = []
    /// When the client's process began, milliseconds after the edge's.
    var clientStart = 5_000
    /// Sessions whose client writes no trace.
    var untraced: Set<Int> = []
    var endsCleanly = true

    static func name(_ session: Int) -> String { "000000000000abcd-\(session)" }

    /// Adds a message that takes a millisecond on each hop but for what is said.
    mutating func add(
        _ session: Int,
        at sent: Int,
        type: String = "a",
        phase: String = "active",
        first: Int = 1,
        second: Int = 1
    ) {
        self.messages.append(
            Timed(
                session: session,
                type: type,
                phase: phase,
                sent: sent,
                got: sent + first,
                left: sent + first + second
            )
        )
    }

    /// Ten sessions that send one message of changing type each 100 ms, from 10 s to 40 s.
    mutating func addTraffic(first: (Int) -> Int = { _ in 1 }) {
        for round in 0..<300 {
            let time = 10_000 + round * 100
            self.add(
                round % 10 + 1,
                at: time,
                type: ["a", "b", "c"][round % 3],
                phase: round % 4 == 0 ? "woken" : "active",
                first: first(time)
            )
        }
    }

    func files() -> [(name: String, bytes: [UInt8])] {
        var edge: [(time: Int, row: String)] = []
        var client: [(time: Int, row: String)] = []
        var ordinals: [Int: Int] = [:]
        for message in self.messages.sorted(by: { $0.sent < $1.sent }) {
            let ordinal = ordinals[message.session, default: 0]
            ordinals[message.session] = ordinal + 1
            func row(_ point: String) -> String {
                self.row(message, ordinal, point)
            }
            if !self.untraced.contains(message.session) {
                client.append((message.sent - self.clientStart, row("client.tx")))
            }
            guard let got = message.got else { continue }
            edge.append((got, row("edge.rx")))
            if let delay = message.delay {
                edge.append(
                    (
                        got,
                        #""ev":"fault","session":"\#(Self.name(message.session))","#
                            + #""dir":"to-object","ord":\#(ordinal),"at":"edge.rx","#
                            + #""rule":"slow","src":"f.yaml:3","action":"delay","fired":true,"#
                            + #""delay_ns":\#(delay * 1_000_000)"#
                    )
                )
            }
            if let left = message.left { edge.append((left, row("edge.tx"))) }
        }
        return [
            ("client-2.jsonl", self.file("client", #""client.tx""#, self.clientStart, client)),
            ("edge-1.jsonl", self.file("edge", #""edge.rx","edge.tx""#, 0, edge)),
        ]
    }

    private func row(_ message: Timed, _ ordinal: Int, _ point: String) -> String {
        #""ev":"frame","session":"\#(Self.name(message.session))","dir":"to-object","#
            + #""ord":\#(ordinal),"at":"\#(point)","op":"text","h":"00000000000000aa","#
            + #""type":"\#(message.type)","phase":"\#(message.phase)","seq":\#(ordinal)"#
    }

    private func file(
        _ role: String,
        _ points: String,
        _ start: Int,
        _ rows: [(time: Int, row: String)]
    ) -> [UInt8] {
        let wall = 1_700_000_000_000_000_000 + start * 1_000_000
        var lines = [
            #"{"ev":"run","run":"r","role":"\#(role)","wall0_ns":"\#(wall)","points":[\#(points)]}"#
        ]
        let sorted = rows.enumerated().sorted { ($0.1.time, $0.0) < ($1.1.time, $1.0) }
        for (index, row) in sorted.map(\.element).enumerated() {
            lines.append(
                #"{"t":\#(row.time * 1_000_000),"n":\#(index + 1),"p":"x",\#(row.row)}"#
            )
        }
        if self.endsCleanly {
            lines.append(#"{"t":99000000000,"n":\#(rows.count + 1),"p":"x","ev":"end"}"#)
        }
        return Array((lines.joined(separator: "\n") + "\n").utf8)
    }
}
