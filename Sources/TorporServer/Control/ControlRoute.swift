internal import EdgeCore
internal import FramePath

/// One route: method, path with `{…}` where a name stands, and what it does.
struct ControlRoute: Sendable {
    let method: String
    let path: String
    let answer: @Sendable (ControlAPI, ControlQuestion) async throws(ControlFailure) -> ControlReply

    init(
        _ method: String,
        _ path: String,
        _ answer:
            @escaping @Sendable (ControlAPI, ControlQuestion) async throws(ControlFailure)
            -> ControlReply
    ) {
        self.method = method
        self.path = path
        self.answer = answer
    }

    /// Everything that is served; `openapi.json` lists the same.
    static let all: [ControlRoute] = [
        ControlRoute("GET", "/healthz") { api, _ in await api.healthz() },
        ControlRoute("GET", "/version") { api, _ in api.version() },
        ControlRoute("GET", "/metrics") { api, _ in await api.metrics() },
        ControlRoute("GET", "/openapi.json") { _, _ in OpenAPIDocument.json },
        ControlRoute("GET", "/openapi.yaml") { _, _ in OpenAPIDocument.yaml },
        ControlRoute("GET", "/sessions") { api, question throws(ControlFailure) in
            try await api.sessions(question)
        },
        ControlRoute("GET", "/objects") { api, question throws(ControlFailure) in
            try await api.objects(question)
        },
        ControlRoute("GET", "/profile") { api, _ in await api.profile() },
        ControlRoute("PUT", "/profile") { api, question throws(ControlFailure) in
            try await api.putProfile(question)
        },
        ControlRoute("POST", "/objects/{o}/hibernate") { api, question throws(ControlFailure) in
            try await api.hibernate(question)
        },
        ControlRoute("POST", "/objects/{o}/wake") { api, question throws(ControlFailure) in
            try await api.wake(question)
        },
        ControlRoute("POST", "/objects/{o}/evict") { api, question throws(ControlFailure) in
            try await api.evict(question)
        },
        ControlRoute("POST", "/sessions/{s}/close") { api, question throws(ControlFailure) in
            try await api.close(question)
        },
        ControlRoute("POST", "/sessions/{s}/reset") { api, question throws(ControlFailure) in
            try await api.session(question) { .reset(session: $0) }
        },
        ControlRoute("POST", "/sessions/{s}/stall") { api, question throws(ControlFailure) in
            try await api.session(question) { .stall(session: $0) }
        },
        ControlRoute("POST", "/sessions/{s}/resume") { api, question throws(ControlFailure) in
            try await api.session(question) { .resume(session: $0) }
        },
        ControlRoute("POST", "/wait") { api, question throws(ControlFailure) in
            try await api.wait(question)
        },
        ControlRoute("POST", "/panic") { api, question throws(ControlFailure) in
            try await api.panic(question)
        },
    ]

    /// The methods served at a path that is asked for, sorted; empty when nothing is.
    static func methods(at path: String) -> [String] {
        let asked = path.split(separator: "/", omittingEmptySubsequences: false)
        return Self.all.filter { route in
            let known = route.path.split(separator: "/", omittingEmptySubsequences: false)
            return known.count == asked.count
                && zip(known, asked).allSatisfy { $0.hasPrefix("{") || $0 == $1 }
        }
        .map(\.method).sorted()
    }
}

/// The description of the routes, as it lies in the sources.
enum OpenAPIDocument {
    static var json: ControlReply { ControlReply(body: PackageResources.openapi_json) }

    /// The same bytes: JSON is YAML (YAML 1.2 §1.3).
    static var yaml: ControlReply {
        ControlReply(contentType: "application/yaml", body: PackageResources.openapi_json)
    }
}
