/// The rule that gives an object its name from a request's path.
///
/// Shape: `/objects/NAME/websocket` is `NAME`, undecoded; `/websocket` is `test-room`; any other path
/// is a name with its slash. The query is not part of it.
public enum ObjectName {
    /// The longest name, in bytes.
    public static let bytesMax = 1024

    private static let front = "/objects/"
    private static let back = "/websocket"

    /// Reads the name out of a path.
    ///
    /// - Parameter path: the request target, with or without a query.
    /// - Returns: 1…1,024 bytes of the path, or `nil` when it names nothing or too much.
    public static func name(ofPath path: String) -> String? {
        let bytes = path.utf8.prefix { $0 != UInt8(ascii: "?") }
        let name = Self.cut(Substring(bytes))
        let count = name.utf8.count
        return count >= 1 && count <= Self.bytesMax ? String(name) : nil
    }

    private static func cut(_ path: Substring) -> Substring {
        if path == Self.back { return "test-room" }
        // The length is looked at first: front and back must not share their slash.
        guard path.hasPrefix(Self.front), path.hasSuffix(Self.back) else { return path }
        let count = path.utf8.count - Self.front.utf8.count - Self.back.utf8.count
        guard count > 0 else { return "" }
        return path.dropFirst(Self.front.count).dropLast(Self.back.count)
    }
}
