internal import ArgumentParser
internal import FaultFiles
internal import Faults
internal import Foundation
internal import ObjectLink

/// The profiles in force, and the seed of every draw.
struct FaultOptions: ParsableArguments {
    @Option(
        name: .customLong("faults"),
        help: ArgumentHelp(
            "A fault profile: a file, or the name of one under faults/. Repeatable.",
            valueName: "file"
        )
    )
    var files: [String] = []

    @Option(help: "Seed of every random decision; beats the profile's own.")
    var seed: UInt64?

    /// Reads every profile; all errors of all files at once.
    func read() throws -> LoadedProfiles {
        try LoadedProfiles(names: self.files, seed: self.seed)
    }
}

/// Profiles read from files, with what the object server needs to read them again.
struct LoadedProfiles {
    let profiles: [Profile]
    let texts: [LinkMessage.ProfileText]
    let seed: UInt64
    /// The seed of the command line, which beats those of profiles, also of later ones.
    let givenSeed: UInt64?

    init(names: [String], seed: UInt64?) throws {
        var profiles: [Profile] = []
        var texts: [LinkMessage.ProfileText] = []
        var rendered: [String] = []
        for name in names {
            let file = try ProfileFiles.locate(name)
            let text = try ProfileFiles.text(of: file)
            switch ProfileReader.read(text: text, file: file) {
            case .success(let profile):
                profiles.append(profile)
                texts.append(LinkMessage.ProfileText(file: file, text: text))
            case .failure(let failure):
                rendered += failure.errors.filter { !$0.isWarning }.map(\.rendered)
            }
        }
        for (place, profile) in profiles.enumerated()
        where profiles[..<place].contains(where: { $0.name == profile.name }) {
            rendered.append("\(profile.file): the name '\(profile.name)' is given twice")
        }
        guard rendered.isEmpty else { throw CommandFailure(rendered.joined(separator: "\n")) }
        self.profiles = profiles
        self.texts = texts
        self.givenSeed = seed
        self.seed = seed ?? profiles.compactMap(\.seed).first ?? 0
    }

    /// The same files as they are now.
    func readAgain() throws -> [LinkMessage.ProfileText] {
        try self.texts.map {
            LinkMessage.ProfileText(file: $0.file, text: try ProfileFiles.text(of: $0.file))
        }
    }

    var names: String {
        self.profiles.isEmpty
            ? "no faults" : self.profiles.map(\.name).joined(separator: ", ")
    }

    var engine: FaultEngine {
        FaultEngine(profiles: self.profiles, seed: self.seed, version: 1)
    }
}

/// Where profiles lie.
enum ProfileFiles {
    /// The largest profile or script that is read.
    static let bytesMax = 1 << 20

    /// The file of a profile: the path itself, or `NAME.yaml` in any folder under `faults/`.
    static func locate(_ name: String) throws -> String {
        var isFolder: ObjCBool = false
        if FileManager.default.fileExists(atPath: name, isDirectory: &isFolder), !isFolder.boolValue
        {
            return name
        }
        let known = Self.all(under: "faults")
        if let match = known.first(where: { Self.name(of: $0) == name }) { return match }
        let names = known.map(Self.name(of:)).joined(separator: ", ")
        throw CommandFailure(
            "no profile '\(name)': neither a file nor a name under faults/"
                + (names.isEmpty ? "" : "; known names: \(names)")
        )
    }

    /// Every profile under a folder, or the file itself, in order of its path.
    static func all(under path: String) -> [String] {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            return []
        }
        guard isFolder.boolValue else { return [path] }
        let entries =
            FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String } ?? []
        return entries.filter { $0.hasSuffix(".yaml") || $0.hasSuffix(".yml") }.sorted()
            .map { path.hasSuffix("/") ? path + $0 : path + "/" + $0 }
    }

    /// The name a file goes by.
    static func name(of file: String) -> String {
        let last = file.split(separator: "/").last.map(String.init) ?? file
        return last.replacing(".yaml", with: "").replacing(".yml", with: "")
    }

    /// The text of a profile or script, bounded.
    static func text(of file: String) throws -> String {
        guard let data = FileManager.default.contents(atPath: file) else {
            throw CommandFailure("cannot read \(file): no such file, or not readable")
        }
        guard data.count <= Self.bytesMax else {
            throw CommandFailure("\(file) has \(data.count) bytes; at most 1 MiB is read")
        }
        guard let text = String(data: data, encoding: .utf8) else {
            throw CommandFailure("\(file) is not UTF-8 text")
        }
        return text
    }
}
