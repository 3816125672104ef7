import FramePath

extension LinkReader {
    /// Reads everything after the type byte.
    mutating func fields(of code: LinkCode) throws(LinkViolation) -> LinkMessage {
        switch code {
        case .hello, .helloAck, .helloRefused, .attachRequest, .reload:
            try self.controlFields(of: code)
        case .wake, .open, .message, .close, .error, .hibernateReady, .hibernateRequest, .credit:
            try self.toObjectFields(of: code)
        case .accept, .reject, .send, .closeSession, .cutSession, .attach, .autoResponse, .life,
            .hibernateBegin, .hibernateCancel, .hibernateRefused, .hibernate:
            try self.toEdgeFields(of: code)
        }
    }

    private mutating func controlFields(of code: LinkCode) throws(LinkViolation) -> LinkMessage {
        switch code {
        case .hello:
            .hello(
                edge: try self.integer("edge"),
                run: try self.text("run"),
                seed: try self.integer("seed"),
                profiles: try self.profiles(),
                version: try self.integer("version")
            )
        case .reload:
            .reload(
                seed: try self.integer("seed"),
                profiles: try self.profiles(),
                version: try self.integer("version"),
                letsGo: try self.bool("letsGo")
            )
        case .helloAck: .helloAck(version: try self.integer("version"))
        case .helloRefused: .helloRefused(reason: try self.text("reason"))
        case .attachRequest:
            .attachRequest(
                object: try self.text("object"),
                reason: try self.value("reason", in: LinkTable.reasons)
            )
        default: preconditionFailure("not a message of the control stream")
        }
    }

    private mutating func profiles() throws(LinkViolation) -> [LinkMessage.ProfileText] {
        try self.list("profiles", elementLengthMin: 8) {
            (reader: inout LinkReader) throws(LinkViolation) in
            LinkMessage.ProfileText(
                file: try reader.text("profile file"),
                text: try reader.text("profile text")
            )
        }
    }

    private mutating func toObjectFields(of code: LinkCode) throws(LinkViolation) -> LinkMessage {
        switch code {
        case .wake:
            .wake(
                reason: try self.value("reason", in: LinkTable.reasons),
                highestWake: try self.optional("highestWake") {
                    (reader: inout LinkReader) throws(LinkViolation) in
                    try reader.integer("highestWake")
                },
                packages: try self.packages()
            )
        case .open: .open(try self.openRequest())
        case .message: .message(try self.message())
        case .close:
            .close(
                session: try self.session(),
                code: try self.integer("code"),
                reason: try self.text("reason"),
                wasClean: try self.bool("wasClean")
            )
        case .error: .error(session: try self.session(), reason: try self.text("reason"))
        case .hibernateReady: .hibernateReady
        case .hibernateRequest: .hibernateRequest
        case .credit: .credit(session: try self.session(), bytes: try self.integer("bytes"))
        default: preconditionFailure("not a message from edge to object")
        }
    }

    private mutating func toEdgeFields(of code: LinkCode) throws(LinkViolation) -> LinkMessage {
        switch code {
        case .accept:
            .accept(
                session: try self.session(),
                wake: try self.integer("wake"),
                subprotocol: try self.optionalText("subprotocol"),
                tags: try self.texts("tags")
            )
        case .reject:
            .reject(
                session: try self.session(),
                status: try self.integer("status"),
                body: try self.text("body")
            )
        case .send: .send(try self.message())
        case .closeSession:
            .closeSession(
                session: try self.session(),
                code: try self.integer("code"),
                reason: try self.text("reason")
            )
        case .cutSession:
            .cutSession(
                session: try self.session(),
                code: try self.optional("code") {
                    (reader: inout LinkReader) throws(LinkViolation) in
                    try reader.integer("code")
                },
                reason: try self.text("reason")
            )
        case .attach:
            .attach(session: try self.session(), attachment: try self.bytes("attachment"))
        case .autoResponse:
            .autoResponse(
                request: try self.optionalText("request"),
                response: try self.optionalText("response")
            )
        case .life:
            .life(
                phase: try self.value("phase", in: LinkTable.phases),
                wake: try self.integer("wake")
            )
        case .hibernateBegin: .hibernateBegin
        case .hibernateCancel: .hibernateCancel
        case .hibernateRefused: .hibernateRefused(reason: try self.text("reason"))
        case .hibernate:
            .hibernate(
                wake: try self.integer("wake"),
                packages: try self.packages(),
                autoRequest: try self.optionalText("autoRequest"),
                autoResponse: try self.optionalText("autoResponse")
            )
        default: preconditionFailure("not a message from object to edge")
        }
    }
}
