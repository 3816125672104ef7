import FramePath

/// Which messages handed to any backend were answered, as far as an edge can see.
///
/// Shape: a backend does not say what its messages answer. Each is given to the oldest message of its
/// session's leg that awaits one of such a type; which types answer which is learned first. What was sent
/// on one leg is not answered on the next.
struct BackendAnswers {
    /// Nanoseconds from a message's hand-over to its answer.
    private(set) var latency: [Int: Int64] = [:]
    /// Messages handed to the backend, as places in the index.
    private(set) var asked: [Int] = []

    /// Longest usual time to an answer, of nine in ten.
    var usual: Int64 {
        let sorted = self.latency.values.sorted()
        return sorted.isEmpty ? 0 : sorted[min(sorted.count * 9 / 10, sorted.count - 1)]
    }

    private enum Step {
        case ask(Int)
        case answer(type: String)
        case woken
    }

    private struct Moment {
        var session: SessionID
        var file: Int
        var number: UInt64
        var time: Int64
        var step: Step
    }

    init(_ judge: Judge) {
        let moments = Self.moments(judge)
        let learned = Learned(moments, judge.index)
        self.latency = Self.match(moments, judge.index, learned)
        self.asked = moments.compactMap { if case .ask(let place) = $0.step { place } else { nil } }
    }

    private static func moments(_ judge: Judge) -> [Moment] {
        var moments: [Moment] = []
        for (place, lineage) in judge.index.lineages.enumerated() {
            guard lineage.isJudged, !lineage.isDuplicate, !lineage.isGreeting,
                let sighting = lineage.slots[2]
            else { continue }
            let isAsk = lineage.id.direction == .toObject
            if isAsk {
                guard case .delivered = judge.outcomes[place] else { continue }
            }
            moments.append(
                Moment(
                    session: lineage.id.session,
                    file: sighting.file,
                    number: sighting.number,
                    time: sighting.time,
                    step: isAsk ? .ask(place) : .answer(type: lineage.type ?? "")
                )
            )
        }
        for wake in judge.index.legs.wakes where wake.outcome == .woken {
            moments.append(
                Moment(
                    session: wake.session,
                    file: wake.file,
                    number: wake.number,
                    time: wake.begin,
                    step: .woken
                )
            )
        }
        return moments.sorted { ($0.file, $0.number) < ($1.file, $1.number) }
    }

    private static func match(
        _ moments: [Moment],
        _ index: TraceIndex,
        _ learned: Learned
    ) -> [Int: Int64] {
        var waiting: [SessionID: [(place: Int, time: Int64)]] = [:]
        var latency: [Int: Int64] = [:]
        for moment in moments {
            switch moment.step {
            case .woken: waiting[moment.session] = nil
            case .ask(let place): waiting[moment.session, default: []].append((place, moment.time))
            case .answer(let type):
                let open = waiting[moment.session] ?? []
                let found = open.firstIndex {
                    learned.fits(index.lineages[$0.place].type ?? "", type)
                }
                guard let found else { continue }
                latency[open[found].place] = moment.time - open[found].time
                waiting[moment.session]?.remove(at: found)
            }
        }
        return latency
    }

    /// Which types answer which, from the moments that leave no doubt: one message waited, or none did.
    private struct Learned {
        private var answers: [String: [String: Int]] = [:]
        private var unasked: [String: (count: Int, all: Int)] = [:]

        init(_ moments: [Moment], _ index: TraceIndex) {
            var waiting: [SessionID: [String]] = [:]
            for moment in moments {
                switch moment.step {
                case .woken: waiting[moment.session] = nil
                case .ask(let place):
                    waiting[moment.session, default: []].append(index.lineages[place].type ?? "")
                case .answer(let type):
                    let open = waiting[moment.session] ?? []
                    self.unasked[type, default: (0, 0)].all += 1
                    if open.isEmpty { self.unasked[type, default: (0, 0)].count += 1 }
                    if open.count == 1 {
                        self.answers[open[0], default: [:]][type, default: 0] += 1
                    }
                    if !open.isEmpty { waiting[moment.session]?.removeFirst() }
                }
            }
        }

        /// Whether one may answer the other; of a type that was never asked alone, every one may that does
        /// not mostly come unasked.
        func fits(_ ask: String, _ answer: String) -> Bool {
            let pushed = self.unasked[answer] ?? (0, 0)
            guard pushed.count * 2 < pushed.all || pushed.count == 0 else { return false }
            guard let known = self.answers[ask], let most = known.values.max() else { return true }
            return (known[answer] ?? 0) * 2 >= most
        }
    }
}
