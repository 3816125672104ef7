import FramePath
import ObjectLink

import struct NIOCore.ByteBuffer

/// One accepted socket as the runtime knows it: what survives a sleep.
struct HeldSocket: Sendable {
    let session: SessionID
    let url: String
    var subprotocol: String?
    var tags: [String]
    var attachment: ByteBuffer?
    /// The object closed it; the peer has not answered yet.
    var closedOutgoing = false
    /// A rule or the peer ended it: sends are ignored without a word, as the runtime does.
    var isGone = false
    let key: String
    let attempt: UInt32
    /// One more than the newest to-object ordinal that came.
    var nextOrdinal: UInt32

    init(_ request: LinkMessage.OpenRequest, subprotocol: String?, tags: [String]) {
        self.session = request.session
        self.url = request.url
        self.subprotocol = subprotocol
        self.tags = tags
        self.key = request.key
        self.attempt = request.attempt
        self.nextOrdinal = 0
    }

    init(_ package: LinkMessage.SessionPackage) {
        self.session = package.session
        self.url = package.url
        self.subprotocol = package.subprotocol
        self.tags = package.tags
        self.attachment = package.attachment
        self.closedOutgoing = package.closedOutgoing
        self.key = package.key
        self.attempt = package.attempt
        self.nextOrdinal = package.nextOrdinal
    }

    var package: LinkMessage.SessionPackage {
        LinkMessage.SessionPackage(
            session: self.session,
            url: self.url,
            subprotocol: self.subprotocol,
            tags: self.tags,
            attachment: self.attachment,
            closedOutgoing: self.closedOutgoing,
            key: self.key,
            attempt: self.attempt,
            nextOrdinal: self.nextOrdinal
        )
    }

    /// At most so many bytes on the link.
    var packageBytesMax: Int {
        var bytes = 64 + self.url.utf8.count + self.key.utf8.count
        bytes += self.subprotocol?.utf8.count ?? 0
        bytes += self.attachment?.readableBytes ?? 0
        for tag in self.tags { bytes += 4 + tag.utf8.count }
        return bytes
    }
}
