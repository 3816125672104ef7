import FramePath
import ObjectLink
import Testing

import struct NIOCore.ByteBuffer

@Suite struct LinkCodecTests {
    @Test("every message reads back as it was written", arguments: Samples.all.indices)
    func roundTrip(index: Int) throws {
        var decoder = LinkDecoder()
        decoder.append(ByteBuffer(bytes: Samples.bytes(Samples.all[index])))
        #expect(try decoder.next() == Samples.all[index])
        #expect(try decoder.next() == nil)
        #expect(decoder.bufferedBytes == 0)
    }

    @Test("encoding appends and leaves earlier bytes alone")
    func appends() {
        var buffer = ByteBuffer(bytes: [1, 2, 3])
        LinkCodec.encode(.hibernateBegin, into: &buffer)
        #expect(Array(buffer.readableBytesView) == [1, 2, 3, 0, 0, 0, 2, 2, 40])
    }

    @Test("messages split at any byte read the same")
    func splits() throws {
        let bytes = Samples.all.flatMap(Samples.bytes)
        for cut in 0...bytes.count {
            var decoder = LinkDecoder()
            var read: [LinkMessage] = []
            for part in [bytes[..<cut], bytes[cut...]] {
                decoder.append(ByteBuffer(bytes: part))
                while let message = try decoder.next() { read.append(message) }
            }
            #expect(read == Samples.all, "cut at \(cut)")
        }
    }

    @Test("messages that come byte by byte read the same")
    func byteByByte() throws {
        var decoder = LinkDecoder()
        var read: [LinkMessage] = []
        for byte in Samples.all.flatMap(Samples.bytes) {
            decoder.append(ByteBuffer(bytes: [byte]))
            while let message = try decoder.next() { read.append(message) }
        }
        #expect(read == Samples.all)
    }

    @Test("a message of the longest allowed payload passes")
    func longest() throws {
        var message = Samples.message
        message.payload = ByteBuffer(repeating: 7, count: 32 * 1024 * 1024)
        var buffer = ByteBuffer()
        LinkCodec.encode(.send(message), into: &buffer)
        var decoder = LinkDecoder()
        decoder.append(buffer)
        #expect(try decoder.next() == .send(message))
    }
}

@Suite struct LinkViolationTests {
    private func violation(
        _ bytes: [UInt8],
        lengthMax: Int = LinkCodec.lengthMax
    ) throws
        -> LinkViolation
    {
        var decoder = LinkDecoder(lengthMax: lengthMax)
        decoder.append(ByteBuffer(bytes: bytes))
        return try #require(throws: LinkViolation.self) { try decoder.next() }
    }

    @Test("a length beyond the limit is refused before its bytes come")
    func tooLong() throws {
        #expect(try self.violation([0, 0, 1, 0], lengthMax: 255).kind == .length)
        #expect(try self.violation([255, 255, 255, 255]).kind == .length)
    }

    @Test("a length that cannot hold version and type is refused", arguments: [UInt8(0), 1])
    func tooShort(length: UInt8) throws {
        #expect(try self.violation([0, 0, 0, length]).kind == .length)
    }

    @Test("another version is refused")
    func version() throws {
        let found = try self.violation([0, 0, 0, 2, 9, 40])
        #expect(found == LinkViolation(.version, "version 9, wanted 2"))
    }

    @Test("an unknown type is refused")
    func type() throws {
        let found = try self.violation([0, 0, 0, 2, 2, 200])
        #expect(found == LinkViolation(.type, "unknown message type 200"))
    }

    @Test("a message cut short and relabelled is refused, whatever the cut")
    func truncated() throws {
        for sample in Samples.all {
            let bytes = Samples.bytes(sample)
            for length in 2..<max(2, bytes.count - 4) {
                let cut = [0, 0, UInt8(length >> 8), UInt8(length & 255)] + bytes[4..<(4 + length)]
                let kind = try self.violation(cut).kind
                #expect(kind == .truncated, "\(sample) cut to \(length)")
            }
        }
    }

    @Test("bytes after the last field are refused")
    func trailing() throws {
        #expect(try self.violation([0, 0, 0, 3, 2, 40, 0]).kind == .trailing)
    }

    @Test("an enumeration value that does not exist is refused")
    func enumeration() throws {
        #expect(try self.violation([0, 0, 0, 7, 2, 39, 99, 0, 0, 0, 0]).kind == .value)
    }

    @Test("an optional marked neither present nor absent is refused")
    func boolean() throws {
        #expect(try self.violation([0, 0, 0, 4, 2, 38, 2, 0]).kind == .value)
    }

    @Test("unknown message flags are refused")
    func flags() throws {
        var bytes = Samples.bytes(.send(Samples.message))
        bytes[6] = 0x80
        #expect(try self.violation(bytes).kind == .value)
    }

    @Test("text that is not UTF-8 is refused")
    func text() throws {
        #expect(try self.violation([0, 0, 0, 7, 2, 3, 0, 0, 0, 1, 0xff]).kind == .text)
    }

    @Test("a list that claims more than the message can hold is refused before it is read")
    func hugeList() throws {
        let found = try self.violation([0, 0, 0, 8, 2, 16, 0, 0, 255, 255, 255, 255])
        #expect(found.kind == .truncated)
    }

    @Test("a decoder that saw a violation stays with it")
    func sticky() throws {
        var decoder = LinkDecoder()
        decoder.append(ByteBuffer(bytes: [0, 0, 0, 2, 9, 40]))
        let first = try #require(throws: LinkViolation.self) { try decoder.next() }
        decoder.append(ByteBuffer(bytes: Samples.bytes(.hibernateBegin)))
        let second = try #require(throws: LinkViolation.self) { try decoder.next() }
        #expect(first == second)
        #expect(decoder.bufferedBytes == 0)
    }

    @Test("changed bytes are read or refused, never trapped on")
    func fuzz() {
        var state: UInt64 = 0x9e37_79b9_7f4a_7c15
        func draw() -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(truncatingIfNeeded: state >> 33)
        }
        var refused = 0
        for _ in 0..<20_000 {
            var bytes = Samples.bytes(Samples.all[draw() % Samples.all.count])
            for _ in 0..<(1 + draw() % 4) {
                bytes[draw() % bytes.count] = UInt8(truncatingIfNeeded: draw())
            }
            if draw() % 4 == 0 { bytes.removeLast(draw() % bytes.count) }
            var decoder = LinkDecoder(lengthMax: 4_096)
            decoder.append(ByteBuffer(bytes: bytes))
            do {
                while let message = try decoder.next() { _ = Samples.bytes(message) }
            } catch { refused += 1 }
        }
        #expect(refused > 1_000)
    }
}
