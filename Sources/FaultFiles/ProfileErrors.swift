import FramePath

/// All that is wrong with one or more files, in file order.
public struct ProfileErrors: Error, Sendable, Equatable {
    /// Errors and warnings.
    public var errors: [ProfileError]

    /// Makes a list.
    public init(errors: [ProfileError]) {
        self.errors = errors
    }

    /// Whether a file must not be used.
    public var hasErrors: Bool { self.errors.contains { !$0.isWarning } }

    /// The form for a terminal; no newline at the end.
    public var rendered: String {
        self.errors.map(\.rendered).joined(separator: "\n")
    }

    /// The form for programs: a JSON array.
    public var json: String {
        var writer = JSONWriter()
        writer.beginArray()
        for error in self.errors { error.write(to: &writer) }
        writer.endArray()
        return writer.text
    }
}

extension ProfileErrors: CustomStringConvertible {
    /// The form for a terminal.
    public var description: String { self.rendered }
}
