import Faults
import FramePath
import ObjectLink

/// A command whose outcome is not known yet.
struct PendingCommand: Sendable {
    enum Kind: Sendable {
        /// Until the object slept.
        case sleep(object: Int)
        /// Until the object is awake.
        case wake(object: Int)
        /// Until the object server acknowledged the profiles.
        case reload(Rules)
    }

    /// Profiles on their way into force.
    struct Rules: Sendable {
        var profiles: [Profile]
        var texts: [LinkMessage.ProfileText]
        var seed: UInt64
        var version: UInt32
        /// Already in force here; only the object server's word is awaited.
        var isInstalled: Bool
    }

    var id: ControlID
    var kind: Kind
}
