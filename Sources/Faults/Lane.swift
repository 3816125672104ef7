import DequeModule
public import FramePath

/// The messages of one session that wait at one point.
///
/// Shape: first in, first out, except for windows of `reorder` and for late copies. A message
/// leaves no earlier than its own time and never before the one ahead of it. Time comes in with
/// each call. Limit: none of its own; whoever enters messages looks at `count`.
public struct Lane<Element: Sendable>: Sendable {
    private struct Held {
        var element: Element
        var due: Tick
        var isGathered = false
    }

    private struct Window {
        var size: Int
        var gathered: Int
        var deadline: Tick
        var draw: UInt64
    }

    private var queue: Deque<Held> = []
    /// Copies that follow later than their original, soonest first.
    private var copies: [Held] = []
    private var window: Window?
    /// Nothing that enters from now on leaves before this.
    private var floor: Tick = .zero
    private var isHeldByFloor = false

    /// Whether nothing leaves any more.
    public private(set) var isStopped = false

    /// Makes a lane with nothing in it.
    public init() {}

    /// How many messages wait.
    public var count: Int { self.queue.count + self.copies.count }

    /// Whether a message that meets no fault may go on directly.
    public var isIdle: Bool {
        self.queue.isEmpty && self.copies.isEmpty && !self.isStopped && !self.isHeldByFloor
    }

    /// Takes a message in.
    ///
    /// - Parameters:
    ///   - element: the message; it does not wait here when `effects` ends its way.
    ///   - effects: what the engine said, nothing for a message it let pass.
    ///   - now: the time.
    ///   - copy: makes copy n, from 1, of a message.
    public mutating func enter(
        _ element: Element,
        effects: Effects,
        now: Tick,
        copy: (Element, UInt16) -> Element
    ) {
        self.stand(effects, now: now)
        let due = max(self.floor, now + effects.delay)
        var latest = due
        if effects.ending == .none {
            self.floor = due
            let isGathered = self.gather(effects, now: now)
            self.queue.append(Held(element: element, due: due, isGathered: isGathered))
            if let window { latest = max(due, window.deadline) }
        }
        for (number, span) in effects.copies.enumerated() {
            self.enterCopy(
                copy(element, UInt16(truncatingIfNeeded: number + 1)),
                due: span == .zero ? due : latest + span,
                follows: span == .zero
            )
        }
        if let window, window.gathered >= window.size { self.closeWindow() }
    }

    /// Gives the next message whose time has come.
    ///
    /// - Parameter now: the time.
    /// - Returns: a message to send on; `nil` when all must wait.
    public mutating func next(now: Tick) -> Element? {
        guard !self.isStopped else { return nil }
        if self.isHeldByFloor, self.floor <= now { self.isHeldByFloor = false }
        if let window, window.deadline <= now { self.closeWindow() }
        let copyDue = self.copies.first?.due ?? Tick(nanoseconds: .max)
        if let head = self.queue.first, !head.isGathered, head.due <= now, head.due <= copyDue {
            return self.queue.popFirst()?.element
        }
        if let late = self.copies.first, late.due <= now {
            self.copies.removeFirst()
            return late.element
        }
        return nil
    }

    /// When `next` must be asked again; `nil` when time alone changes nothing.
    public var deadline: Tick? {
        guard !self.isStopped else { return nil }
        var soonest: Tick?
        func consider(_ moment: Tick) { soonest = min(soonest ?? moment, moment) }
        if let head = self.queue.first, !head.isGathered { consider(head.due) }
        if let window { consider(window.deadline) }
        if let late = self.copies.first { consider(late.due) }
        if self.isHeldByFloor { consider(self.floor) }
        return soonest
    }

    /// Lets nothing leave until `letGo`.
    public mutating func stop() { self.isStopped = true }

    /// Ends whatever holds messages here: each is due now, in the order it would have left.
    ///
    /// - Parameter now: the time.
    public mutating func letGo(now: Tick) {
        self.isStopped = false
        self.isHeldByFloor = false
        self.floor = now
        self.closeWindow()
        for place in self.queue.indices { self.queue[place].due = now }
        for place in self.copies.indices { self.copies[place].due = now }
    }

    /// Empties the lane and sets it going again.
    ///
    /// - Returns: how many messages were lost.
    public mutating func removeAll() -> Int {
        let lost = self.count
        self = Lane()
        return lost
    }

    private mutating func stand(_ effects: Effects, now: Tick) {
        if effects.jams { self.isStopped = true }
        switch effects.stall {
        case .forever: self.isStopped = true
        case .span(let span):
            self.floor = max(self.floor, now + span)
            self.isHeldByFloor = true
        case nil: break
        }
    }

    /// Puts the message that enters into a window, when it must be in one.
    private mutating func gather(_ effects: Effects, now: Tick) -> Bool {
        guard let reorder = effects.reorder, reorder.window > 1 else { return false }
        var window =
            self.window
            ?? Window(
                size: reorder.window,
                gathered: 0,
                deadline: now + reorder.holdMax,
                draw: reorder.draw
            )
        window.gathered += 1
        self.window = window
        return true
    }

    private mutating func enterCopy(_ element: Element, due: Tick, follows: Bool) {
        let held = Held(element: element, due: due)
        guard !follows else {
            self.queue.append(held)
            return
        }
        let place = self.copies.firstIndex { $0.due > due } ?? self.copies.endIndex
        self.copies.insert(held, at: place)
    }

    /// Lets the window's messages go, each in the place of another of them.
    private mutating func closeWindow() {
        guard let window else { return }
        self.window = nil
        let places = self.queue.indices.filter { self.queue[$0].isGathered }
        let order = Self.shuffled(places.count, draw: window.draw)
        let elements = places.map { self.queue[$0].element }
        for (number, place) in places.enumerated() {
            self.queue[place].element = elements[order[number]]
            self.queue[place].isGathered = false
        }
    }

    /// An order of 0..<count that the draw determines and that is not the one they came in.
    private static func shuffled(_ count: Int, draw: UInt64) -> [Int] {
        var order = Array(0..<count)
        guard count > 1 else { return order }
        for place in stride(from: count - 1, to: 0, by: -1) {
            let bits = Philox.draw(key: (draw, 0), counter: (UInt64(place), 0, 0, 0)).0
            let other = Int(bits.multipliedFullWidth(by: UInt64(place) + 1).high)
            order.swapAt(place, other)
        }
        if order == Array(0..<count) { order.swapAt(0, count - 1) }
        return order
    }
}
