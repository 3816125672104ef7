import EdgeCore
import FramePath
import Testing
import WebSocketWire

import struct NIOCore.ByteBuffer

/// With no rule, either end sees what it would without a proxy: byte by byte, legal or not.
@Suite("A relay without rules")
struct RelayEquivalenceTests {
    private static let conversations = 10_000
    /// Payloads are cut from these bytes: drawing each one would take most of the test.
    private static let noise: [UInt8] = {
        var random = SplitMix(5)
        return (0..<80_000).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    }()

    @Test("passes 10,000 random conversations unchanged, traced and untraced")
    func unchanged() throws {
        var frames = 0
        for number in 0..<Self.conversations {
            var random = SplitMix(UInt64(number) &* 0x9E37_79B9 &+ 1)
            let world = try RelayWorld(isTracing: number % 2 == 0) {
                $0.hibernateAfter = nil
                $0.pings = .forward
            }
            world.open()
            var sent = ByteBuffer()
            var answered = ByteBuffer()
            // Frames of both ends, cut anywhere, the cuts of the two interleaved anyhow.
            var up = Self.stream(&random, isMasked: true, count: &frames)
            var down = Self.stream(&random, isMasked: false, count: &frames)
            while up.readableBytes > 0 || down.readableBytes > 0 {
                let isUp = down.readableBytes == 0 || up.readableBytes > 0 && random.next(2) == 0
                let rest = isUp ? up.readableBytes : down.readableBytes
                let length = min(rest, 1 + random.next(random.next(4) == 0 ? 40 : 2_000))
                if isUp, let piece = up.readSlice(length: length) {
                    sent.writeImmutableBuffer(piece)
                    world.clientSends(piece)
                } else if let piece = down.readSlice(length: length) {
                    answered.writeImmutableBuffer(piece)
                    world.backendSends(piece)
                }
            }
            let seen = try #require(world.dials.first).received
            guard seen == sent, world.received == answered, world.dials.count == 1 else {
                Issue.record("conversation \(number) differs")
                return
            }
        }
        #expect(frames > Self.conversations * 10)
    }

    /// Frames with any header a peer can write, ended by a Close or not at all.
    private static func stream(
        _ random: inout SplitMix,
        isMasked: Bool,
        count: inout Int
    ) -> ByteBuffer {
        var bytes = ByteBuffer()
        for _ in 0..<random.next(14) {
            count += 1
            Self.frame(&bytes, &random, opcode: Self.opcode(&random), isMasked: isMasked)
        }
        if random.next(3) == 0 {
            count += 1
            Self.frame(&bytes, &random, opcode: Opcode.close, isMasked: isMasked)
        }
        return bytes
    }

    private static func opcode(_ random: inout SplitMix) -> UInt8 {
        switch random.next(10) {
        case 0...3: Opcode.text
        case 4...5: Opcode.binary
        case 6: Opcode.continuation
        case 7: Opcode.ping
        case 8: Opcode.pong
        default: [0x3, 0x7, 0xB, 0xF][random.next(4)]
        }
    }

    private static func frame(
        _ bytes: inout ByteBuffer,
        _ random: inout SplitMix,
        opcode: UInt8,
        isMasked: Bool
    ) {
        let isOdd = random.next(8) == 0
        let fin: UInt8 = random.next(3) == 0 ? 0 : 0x80
        bytes.writeInteger(fin | (isOdd ? UInt8(random.next(8)) << 4 : 0) | opcode)
        let length = opcode & 8 != 0 && !isOdd ? random.next(126) : Self.length(&random)
        // A mask missing or unasked for, and a length longer than it need be, must pass as well.
        let mask: UInt8 = isMasked != (random.next(40) == 0) ? 0x80 : 0
        let form = isOdd ? random.next(3) : 0
        if length < 126, form == 0 {
            bytes.writeInteger(mask | UInt8(length))
        } else if length <= 0xFFFF, form < 2 {
            bytes.writeInteger(mask | 126)
            bytes.writeInteger(UInt16(length))
        } else {
            bytes.writeInteger(mask | 127)
            bytes.writeInteger(UInt64(length))
        }
        if mask != 0 { bytes.writeInteger(UInt32(truncatingIfNeeded: random.next())) }
        let start = random.next(Self.noise.count - length)
        bytes.writeBytes(Self.noise[start..<start + length])
    }

    private static func length(_ random: inout SplitMix) -> Int {
        switch random.next(12) {
        case 0: 0
        case 1: 125 + random.next(3)
        case 2: random.next(3_000)
        case 3 where random.next(20) == 0: 65_530 + random.next(12)
        default: random.next(60)
        }
    }
}

/// Random numbers that a seed determines.
struct SplitMix {
    private var state: UInt64
    init(_ seed: UInt64) { self.state = seed }

    mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var word = self.state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }

    mutating func next(_ bound: Int) -> Int { Int(self.next() % UInt64(max(bound, 1))) }
}
