/// The paths that take a WebSocket.
///
/// Source: contract §1, last bullet.
enum SocketPath {
    /// As told to whoever asks for another.
    static let known = "/websocket or /objects/NAME/websocket"

    /// Bytes of an object's name, at most.
    private static let nameBytesMax = 1_024

    /// Whether a request target takes a WebSocket; its query does not matter.
    static func isSocket(_ target: String) -> Bool {
        let path = Self.path(target)
        if path == "/websocket" { return true }
        guard path.hasPrefix("/objects/"), path.hasSuffix("/websocket") else { return false }
        let length = path.utf8.count - "/objects/".utf8.count - "/websocket".utf8.count
        return (1...Self.nameBytesMax).contains(length)
    }

    /// A request target without its query.
    static func path(_ target: String) -> Substring {
        target[..<(target.firstIndex(of: "?") ?? target.endIndex)]
    }
}
