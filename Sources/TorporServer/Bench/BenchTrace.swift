internal import Foundation
internal import FramePath
internal import FrameTrace
internal import NIOCore

internal import struct Faults.FaultEngine
internal import struct Faults.SessionFacts

/// The events of an imagined run, recorded and written on one thread.
///
/// Shape: sessions of 100 JSON questions of 64 bytes, each answered; every message passes its four
/// points between the client's socket and the handler. All of it is the same in every run.
public struct BenchTrace: ~Copyable {
    private static let exchangesPerSession: UInt32 = 100

    private var edge: BenchTraceFile
    private var object: BenchTraceFile
    private let question = ByteBuffer(string: BenchLoad.text(64))
    private let answer = ByteBuffer(
        string: #"{"type":"pong","timestamp":"2026-01-01T00:00:00.000Z","pad":"x"}"#
    )
    private var time = Tick.zero

    /// Makes two files in a folder.
    ///
    /// - Parameter folder: a path that exists, or `/dev/null` to throw the bytes away.
    /// - Throws: `TraceFailure` when a file cannot be made.
    public init(folder: String) throws(TraceFailure) {
        let edge = try BenchTraceFile(folder, role: "edge", points: [.edgeRx, .edgeTx])
        let object = try BenchTraceFile(
            folder,
            role: "object",
            points: [.objectRx, .objectDispatch, .objectSend, .objectTx]
        )
        self.edge = edge
        self.object = object
    }

    /// Records, encodes and writes events: eight an exchange.
    ///
    /// - Parameter count: how many events.
    public mutating func write(_ count: Int) {
        var session = SessionID(edge: 0xB, number: 0)
        for exchange in 0..<UInt32(count / 8) {
            let ordinal = exchange % Self.exchangesPerSession
            if ordinal == 0 { session.number += 1 }
            self.exchange(session, ordinal)
        }
        self.edge.end()
        self.object.end()
    }

    private mutating func exchange(_ session: SessionID, _ ordinal: UInt32) {
        let toObject = Message(
            id: MessageID(session: session, direction: .toObject, ordinal: ordinal),
            kind: .text,
            payload: self.question,
            phase: .active,
            wake: 1,
            type: "ping"
        )
        let toClient = Message(
            id: MessageID(session: session, direction: .toClient, epoch: 1, ordinal: ordinal),
            kind: .text,
            payload: self.answer,
            phase: .active,
            wake: 1,
            handler: .webSocketMessage,
            instance: 0x0123_4567_89AB_CDEF,
            type: "pong",
            cause: ordinal
        )
        let sequence = UInt64(ordinal)
        self.edge.see(toObject, .edgeRx, self.tick(), sequence)
        self.edge.see(toObject, .edgeTx, self.tick(), sequence)
        self.object.see(toObject, .objectRx, self.tick(), sequence)
        self.object.see(toObject, .objectDispatch, self.tick(), nil)
        self.object.see(toClient, .objectSend, self.tick(), nil)
        self.object.see(toClient, .objectTx, self.tick(), sequence)
        self.edge.see(toClient, .edgeRx, self.tick(), sequence)
        self.edge.see(toClient, .edgeTx, self.tick(), sequence)
    }

    private mutating func tick() -> Tick {
        self.time = self.time + .milliseconds(1)
        return self.time
    }
}

/// One file of the imagined run.
private struct BenchTraceFile: ~Copyable {
    private static let chunkBytes = 64 << 10

    private let file: AppendFile
    private let facts = SessionFacts(key: "bench", attempt: 1)
    private var checkpoint = Checkpoint(
        engine: FaultEngine(),
        recorder: Recorder(isOn: true, payload: .hash)
    )
    private var encoder: TraceEncoder
    private var recorded: [Recorded] = []
    private var chunk: [UInt8] = []

    init(_ folder: String, role: String, points: [Point]) throws(TraceFailure) {
        let isNull = folder == "/dev/null"
        self.file = try AppendFile(
            path: isNull ? folder : "\(folder)/\(role)-1-1.jsonl",
            mayExist: isNull
        )
        self.encoder = TraceEncoder(role: role, payload: .hash)
        let header = TraceHeader(
            run: "bench",
            role: role,
            tool: TorporVersion.text,
            pid: 1,
            seed: 1,
            clock: .virtual,
            wall0: 1_000_000,
            points: points
        )
        self.chunk = self.encoder.header(header)
    }

    mutating func see(_ message: Message, _ point: Point, _ now: Tick, _ sequence: UInt64?) {
        _ = self.checkpoint.cross(
            message,
            at: point,
            object: "bench-room",
            session: self.facts,
            sequence: sequence,
            queued: .zero,
            now: now
        )
        self.checkpoint.recorder.drain(into: &self.recorded)
        guard self.recorded.count >= 512 else { return }
        self.encode()
    }

    mutating func end() {
        self.encode()
        self.chunk += self.encoder.end()
        self.write()
    }

    private mutating func encode() {
        for event in self.recorded { self.encoder.encode(event, into: &self.chunk) }
        self.recorded.removeAll(keepingCapacity: true)
        if self.chunk.count >= Self.chunkBytes { self.write() }
    }

    private mutating func write() {
        _ = self.file.append(self.chunk)
        self.chunk.removeAll(keepingCapacity: true)
    }
}
