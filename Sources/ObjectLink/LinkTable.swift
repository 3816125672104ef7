import FramePath

/// Enumerations as bytes: a value's place in its list of cases.
///
/// The order of declaration is thereby part of the link's version.
enum LinkTable {
    static let directions = Direction.allCases
    static let births: [MessageID.Birth] = [.path, .edge]
    static let kinds = MessageKind.allCases
    static let phases = Phase.allCases
    static let handlers = Handler.allCases
    static let reasons = LinkMessage.WakeReason.allCases

    static func byte<Value: Equatable>(_ value: Value, in table: [Value]) -> UInt8 {
        guard let index = table.firstIndex(of: value) else {
            preconditionFailure("a case is missing from its table")
        }
        return UInt8(index)
    }
}

/// The single bits of a message's stamps.
enum LinkFlag {
    static let control: UInt8 = 1
    static let broadcast: UInt8 = 2
    static let type: UInt8 = 4
    static let cause: UInt8 = 8
    static let all: UInt8 = 15
}
