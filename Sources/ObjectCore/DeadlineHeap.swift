import FramePath

/// The earliest deadlines of many objects.
///
/// Shape: a binary heap; an entry may be out of date, so whoever takes one asks the object itself.
/// Equal times come out in the order they went in, so a run repeats.
struct DeadlineHeap: Sendable {
    struct Entry: Sendable {
        let time: Tick
        let number: UInt64
        let slot: Int
    }

    private var entries: [Entry] = []
    private var number: UInt64 = 0

    var first: Tick? { self.entries.first?.time }

    mutating func insert(_ time: Tick, slot: Int) {
        self.number += 1
        self.entries.append(Entry(time: time, number: self.number, slot: slot))
        var child = self.entries.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard Self.precedes(self.entries[child], self.entries[parent]) else { return }
            self.entries.swapAt(child, parent)
            child = parent
        }
    }

    /// Takes the earliest entry that is due.
    mutating func next(now: Tick) -> Entry? {
        guard let first = self.entries.first, first.time <= now else { return nil }
        let last = self.entries.removeLast()
        if !self.entries.isEmpty {
            self.entries[0] = last
            self.sink()
        }
        return first
    }

    private mutating func sink() {
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < self.entries.count {
                if Self.precedes(self.entries[child], self.entries[least]) { least = child }
            }
            guard least != parent else { return }
            self.entries.swapAt(parent, least)
            parent = least
        }
    }

    private static func precedes(_ left: Entry, _ right: Entry) -> Bool {
        (left.time, left.number) < (right.time, right.number)
    }
}
