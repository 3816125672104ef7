/// Values in an array with a free list, so that a place keeps its index while it is used.
///
/// Shape: a free place holds `blank`; mutate through `values[index]`.
struct Slots<Value> {
    var values: [Value] = []
    private(set) var usedCount = 0
    private var free: [Int] = []
    private let blank: Value

    init(blank: Value) { self.blank = blank }

    mutating func insert(_ value: Value) -> Int {
        self.usedCount += 1
        guard let index = self.free.popLast() else {
            self.values.append(value)
            return self.values.count - 1
        }
        self.values[index] = value
        return index
    }

    mutating func remove(at index: Int) {
        self.values[index] = self.blank
        self.free.append(index)
        self.usedCount -= 1
    }
}
