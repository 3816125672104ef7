internal import EdgeCore
internal import FrameTrace

/// What the control interface asks of whatever holds the sessions, always on its event loop.
protocol ControlledPlane: AnyObject {
    /// Asks something; `then` is called once, in this turn of the loop or a later one.
    func command(_ command: ControlCommand, then: @escaping (ControlResult) -> Void)
    /// The whole in numbers.
    func summary() -> ControlSummary
    /// A part of the list of objects.
    func objects(after: Int, limit: Int) -> ControlPage<ObjectStatus>
    /// A part of the list of sessions.
    func sessions(after: Int, limit: Int) -> ControlPage<SessionStatus>
    /// Records steps, and messages too when asked, and hands everything recorded to `onRecorded`.
    func observe(messages: Bool, onRecorded: @escaping ([Recorded]) -> Void)
    /// Tells of each change of the link, where there is one.
    func observeLink(_ onLink: @escaping (LinkState) -> Void)
}
