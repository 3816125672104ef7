/// One connection of a lane, as its handshake asks for it.
public struct ScriptSession: Sendable, Equatable {
    /// A request header.
    public struct Header: Sendable, Equatable {
        /// Its name.
        public var name: String
        /// Its value.
        public var value: ScriptText

        /// Makes a header.
        ///
        /// - Parameters:
        ///   - name: its name.
        ///   - value: its value.
        public init(name: String, value: ScriptText) {
            self.name = name
            self.value = value
        }
    }

    /// What the script calls it.
    public var name: String
    /// Path and query; `nil` for the path of the URL that is probed.
    public var path: ScriptText?
    /// Whether `path` is the session's own, which no path of the URL replaces.
    public var isPathFixed: Bool
    /// More request headers, cookies among them.
    public var headers: [Header]
    /// Offered, most wanted first.
    public var subprotocols: [ScriptText]
    /// What every new connection waits for before its next step; judged by no one.
    public var greeting: ScriptExpectation?

    /// Makes a session.
    ///
    /// - Parameters:
    ///   - name: what the script calls it.
    ///   - path: path and query.
    ///   - isPathFixed: whether no path of the URL replaces it.
    ///   - headers: more request headers.
    ///   - subprotocols: offered, most wanted first.
    ///   - greeting: what every new connection waits for.
    public init(
        name: String,
        path: ScriptText? = nil,
        isPathFixed: Bool = false,
        headers: [Header] = [],
        subprotocols: [ScriptText] = [],
        greeting: ScriptExpectation? = nil
    ) {
        self.name = name
        self.path = path
        self.isPathFixed = isPathFixed
        self.headers = headers
        self.subprotocols = subprotocols
        self.greeting = greeting
    }
}
