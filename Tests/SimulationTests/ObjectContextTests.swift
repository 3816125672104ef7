import FramePath
import FrameTrace
import ObjectCore
import ObjectLink
import Testing

import struct NIOCore.ByteBuffer

/// Does as its messages say, and counts its lives.
private struct Obedient: HibernatingObject {
    static let kind = "obedient"
    static let about = "test"

    /// Its end shows that an instance is really gone.
    private final class Life: Sendable {
        let end: @Sendable () -> Void
        init(_ end: @escaping @Sendable () -> Void) { self.end = end }
        deinit { self.end() }
    }

    @TaskLocal static var ended: @Sendable () -> Void = {}

    private let life: Life

    init(context: inout ObjectContext) { self.life = Life(Self.ended) }

    mutating func fetch(
        _ request: ObjectRequest,
        context: inout ObjectContext
    )
        throws(ObjectViolation)
    {
        if request.url.hasSuffix("?silent") { return }
        if request.url.hasSuffix("?tags") {
            let tags = (0..<11).map { "tag\($0)" }
            try context.acceptWebSocket(request, tags: tags)
        }
        try context.acceptWebSocket(request, tags: ["a", "a", request.url])
        try context.setWebSocketAutoResponse(request: "ping", response: "pong")
    }

    mutating func webSocketMessage(
        _ socket: SessionID,
        kind: MessageKind,
        payload: ByteBuffer,
        context: inout ObjectContext
    ) throws(ObjectViolation) {
        let text = String(decoding: payload.readableBytesView, as: UTF8.self)
        switch text {
        case "attach":
            try context.serializeAttachment(ByteBuffer(repeating: 1, count: 16_384), of: socket)
            try context.serializeAttachment(ByteBuffer(repeating: 2, count: 16_385), of: socket)
        case "broadcast":
            let all = context.getWebSockets(tag: "a")
            context.broadcast(payload, kind: .binary, to: all)
        case "newest":
            for socket in context.getWebSockets() { try context.send(text, to: socket) }
        case "timer":
            _ = try context.setTimeout(after: .seconds(30), reason: "nap, 30 s")
        default: break
        }
    }

    mutating func webSocketClose(
        _ socket: SessionID,
        code: UInt16,
        reason: String,
        wasClean: Bool,
        context: inout ObjectContext
    ) throws(ObjectViolation) {}

    mutating func timer(_ timer: TimerID, context: inout ObjectContext) throws(ObjectViolation) {
        context.log("timer")
    }
}

@Suite struct ObjectContextTests {
    private func awake(_ url: String = "/websocket") -> HostDriver {
        let driver = HostDriver(ObjectConfiguration(kind: "obedient"), kinds: [Obedient.self])
        driver.wake(.fetch)
        driver.open(1, url: url)
        return driver
    }

    @Test("sleep and eviction really end the instance")
    func reallyGone() async {
        await confirmation(expectedCount: 2) { ended in
            Obedient.$ended.withValue({ ended() }) {
                let driver = self.awake()
                let packages = driver.sleep()
                driver.wake(.text, packages: packages)
                driver.send(.edgeLost(edge: 1))
                #expect(driver.host.instanceCount == 0)
            }
        }
    }

    @Test("too many tags are refused, and a fetch that does not answer is a 500")
    func fetchFails() {
        let driver = self.awake("/websocket?tags")
        #expect(driver.logs == ["Uncaught acceptWebSocket: 11 tags, at most 10"])
        driver.open(2, url: "/websocket?silent")
        let rejects = driver.links.filter {
            if case .reject(_, 500, _) = $0 { true } else { false }
        }
        #expect(rejects.count == 2)
    }

    @Test("tags lose their duplicates and survive in the package")
    func tags() {
        let driver = self.awake()
        #expect(driver.sleep().first?.tags == ["a", "/websocket"])
    }

    @Test("an attachment of 16,384 bytes is kept and one more is refused")
    func attachment() {
        let driver = self.awake()
        driver.message("attach")
        #expect(driver.logs == ["Uncaught serializeAttachment: 16385 bytes, at most 16384"])
        #expect(driver.sleep().first?.attachment == ByteBuffer(repeating: 1, count: 16_384))
    }

    @Test("sockets of a tag come oldest first, all sockets newest first")
    func order() {
        let driver = self.awake()
        driver.open(2)
        driver.message("broadcast")
        #expect(driver.sent.map(\.id.session.number) == [1, 2])
        #expect(driver.sent.allSatisfy { $0.isBroadcast && $0.kind == .binary })
        driver.actions = []
        driver.message("newest", ordinal: 1)
        #expect(driver.sent.map(\.id.session.number) == [2, 1])
    }

    @Test("the auto-response needs no handler and does not put sleep off")
    func autoResponse() {
        let driver = self.awake()
        #expect(driver.links.contains(.autoResponse(request: "ping", response: "pong")))
        driver.advance(.seconds(6))
        driver.actions = []
        driver.message("ping")
        #expect(driver.sent.map(\.handler) == [.runtime])
        #expect(driver.points(.toObject) == [.objectRx])
        driver.message("ping", ordinal: 1, kind: .binary)
        #expect(driver.sent.count == 1)
        driver.advance(.seconds(10))
        #expect(driver.count(.hibernateBegin) == 1)
    }

    @Test("a pending timer prevents sleep in its own words, and sleep follows it")
    func timer() {
        let driver = self.awake()
        driver.message("timer")
        driver.advance(.seconds(29))
        #expect(driver.count(.hibernateBegin) == 0)
        let words = "prevents hibernation: setTimeout pending (nap, 30 s)"
        #expect(driver.steps.contains { $0.what == .hibernateBlocked && $0.why == words })
        driver.advance(.seconds(11))
        #expect(driver.logs == ["timer"])
        #expect(driver.count(.hibernateBegin) == 1)
    }
}
