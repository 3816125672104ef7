internal import Faults
internal import ObjectCore

/// What one column of a study is made of.
struct StudySubject {
    let name: String
    let about: String
    let mode: ObjectMode
    let loaded: LoadedProfiles
    let profile: Profile?

    /// The three references, then each profile.
    static func all(profiles: [String], seed: UInt64?) throws -> [StudySubject] {
        let none = try LoadedProfiles(names: [], seed: seed)
        var subjects = [
            StudySubject(
                name: "no-faults",
                about: "The service as it is: it sleeps and wakes, no rule.",
                mode: .hibernating,
                loaded: none,
                profile: nil
            ),
            StudySubject(
                name: "resident",
                about: "The same service never sleeping, as a local run often is.",
                mode: .resident,
                loaded: none,
                profile: nil
            ),
            StudySubject(
                name: "forgetful",
                about: "Its sockets stand in a plain table in memory, lost on wake; no rule.",
                mode: .forgetful,
                loaded: none,
                profile: nil
            ),
        ]
        for name in profiles {
            let loaded = try LoadedProfiles(names: [name], seed: seed)
            guard let profile = loaded.profiles.first else { continue }
            subjects.append(
                StudySubject(
                    name: profile.name,
                    about: profile.about,
                    mode: .hibernating,
                    loaded: loaded,
                    profile: profile
                )
            )
        }
        return subjects
    }

    /// The flags of `torpor up` that make this subject.
    var flags: [String] { self.mode == .hibernating ? [] : ["--mode", self.mode.rawValue] }
}
