import FaultFiles
import Faults
import Foundation
import FramePath
import FrameTrace
import ObjectLink
import Simulation
import Testing

@Suite("The shipped profiles in virtual time")
struct ProfileTests {
    /// Where a profile loses what the object sends after a wake, or nowhere.
    struct Loss: CustomTestStringConvertible, Sendable {
        var profile: String
        /// The last point that saw it, and the first that did not.
        var last: Point?
        var first: Point?
        var testDescription: String { self.profile }
    }

    static func setting(_ name: String) throws -> Setting {
        let folder = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let path = "/\(folder)/faults/\(name).yaml"
        let text = try String(contentsOfFile: path, encoding: .utf8)
        let profile = try ProfileReader.read(text: text, file: path).get()
        var setting = Setting()
        setting.profiles = [LinkMessage.ProfileText(file: path, text: text)]
        setting.engine = FaultEngine(profiles: [profile], seed: setting.seed, version: 1)
        return setting
    }

    /// A life, a sleep, and a second life of one client, with twenty messages in each.
    static func play(_ setting: Setting) throws -> (World, SimulatedClient) {
        let world = setting.world()
        let client = try world.join("a")
        for _ in 0..<2 {
            for number in 0..<20 {
                world.say(client, type: "message", "n\(number)")
                world.run(for: .milliseconds(50))
            }
            world.run(for: .seconds(20))
        }
        return (world, client)
    }

    @Test(
        "a profile that loses messages loses them at its place and nowhere else",
        arguments: [
            Loss(profile: "silent-handlers", last: .objectTx, first: .edgeRx),
            Loss(profile: "jammed-pump", last: .objectSend, first: .edgeRx),
            Loss(profile: "edge-to-client-loss", last: .edgeTx, first: nil),
            Loss(profile: "pass-through", last: nil, first: nil),
        ]
    )
    func losses(loss: Loss) throws {
        let (world, client) = try Self.play(try Self.setting(loss.profile))
        #expect(client.isOpen)
        let ofHandlers = { (point: Point) in
            world.seen(point, .toClient).count { $0.handler == .webSocketMessage }
        }
        // Everything reaches the handlers whatever is lost behind them.
        #expect(world.seen(.objectDispatch, .toObject).count == 40)
        guard let last = loss.last else {
            #expect(client.messages.count == 41)
            return
        }
        #expect(client.types == ["welcome"])
        #expect(ofHandlers(last) == 40)
        if let first = loss.first { #expect(ofHandlers(first) == 0) }
        if last == .edgeTx {
            let numbers = world.edgeTrace.compactMap { recorded -> UInt64? in
                guard case .frame(let seen) = recorded.event, seen.point == .edgeTx,
                    seen.message.handler == .webSocketMessage
                else { return nil }
                return seen.sequence
            }
            #expect(numbers.isEmpty, "what was lost on the way to the client has no number")
        }
    }

    @Test("messages are dropped, delayed or reordered only after a wake, and decisions repeat")
    func afterWake() throws {
        for name in ["drop-after-wake", "delay-after-wake", "reorder-after-wake"] {
            var texts: [[String]] = []
            for _ in 0..<2 {
                let (world, client) = try Self.play(try Self.setting(name))
                let fired = (world.hostTrace + world.edgeTrace).count {
                    if case .fault(let fault) = $0.event { fault.decision.fired } else { false }
                }
                #expect(fired > 0, "\(name) never fired")
                texts.append(client.messages.map(\.text))
                let firstLife = client.messages.dropFirst().prefix(20).enumerated()
                for (number, message) in firstLife {
                    #expect(message.text.contains("n\(number)\""), "\(name) in the first life")
                }
                if name == "drop-after-wake" { #expect(client.messages.count < 41) }
                if name == "delay-after-wake" { #expect(client.messages.count == 41) }
                if name == "reorder-after-wake" { #expect(client.messages.count == 41) }
            }
            #expect(texts[0] == texts[1])
        }
    }
}
