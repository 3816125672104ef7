import FramePath
import FrameTrace

/// What is known about one trace file besides its messages.
struct FileFacts {
    var name: String
    var role: String
    var run: String?
    /// Wall clock at the file's time zero; `nil` without a run row.
    var wall0: UInt64?
    var firstTime: Int64 = .max
    var lastTime: Int64 = .min
    var hasEnd = false
    var rows = 0
    /// Numbers missing between the first and the last.
    var holes: UInt64 = 0
    /// Records the process itself said it lost.
    var gapLost: UInt64 = 0
    var report = TraceReader.Report()
    private var firstNumber: UInt64?
    private var lastNumber: UInt64 = 0
    private var numbered: UInt64 = 0

    init(name: String) {
        self.name = name
        self.role = String(name.prefix { $0 != "-" && $0 != "." })
    }

    /// Whether records of this file are known to be missing somewhere.
    var isLossy: Bool {
        self.holes > 0 || self.gapLost > 0 || !self.report.isWhole
    }

    /// Part of this file's records that is missing.
    var lossRate: Double {
        let missing = Double(self.holes) + Double(self.gapLost)
        let all = Double(self.rows) + missing
        return all > 0 ? missing / all : 0
    }

    /// A row's time on the common clock, nanoseconds.
    func time(_ row: TraceRow) -> Int64 {
        Int64(truncatingIfNeeded: (self.wall0 ?? 0) &+ row.t)
    }

    mutating func count(_ row: TraceRow) {
        switch row.ev {
        case .schema: return
        case .run:
            self.run = row.run
            self.wall0 = row.wall0
            self.role = row.role ?? self.role
            return
        case .gap: self.gapLost += row.lost ?? 0
        case .end: self.hasEnd = true
        case .frame, .fault, .life, .sock, .log, .expect, .mark, .verdict, .other: break
        }
        self.rows += 1
        let time = self.time(row)
        self.firstTime = min(self.firstTime, time)
        self.lastTime = max(self.lastTime, time)
        guard row.n > 0 else { return }
        self.numbered += 1
        self.lastNumber = max(self.lastNumber, row.n)
        let first = min(self.firstNumber ?? row.n, row.n)
        self.firstNumber = first
        let span = self.lastNumber - first + 1
        self.holes = span > self.numbered ? span - self.numbered : 0
    }

    /// The role whose files see a point.
    static func role(_ point: Point) -> Role {
        switch point {
        case .clientTx, .clientRx: .client
        case .edgeRx, .edgeTx: .edge
        case .objectRx, .objectDispatch, .objectSend, .objectTx: .object
        }
    }

    /// Whose file it is.
    var kind: Role {
        switch self.role {
        case "edge": .edge
        case "object": .object
        default: .client
        }
    }

    /// The three places a trace is made.
    enum Role: String {
        case client
        case edge
        case object
    }
}
