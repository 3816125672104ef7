internal import FramePath

/// Which events a `POST /wait` waits for: those that have every value it names.
struct EventFilter: Sendable {
    var event: SeenEvent.Kind?
    var what: String?
    var object: String?
    var session: SessionID?
    var point: Point?
    var direction: Direction?
    var type: String?
    var rule: String?

    /// Whether messages, or decisions at the object server's points, can be among what it waits for:
    /// both are recorded only while somebody does.
    var wantsMessages: Bool {
        switch self.event {
        case .message, .fault, nil: true
        case .life, .socket, .link, .mark: false
        }
    }

    func matches(_ seen: SeenEvent) -> Bool {
        Self.fits(self.event, seen.event) && Self.fits(self.what, seen.what)
            && Self.fits(self.object, seen.object) && Self.fits(self.session, seen.session)
            && Self.fits(self.point, seen.point) && Self.fits(self.direction, seen.direction)
            && Self.fits(self.type, seen.type) && Self.fits(self.rule, seen.rule)
            // A rule that only looked did nothing worth waiting for.
            && seen.fired != false
    }

    private static func fits<Value: Equatable>(_ wanted: Value?, _ found: Value?) -> Bool {
        wanted == nil || wanted == found
    }
}
