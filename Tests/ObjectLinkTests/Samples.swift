import FramePath
import ObjectLink

import struct NIOCore.ByteBuffer

/// One link message of every case, with the odd values that a codec gets wrong.
enum Samples {
    static let session = SessionID(edge: 0xfedc_ba98_7654_3210, number: 7)

    static let package = LinkMessage.SessionPackage(
        session: session,
        url: "/objects/ä room/websocket?q=1",
        subprotocol: "chat.v1",
        tags: ["", "tag", String(repeating: "é", count: 128)],
        attachment: ByteBuffer(bytes: [0, 255, 128]),
        closedOutgoing: true,
        key: "key",
        attempt: 3,
        nextOrdinal: .max
    )

    static let barePackage = LinkMessage.SessionPackage(
        session: SessionID(edge: 0, number: 0),
        url: "",
        subprotocol: nil,
        tags: [],
        attachment: nil,
        closedOutgoing: false,
        key: "",
        attempt: 0,
        nextOrdinal: 0
    )

    static let message = Message(
        id: MessageID(
            session: session,
            direction: .toClient,
            born: .edge,
            epoch: .max,
            ordinal: 9,
            copy: 2,
            isControl: true
        ),
        kind: .binary,
        payload: ByteBuffer(bytes: Array(0...255)),
        phase: .woken,
        wake: 4,
        handler: .webSocketMessage,
        instance: .max,
        type: "echo",
        cause: 0,
        fragments: .max,
        isBroadcast: true
    )

    static let bareMessage = Message(
        id: MessageID(session: session, direction: .toObject, ordinal: 0),
        kind: .text,
        payload: ByteBuffer(),
        phase: .fresh,
        wake: 0
    )

    static let request = LinkMessage.OpenRequest(
        session: session,
        url: "/websocket",
        headers: [
            .init(name: "origin", value: "https://example.test"), .init(name: "x", value: ""),
        ],
        subprotocols: ["a", "b"],
        key: "k",
        attempt: 1,
        credit: 262_144
    )

    static let all: [LinkMessage] = [
        .hello(
            edge: 1,
            run: "run",
            seed: .max,
            profiles: [.init(file: "faults/x.yaml", text: "version: 1\n")],
            version: 2
        ),
        .hello(edge: 0, run: "", seed: 0, profiles: [], version: 0),
        .reload(
            seed: 7,
            profiles: [.init(file: "faults/x.yaml", text: "version: 1\n")],
            version: 3,
            letsGo: false
        ),
        .reload(seed: 0, profiles: [], version: 4, letsGo: true),
        .helloAck(version: 3),
        .helloRefused(reason: "faults/x.yaml:1:1: no"),
        .attachRequest(object: "test-room", reason: .alarm),
        .wake(reason: .loss, highestWake: nil, packages: []),
        .wake(reason: .text, highestWake: 8, packages: [package, barePackage]),
        .open(request),
        .message(message),
        .message(bareMessage),
        .close(session: session, code: 1006, reason: "lost", wasClean: false),
        .error(session: session, reason: "read error"),
        .hibernateReady,
        .hibernateRequest,
        .wake(reason: .control, highestWake: 0, packages: []),
        .credit(session: session, bytes: 65_536),
        .accept(session: session, wake: 1, subprotocol: "a", tags: ["t"]),
        .accept(session: session, wake: 0, subprotocol: nil, tags: []),
        .reject(session: session, status: 404, body: "no such path"),
        .send(message),
        .closeSession(session: session, code: 1000, reason: "Connection timeout"),
        .cutSession(session: session, code: 1011, reason: "rule"),
        .cutSession(session: session, code: nil, reason: ""),
        .attach(session: session, attachment: ByteBuffer(string: "{}")),
        .autoResponse(request: "ping", response: "pong"),
        .autoResponse(request: nil, response: nil),
        .life(phase: .hibernating, wake: 5),
        .hibernateBegin,
        .hibernateCancel,
        .hibernateRefused(reason: "prevents hibernation: setTimeout pending"),
        .hibernate(wake: 6, packages: [package], autoRequest: "p", autoResponse: nil),
    ]

    static func bytes(_ message: LinkMessage) -> [UInt8] {
        var buffer = ByteBuffer()
        LinkCodec.encode(message, into: &buffer)
        return Array(buffer.readableBytesView)
    }
}
