/// The bytes of one trace file, in any cuts, to rows.
///
/// Shape: append bytes, take rows until `nil`, `finish` at the end of the file. A line that is not one
/// JSON object of this schema is dropped and counted, so a torn last line or a damaged sector costs
/// itself only. Units: bytes. Errors: none; `report` says what was dropped.
public struct TraceReader: Sendable {
    /// The longest line kept by default: a 32 MiB message in base64 with its envelope.
    public static let lineBytesMax = 48 << 20

    /// What a reader had to drop.
    public struct Report: Equatable, Sendable {
        /// Whole lines that were not rows.
        public var garbageLines = 0
        /// Lines longer than the bound.
        public var longLines = 0
        /// Bytes after the last line end that were not a row.
        public var tornBytes = 0
        /// Rows given.
        public var rows = 0
        /// A report of nothing.
        public init() {}
        /// Whether everything was read.
        public var isWhole: Bool {
            self.garbageLines == 0 && self.longLines == 0 && self.tornBytes == 0
        }
    }

    /// What was dropped so far.
    public private(set) var report = Report()

    private let lineMax: Int
    private var bytes: [UInt8] = []
    private var start = 0
    private var scanned = 0
    private var isSkipping = false
    private var parser = RowParser()

    /// Makes a reader.
    ///
    /// - Parameter lineMax: the longest line kept; longer ones are dropped and counted.
    public init(lineMax: Int = TraceReader.lineBytesMax) {
        self.lineMax = lineMax
    }

    /// Adds bytes that follow the ones before.
    ///
    /// - Parameter more: any cut of the file.
    public mutating func append(_ more: some Sequence<UInt8>) {
        if self.start > 0 {
            self.bytes.removeSubrange(..<self.start)
            self.scanned -= self.start
            self.start = 0
        }
        self.bytes.append(contentsOf: more)
    }

    /// The next row, or `nil` when the bytes hold no further whole line.
    ///
    /// - Returns: a row; garbage lines before it were dropped.
    public mutating func next() -> TraceRow? {
        while let end = self.lineEnd() {
            let line = self.start..<end
            self.start = end + 1
            self.scanned = self.start
            if self.isSkipping {
                self.isSkipping = false
                continue
            }
            if line.isEmpty { continue }
            guard line.count <= self.lineMax else {
                self.report.longLines += 1
                continue
            }
            if let row = self.parser.row(self.bytes, line) {
                self.report.rows += 1
                return row
            }
            self.report.garbageLines += 1
        }
        return nil
    }

    /// Ends the file: a last line without its line end is read when whole and reported when torn.
    ///
    /// - Returns: the last row, when there was one.
    public mutating func finish() -> TraceRow? {
        let line = self.start..<self.bytes.count
        self.start = self.bytes.count
        self.scanned = self.start
        guard !line.isEmpty, !self.isSkipping else { return nil }
        if line.count <= self.lineMax, let row = self.parser.row(self.bytes, line) {
            self.report.rows += 1
            return row
        }
        self.report.tornBytes = line.count
        return nil
    }

    /// All rows of a whole file.
    ///
    /// - Parameters:
    ///   - file: its bytes.
    ///   - lineMax: the longest line kept.
    /// - Returns: the rows in order, and what was dropped.
    public static func read(
        _ file: [UInt8],
        lineMax: Int = TraceReader.lineBytesMax
    ) -> (rows: [TraceRow], report: Report) {
        var reader = TraceReader(lineMax: lineMax)
        reader.append(file)
        var rows: [TraceRow] = []
        while let row = reader.next() { rows.append(row) }
        if let row = reader.finish() { rows.append(row) }
        return (rows, reader.report)
    }

    /// Where the next line ends; past the bound, what is held is let go and the line counted as long.
    private mutating func lineEnd() -> Int? {
        if let end = Self.lineFeed(in: self.bytes, from: self.scanned) {
            self.scanned = end
            return end
        }
        self.scanned = self.bytes.count
        if self.bytes.count - self.start > self.lineMax {
            if !self.isSkipping { self.report.longLines += 1 }
            self.isSkipping = true
            self.bytes.removeAll(keepingCapacity: true)
            self.start = 0
            self.scanned = 0
        }
        return nil
    }

    /// The first line feed, looked for in eight bytes at a time.
    private static func lineFeed(in bytes: [UInt8], from start: Int) -> Int? {
        let count = bytes.count
        return LineBytes.lend(bytes) { bytes in
            var at = start
            while at &+ 8 <= count {
                // A byte of `feeds` is zero where a line feed is.
                let feeds = bytes.word(at: at) ^ 0x0A0A_0A0A_0A0A_0A0A
                if (feeds &- 0x0101_0101_0101_0101) & ~feeds & 0x8080_8080_8080_8080 != 0 { break }
                at &+= 8
            }
            while at < count {
                if bytes[at] == 0x0A { return at }
                at &+= 1
            }
            return nil
        }
    }
}
