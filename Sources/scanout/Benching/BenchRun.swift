import Display
import LinuxIO

/// Measures back ends with the same commands in turn, so that other load on the machine affects all of them alike.
struct BenchRun {
  /// Seconds for which one back end is measured before the next one.
  private static let slice = 0.05
  /// Repetitions before the measurement starts, because the first ones map memory pages.
  private static let warmUps = 3

  let targets: [BenchTarget]
  let sizes: [Size]
  /// How long each back end is measured, for each measure.
  let seconds: Double
  /// True: what comes over a display socket is received into memory of its own, as QEMU receives it.
  let keepsFrames: Bool

  /// Connects to all back ends, measures them, and disconnects.
  func run() throws -> BenchReport {
    let imageSizes = BenchMeasure.imageSizes(sizes)
    let backEnds = try targets.map { try BenchBackEnd.connect($0, sizes: imageSizes, keepsFrames: keepsFrames) }
    let measures = BenchMeasure.all(sizes)
    let rounds = max(1, Int((seconds / Self.slice).rounded(.up)))
    let progress = ProgressBar("measuring")
    var done = 0
    let rows = try measures.map { measure in
      let samples = try samples(of: measure, backEnds, rounds: rounds) {
        done += 1
        progress.show(done, of: rounds * measures.count)
      }
      return BenchReport.Row(measure, samples)
    }
    return BenchReport(secondsPerMeasure: seconds, backEnds: backEnds.map(BenchReport.BackEnd.init), rows: rows)
  }

  /// Times of each back end; nil for one that does not offer the operation.
  private func samples(
    of measure: BenchMeasure, _ backEnds: [BenchBackEnd], rounds: Int, afterEach progress: () -> Void
  ) throws -> [OperationTimes?] {
    let operations = try backEnds.map { backEnd in
      try backEnd.reporting { backEnd in
        let operation = try measure.prepare(backEnd)
        for _ in 0..<Self.warmUps { try operation?() }
        return operation
      }
    }
    var slices = [Slices](repeating: Slices(), count: backEnds.count)
    for round in 0..<rounds {
      for turn in backEnds.indices {
        // Rotates the order, because the first back end of a round runs right after the progress bar was drawn.
        let index = (round + turn) % backEnds.count
        guard let operation = operations[index] else { continue }
        try backEnds[index].reporting { try measureSlice(operation, $0, into: &slices[index]) }
      }
      progress()
    }
    return slices.map(OperationTimes.init)
  }

  private func measureSlice(
    _ operation: () throws -> Void, _ backEnd: BenchBackEnd, into slices: inout Slices
  ) throws {
    let before = backEnd.processorTime
    let end = Alarm.now + UInt64(min(Self.slice, seconds) * 1e9)
    var now = Alarm.now
    repeat {
      try operation()
      let after = Alarm.now
      slices.times.append(Double(after - now) / 1e9)
      now = after
    } while now < end
    slices.add(before, backEnd.processorTime)
  }

  /// Measured times of one back end, collected slice by slice.
  struct Slices {
    /// How long each operation took, in seconds.
    var times: [Double] = []
    /// Processor time of all operations, in seconds; nil: not known.
    private(set) var processorTime: Double? = 0

    mutating func add(_ start: UInt64?, _ end: UInt64?) {
      guard let start, let end, let sum = processorTime, end >= start else { return processorTime = nil }
      processorTime = sum + Double(end - start) / 1e9
    }
  }
}

/// Summary of the times of one operation, in seconds. Machines are shared and noisy, so the median represents them.
struct OperationTimes {
  let count: Int
  let median: Double
  /// 99th percentile.
  let percentile99: Double
  /// Processor time of one operation on average, in all processes; nil: not known.
  let processorTime: Double?

  /// Summarises slices; nil when they have no time.
  init?(_ slices: BenchRun.Slices) {
    guard !slices.times.isEmpty else { return nil }
    let sorted = slices.times.sorted()
    count = sorted.count
    median = sorted[sorted.count / 2]
    percentile99 = sorted[min(sorted.count - 1, sorted.count * 99 / 100)]
    processorTime = slices.processorTime.map { $0 / Double(sorted.count) }
  }
}
