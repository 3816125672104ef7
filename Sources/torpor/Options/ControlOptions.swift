internal import ArgumentParser
internal import EdgeCore
internal import Foundation
internal import TorporServer

/// Where operators and tests reach a running edge.
struct ControlOptions: ParsableArguments {
    /// Where it is when nobody says otherwise.
    static let standard = ListenAddress(host: "127.0.0.1", port: 8079)

    @Option(help: "HOST:PORT of the control interface, or off. (default: 127.0.0.1:8079)")
    var control: ControlAddress?

    @Option(
        help: "The secret of the control interface, needed off loopback; else TORPOR_CONTROL_TOKEN."
    )
    var controlToken: String?

    var token: String? {
        let given =
            self.controlToken ?? ProcessInfo.processInfo.environment["TORPOR_CONTROL_TOKEN"]
        return given?.isEmpty == true ? nil : given
    }

    /// Starts it; a port in use is an error only where the operator named it.
    ///
    /// - Parameters:
    ///   - edge: what is controlled.
    ///   - clock: the run's.
    /// - Returns: the running interface, `nil` when there is none.
    /// - Throws: an address that may not be had, or cannot.
    func start(for edge: ControlledEdge, clock: RunClock) async throws -> ControlServer? {
        let address: ListenAddress
        switch self.control {
        case .off: return nil
        case .at(let given): address = given
        case nil: address = Self.standard
        }
        guard self.token != nil || address.isLoopback else {
            throw CommandFailure(
                "\(address) is not loopback: give --control-token or TORPOR_CONTROL_TOKEN"
            )
        }
        let configuration = ControlServer.Configuration(
            listen: address,
            token: self.token,
            clock: clock
        )
        do {
            return try await ControlServer.start(configuration, edge: edge)
        } catch let failure as ServerFailure where self.control == nil {
            Terminal.note("control is off: \(failure); --control HOST:PORT puts it elsewhere")
            return nil
        }
    }
}

/// An address, or none.
enum ControlAddress: ExpressibleByArgument {
    case off
    case at(ListenAddress)

    init?(argument: String) {
        if argument == "off" {
            self = .off
        } else if let address = ListenAddress(argument: argument) {
            self = .at(address)
        } else {
            return nil
        }
    }
}
