internal import FaultFiles
public import Faults
public import ObjectLink

/// Profiles as text to the engine that decides by them.
public enum Profiles {
    /// Reads every profile, collecting every error of all of them.
    ///
    /// - Parameters:
    ///   - texts: the files as read.
    ///   - seed: the seed given by `--seed`; it beats the one in a file.
    ///   - version: raised by each reload.
    /// - Returns: the engine, or all errors as they are shown to a person.
    public static func engine(
        _ texts: [LinkMessage.ProfileText],
        seed: UInt64,
        version: UInt32
    ) -> Result<FaultEngine, ServerFailure> {
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
        return .success(FaultEngine(profiles: profiles, seed: seed, version: version))
    }
}
