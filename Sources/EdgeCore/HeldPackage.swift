import Faults
import ObjectLink

import struct NIOCore.ByteBuffer

/// What a sleeping session is kept as: its package, without what the session knows itself.
struct HeldPackage {
    /// One text for all sessions of an object that came by the same path.
    let url: String
    var subprotocol: String?
    var tags: [String] = []
    /// Bytes of their own: a slice would keep the whole message it came in.
    var attachment: [UInt8]?
    var nextOrdinal: UInt32 = 0
    var closedOutgoing = false

    /// What the object tells differently, or `nil`.
    func difference(from told: LinkMessage.SessionPackage) -> String? {
        if self.url != told.url { return "url" }
        if self.subprotocol != told.subprotocol { return "subprotocol" }
        if self.tags != told.tags { return "tags" }
        if !self.hasAttachment(told.attachment) { return "attachment" }
        if self.closedOutgoing != told.closedOutgoing { return "close state" }
        return nil
    }

    /// Takes over what the object tells; the ordinals are the edge's.
    mutating func take(_ told: LinkMessage.SessionPackage) {
        if self.url != told.url { self = HeldPackage(url: told.url, nextOrdinal: self.nextOrdinal) }
        self.subprotocol = told.subprotocol
        if self.tags != told.tags { self.tags = told.tags }
        self.attach(told.attachment)
        self.closedOutgoing = told.closedOutgoing
    }

    mutating func attach(_ bytes: ByteBuffer?) {
        guard !self.hasAttachment(bytes) else { return }
        self.attachment = bytes.map { Array($0.readableBytesView) }
    }

    private func hasAttachment(_ bytes: ByteBuffer?) -> Bool {
        guard let bytes, let attachment = self.attachment else {
            return bytes == nil && self.attachment == nil
        }
        return bytes.readableBytesView.elementsEqual(attachment)
    }
}

extension Session {
    /// What a new instance is told of it.
    var linkPackage: LinkMessage.SessionPackage {
        LinkMessage.SessionPackage(
            session: self.id,
            url: self.package.url,
            subprotocol: self.package.subprotocol,
            tags: self.package.tags,
            attachment: self.package.attachment.map { ByteBuffer(bytes: $0) },
            closedOutgoing: self.package.closedOutgoing,
            key: self.facts.key,
            attempt: self.facts.attempt,
            nextOrdinal: self.package.nextOrdinal
        )
    }
}
