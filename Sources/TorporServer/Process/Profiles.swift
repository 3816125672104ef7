internal import FaultFiles
public import Faults
public import ObjectLink

/// Profiles as text to the engine that decides by them.
public enum Profiles {
    /// Reads every profile, collecting every error of all of them.
    ///
    /// - Parameter texts: the files as read.
    /// - Returns: the profiles in order, or all errors as they are shown to a person.
    public static func read(
        _ texts: [LinkMessage.ProfileText]
    ) -> Result<[Profile], ServerFailure> {
        var profiles: [Profile] = []
        var errors: [String] = []
        for text in texts {
            switch ProfileReader.read(text: text.text, file: text.file) {
            case .success(let profile): profiles.append(profile)
            case .failure(let failure):
                errors.append(contentsOf: failure.errors.map(\.rendered))
            }
        }
        guard errors.isEmpty else {
            return .failure(ServerFailure(errors.joined(separator: "\n")))
        }
        return .success(profiles)
    }

    /// The seed in force: the one given beats the first that a profile has.
    ///
    /// - Parameters:
    ///   - given: of `--seed`.
    ///   - profiles: in the order of `--faults`.
    /// - Returns: the seed, 0 when nobody names one.
    public static func seed(given: UInt64?, profiles: [Profile]) -> UInt64 {
        given ?? profiles.lazy.compactMap(\.seed).first ?? 0
    }
}
