internal import EdgeCore
internal import FramePath
internal import ObjectLink

/// The profiles in force.
extension ControlAPI {
    func profile() async -> ControlReply {
        let summary = await self.edge.summary()
        return .object { json in
            json.key("version")
            json.int(summary.profileVersion)
            // A 64-bit number is a text in JSON, as in the trace.
            json.key("seed")
            json.string(String(summary.seed))
            json.key("profiles")
            json.beginArray()
            for profile in summary.profiles {
                json.beginObject()
                json.key("file")
                json.string(profile.file)
                json.key("text")
                json.string(profile.text)
                json.endObject()
            }
            json.endArray()
        }
    }

    func putProfile(_ question: ControlQuestion) async throws(ControlFailure) -> ControlReply {
        let texts = try self.texts(question)
        let since = self.log.last
        switch await self.edge.reload(texts) {
        case .done(let words, let version, let warnings):
            self.counters.reloaded(true)
            return .object { json in
                json.key("result")
                json.string(words)
                json.key("version")
                json.int(version)
                json.key("since")
                json.int(since)
                json.key("warnings")
                json.raw(warnings.json)
            }
        case .invalid(let findings):
            self.counters.reloaded(false)
            var failure = ControlFailure(
                422,
                "the profile has errors; the running one stays",
                next: "mend what `errors` names; `torpor faults validate FILE` prints the same"
            )
            failure.more = [("errors", findings.json)]
            throw failure
        case .failed(let words):
            self.counters.reloaded(false)
            throw ControlFailure(409, words, next: "the running one stays; ask again")
        }
    }

    private func texts(
        _ question: ControlQuestion
    ) throws(ControlFailure) -> [LinkMessage.ProfileText] {
        if ControlQuestion.yaml.contains(question.contentType) {
            let file = question.query["file"] ?? "profile.yaml"
            return [
                LinkMessage.ProfileText(
                    file: file,
                    text: String(decoding: question.body, as: UTF8.self)
                )
            ]
        }
        guard !question.body.isEmpty else {
            throw ControlFailure(
                400,
                "there is no profile",
                next: "send YAML as application/yaml, or a JSON list of {file, text}"
            )
        }
        let bodies = try ControlBody.list(question)
        guard bodies.count <= self.limits.profilesMax else {
            throw ControlFailure(
                413,
                "\(bodies.count) profiles",
                next: "send at most \(self.limits.profilesMax)"
            )
        }
        var texts: [LinkMessage.ProfileText] = []
        for var body in bodies {
            let file = try body.text("file")
            let text = try body.text("text")
            try body.end()
            guard let file, let text else {
                throw ControlFailure(
                    400,
                    "a profile is {file, text}",
                    next: "give both, as texts"
                )
            }
            texts.append(LinkMessage.ProfileText(file: file, text: text))
        }
        return texts
    }
}
