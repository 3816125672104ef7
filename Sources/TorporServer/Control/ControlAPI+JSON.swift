internal import EdgeCore
internal import FramePath

/// States as JSON.
extension ControlAPI {
    static func write(_ link: LinkState?, to json: inout JSONWriter) {
        guard let link else { return }
        json.key("link")
        json.string(link.word)
        guard let reason = link.reason else { return }
        json.key("reason")
        json.string(reason)
    }

    static func write(_ session: SessionStatus, to json: inout JSONWriter) {
        json.beginObject()
        json.key("session")
        json.string(session.id.description)
        json.key("object")
        json.string(session.object)
        json.key("stage")
        json.string(session.stage)
        json.key("key")
        json.string(session.key)
        json.key("attempt")
        json.int(session.attempt)
        if let peer = session.peer {
            json.key("peer")
            json.string(peer)
        }
        json.key("framesReceived")
        json.int(session.framesReceived)
        json.key("framesSent")
        json.int(session.framesSent)
        json.key("held")
        json.int(session.heldMessages)
        json.key("stalled")
        json.bool(session.isStalled)
        json.endObject()
    }

    static func write(_ object: ObjectStatus, to json: inout JSONWriter) {
        json.beginObject()
        json.key("object")
        json.string(object.name)
        json.key("phase")
        json.string(object.phase.rawValue)
        json.key("wake")
        if let wake = object.wake { json.int(wake) } else { json.null() }
        json.key("sessions")
        json.int(object.sessions)
        json.key("queuedMessages")
        json.int(object.queuedMessages)
        json.key("queuedBytes")
        json.int(object.queuedBytes)
        json.endObject()
    }
}
