import Faults
import FramePath
import Testing

@Suite struct LaneTests {
    private func enter(
        _ element: String,
        into lane: inout Lane<String>,
        at milliseconds: UInt64,
        _ change: (inout Effects) -> Void = { _ in }
    ) {
        var effects = Effects()
        change(&effects)
        let now = Tick.zero + .milliseconds(milliseconds)
        lane.enter(element, effects: effects, now: now) { "\($0)+\($1)" }
    }

    private func drain(_ lane: inout Lane<String>, at milliseconds: UInt64) -> [String] {
        var out: [String] = []
        while let next = lane.next(now: .zero + .milliseconds(milliseconds)) { out.append(next) }
        return out
    }

    @Test("a delayed message holds back those behind it and the lane is idle again after")
    func delay() {
        var lane = Lane<String>()
        #expect(lane.isIdle)
        self.enter("a", into: &lane, at: 0) { $0.delay = .milliseconds(100) }
        self.enter("b", into: &lane, at: 10)
        #expect(!lane.isIdle)
        #expect(lane.deadline == .zero + .milliseconds(100))
        #expect(self.drain(&lane, at: 99) == [])
        #expect(self.drain(&lane, at: 100) == ["a", "b"])
        #expect(lane.isIdle)
        #expect(lane.deadline == nil)
    }

    @Test("a jammed lane and one stalled for ever release nothing until emptied")
    func jam() {
        for change: (inout Effects) -> Void in [{ $0.jams = true }, { $0.stall = .forever }] {
            var lane = Lane<String>()
            self.enter("a", into: &lane, at: 0, change)
            self.enter("b", into: &lane, at: 1)
            #expect(self.drain(&lane, at: 1_000_000) == [])
            #expect(lane.deadline == nil)
            #expect(lane.count == 2)
            #expect(lane.removeAll() == 2)
            #expect(lane.isIdle)
        }
    }

    @Test("a stall holds later messages even when its own message is dropped")
    func stall() {
        var lane = Lane<String>()
        self.enter("a", into: &lane, at: 0) {
            $0.stall = .span(.milliseconds(50))
            $0.ending = .drop
        }
        #expect(!lane.isIdle)
        self.enter("b", into: &lane, at: 1)
        #expect(self.drain(&lane, at: 49) == [])
        #expect(self.drain(&lane, at: 50) == ["b"])
        #expect(lane.isIdle)
    }

    @Test("copies follow their original by their spans, and outlive a dropped one")
    func copies() {
        var lane = Lane<String>()
        self.enter("a", into: &lane, at: 0) { $0.copies = [.zero, .milliseconds(20)] }
        self.enter("b", into: &lane, at: 1)
        #expect(self.drain(&lane, at: 1) == ["a", "a+1", "b"])
        #expect(lane.deadline == .zero + .milliseconds(20))
        #expect(self.drain(&lane, at: 20) == ["a+2"])
        self.enter("c", into: &lane, at: 30) {
            $0.copies = [.zero]
            $0.ending = .drop
        }
        #expect(self.drain(&lane, at: 30) == ["c+1"])
        #expect(lane.isIdle)
    }

    @Test("a full window leaves at once, in another order, and nothing is lost", arguments: 0..<50)
    func window(draw: UInt64) {
        var lane = Lane<String>()
        let names = ["a", "b", "c", "d"]
        let reorder = Effects.Reorder(window: 4, holdMax: .milliseconds(250), draw: draw)
        for name in names.dropLast() {
            self.enter(name, into: &lane, at: 0) { $0.reorder = reorder }
            #expect(self.drain(&lane, at: 0) == [])
        }
        self.enter("d", into: &lane, at: 5) { $0.reorder = reorder }
        let out = self.drain(&lane, at: 5)
        #expect(out != names)
        #expect(out.sorted() == names)
        #expect(lane.isIdle)
    }

    @Test("a window that does not fill leaves at its deadline; others keep their place behind it")
    func hold() {
        var lane = Lane<String>()
        let reorder = Effects.Reorder(window: 4, holdMax: .milliseconds(250), draw: 1)
        self.enter("a", into: &lane, at: 0) { $0.reorder = reorder }
        self.enter("close", into: &lane, at: 10)
        #expect(lane.deadline == .zero + .milliseconds(250))
        #expect(self.drain(&lane, at: 249) == [])
        #expect(self.drain(&lane, at: 250) == ["a", "close"])
    }

    @Test("what is let go leaves at once and in the order it would have left, whatever held it")
    func letGo() {
        var lane = Lane<String>()
        self.enter("a", into: &lane, at: 0) { $0.delay = .seconds(60) }
        self.enter("b", into: &lane, at: 1) { $0.jams = true }
        self.enter("c", into: &lane, at: 2) { $0.copies = [.seconds(9)] }
        lane.stop()
        #expect(self.drain(&lane, at: 100_000) == [])
        lane.letGo(now: .zero + .milliseconds(3))
        #expect(self.drain(&lane, at: 3) == ["a", "b", "c", "c+1"])
        #expect(lane.isIdle)
    }

    @Test("a window that waits for more is let go shuffled, as it would have been")
    func letGoWindow() {
        var lane = Lane<String>()
        for element in ["a", "b", "c"] {
            self.enter(element, into: &lane, at: 0) {
                $0.reorder = Effects.Reorder(window: 5, holdMax: .seconds(60), draw: 7)
            }
        }
        lane.letGo(now: .zero)
        let out = self.drain(&lane, at: 0)
        #expect(out.sorted() == ["a", "b", "c"])
        #expect(out != ["a", "b", "c"])
    }
}
