/// The version that traces and the command line name.
public enum TorporVersion {
    /// The words of `torpor --version` and of a trace's run row.
    public static let text = "torpor 0.1.0"
}
