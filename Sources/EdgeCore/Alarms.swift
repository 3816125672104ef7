import FramePath

/// Deadlines ordered by time, then by the order they were set.
///
/// Shape: a binary heap. A deadline is never taken out early: whoever is woken looks whether it still
/// stands.
struct Alarms<Kind: Sendable>: Sendable {
    struct Entry: Sendable {
        var at: Tick
        var number: UInt64
        var kind: Kind

        static func < (left: Entry, right: Entry) -> Bool {
            left.at == right.at ? left.number < right.number : left.at < right.at
        }
    }

    /// Entries for which room is kept when there are none.
    private static var idleCapacityMax: Int { 1_024 }

    private var heap: [Entry] = []
    private var number: UInt64 = 0

    var earliest: Tick? { self.heap.first?.at }

    mutating func set(_ kind: Kind, at: Tick) {
        self.number += 1
        self.heap.append(Entry(at: at, number: self.number, kind: kind))
        var child = self.heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard self.heap[child] < self.heap[parent] else { break }
            self.heap.swapAt(child, parent)
            child = parent
        }
    }

    mutating func next(now: Tick) -> Kind? {
        guard let first = self.heap.first, first.at <= now else { return nil }
        let last = self.heap.removeLast()
        if !self.heap.isEmpty {
            self.heap[0] = last
            self.sink()
        } else if self.heap.capacity > Self.idleCapacityMax {
            // A burst of connections left room that nothing will need for long.
            self.heap = []
        }
        return first.kind
    }

    private mutating func sink() {
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < self.heap.count {
                if self.heap[child] < self.heap[least] { least = child }
            }
            guard least != parent else { return }
            self.heap.swapAt(parent, least)
            parent = least
        }
    }
}
