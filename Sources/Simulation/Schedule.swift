import FramePath

/// Events of the future, ordered by time and then by the order they were planned.
///
/// Shape: a binary heap; two events of one time never change places between runs.
struct Schedule<Event> {
    private struct Entry {
        var at: Tick
        var number: UInt64
        var event: Event

        func isBefore(_ other: Entry) -> Bool {
            self.at == other.at ? self.number < other.number : self.at < other.at
        }
    }

    private var heap: [Entry] = []
    private var number: UInt64 = 0

    var earliest: Tick? { self.heap.first?.at }
    var count: Int { self.heap.count }

    mutating func plan(_ event: Event, at: Tick) {
        self.number += 1
        self.heap.append(Entry(at: at, number: self.number, event: event))
        var child = self.heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard self.heap[child].isBefore(self.heap[parent]) else { break }
            self.heap.swapAt(child, parent)
            child = parent
        }
    }

    mutating func next(until end: Tick) -> (at: Tick, event: Event)? {
        guard let first = self.heap.first, first.at <= end else { return nil }
        let last = self.heap.removeLast()
        if !self.heap.isEmpty {
            self.heap[0] = last
            self.sink()
        }
        return (first.at, first.event)
    }

    private mutating func sink() {
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < self.heap.count {
                if self.heap[child].isBefore(self.heap[least]) { least = child }
            }
            guard least != parent else { return }
            self.heap.swapAt(parent, least)
            parent = least
        }
    }
}
