import EdgeCore
import FramePath
import ObjectCore
import ObjectLink
import WebSocketWire

import struct NIOCore.ByteBuffer

/// The wires: what one core wants done becomes an event of another, later.
extension World {
    func perform(_ action: EdgeAction) {
        switch action {
        case .write(let leg, let bytes):
            guard let index = self.legs[leg] else { return }
            self.schedule.plan(.toClient(index, bytes), at: self.now + self.network.client)
            self.schedule.plan(
                .edge(.clientWrote(leg, bytes: bytes.readableBytes)),
                at: self.now + self.network.client
            )
        case .close(let leg), .reset(let leg): self.closeByEdge(leg)
        case .pauseReads(let leg): self.paused[leg] = self.paused[leg] ?? []
        case .resumeReads(let leg):
            for event in self.paused.removeValue(forKey: leg) ?? [] {
                self.schedule.plan(.edge(event), at: self.now)
            }
        case .control(let message): self.toHost(.control(edge: self.link, message))
        case .openStream(let stream, let object):
            self.toHost(.streamOpened(self.hostStream(stream), object: object))
        case .send(let stream, let message):
            self.toHost(.stream(self.hostStream(stream), message))
        case .endStream(let stream):
            self.toHost(.streamEnded(self.hostStream(stream), clean: true))
        case .resetStream(let stream):
            self.toHost(.streamEnded(self.hostStream(stream), clean: false))
        case .request(let request, let method, let target, let headers, let body):
            self.toHost(
                .request(
                    id: request.number,
                    method: method,
                    target: target,
                    headers: headers,
                    body: body
                )
            )
        case .cancelRequest: break
        case .answer(let id, let result): self.answers.append((id, result))
        case .linkChanged: break
        case .finished: self.isEdgeFinished = true
        }
    }

    func perform(_ action: HostAction) {
        switch action {
        case .control(_, let message): self.toEdge(.control(message))
        case .send(let stream, let message):
            self.toEdge(.streamMessage(LinkStreamID(number: stream.number), message))
        case .endStream(let stream):
            self.toEdge(.streamEnded(LinkStreamID(number: stream.number), clean: true))
        case .resetStream(let stream):
            self.toEdge(.streamEnded(LinkStreamID(number: stream.number), clean: false))
        case .respond(let id, let status, let headers, let body):
            self.toEdge(
                .response(RequestID(number: id), status: status, headers: headers, body: body)
            )
        case .finished: break
        }
    }

    private func hostStream(_ stream: LinkStreamID) -> HostStreamID {
        HostStreamID(edge: self.link, number: stream.number)
    }

    private func toHost(_ event: HostEvent) {
        guard self.isLinkUp else { return }
        self.schedule.plan(.host(event, link: self.link), at: self.now + self.network.link)
    }

    private func toEdge(_ event: EdgeEvent) {
        self.schedule.plan(.edgeFromLink(event, link: self.link), at: self.now + self.network.link)
    }

    private func closeByEdge(_ leg: LegID) {
        guard let index = self.legs[leg] else { return }
        self.schedule.plan(.closedByEdge(index), at: self.now + self.network.client)
        self.schedule.plan(.edge(.clientClosed(leg)), at: self.now + self.network.client)
    }
}
