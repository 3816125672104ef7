/// An operator's mistake: what was found and what to do next, without a stack of causes.
struct CommandFailure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
