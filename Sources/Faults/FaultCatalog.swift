/// The actions there are, for people who write rules.
public enum FaultCatalog {
    /// One kind of action.
    public typealias Entry = (word: String, summary: String, example: String)

    /// All actions, in the order they are best learned.
    public static let actions: [Entry] = [
        ("drop", "the message is gone at this point", "drop: {}"),
        (
            "delay", "it waits; later messages of its session wait behind it",
            "delay: {time: 1500ms, jitter: 200ms}"
        ),
        (
            "reorder", "messages are gathered and leave in another order",
            "reorder: {window: 4, max_hold: 250ms}"
        ),
        ("duplicate", "more of it follow", "duplicate: {copies: 1, after: 20ms}"),
        (
            "stall", "it and all behind it stand still, for a while or for ever",
            "stall: {for: 5s}"
        ),
        (
            "jam", "the object's write of this session never ends (object.send, object.tx)",
            "jam: {}"
        ),
        (
            "close", "it is gone and the client is sent a Close",
            "close: {code: 1012, reason: restart}"
        ),
        ("reset", "it is gone and the client's connection is reset (TCP RST)", "reset: {}"),
        ("evict", "it and the object's instance are gone", "evict: {sockets: keep}"),
    ]
}
