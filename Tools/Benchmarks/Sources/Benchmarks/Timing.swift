/// Times of one operation, in seconds, of which the median is quoted: these machines are shared and noisy.
struct Timing {
  let samples: [Double]

  /// Runs `body` a few times to warm up, then `count` times with a clock beside it.
  init(count: Int, warmUp: Int = 3, _ body: () throws -> Void) rethrows {
    for _ in 0..<warmUp { try body() }
    var samples: [Double] = []
    samples.reserveCapacity(count)
    let clock = ContinuousClock()
    for _ in 0..<count {
      let duration = try clock.measure(body).components
      samples.append(Double(duration.seconds) + Double(duration.attoseconds) / 1e18)
    }
    self.samples = samples.sorted()
  }

  /// Runs two bodies in turn, so that both see the same machine, and keeps their times apart.
  static func alternating(
    count: Int, _ first: () throws -> Void, _ second: () throws -> Void
  ) rethrows -> (Timing, Timing) {
    let pairs = try (0..<count).map { _ in
      (try Timing(count: 1, warmUp: 0, first).median, try Timing(count: 1, warmUp: 0, second).median)
    }
    return (Timing(pairs.map(\.0)), Timing(pairs.map(\.1)))
  }

  private init(_ samples: [Double]) {
    self.samples = samples.sorted()
  }

  var median: Double { samples[samples.count / 2] }

  /// The time that 99 of 100 samples stay below.
  var percentile99: Double { samples[min(samples.count - 1, samples.count * 99 / 100)] }
}

/// A line of the report: what, how much, and its share of what is possible.
enum BenchmarkReport {
  static func line(_ name: String, _ figure: String, _ limit: String = "") {
    func pad(_ text: String, _ width: Int) -> String {
      text + String(repeating: " ", count: max(1, width - text.count))
    }
    print("  " + pad(name, 44) + pad(figure, 26) + limit)
  }

  static func rounded(_ value: Double, _ digits: Int = 1) -> String {
    var scale = 1.0
    for _ in 0..<digits { scale *= 10 }
    let whole = (value * scale).rounded() / scale
    return digits == 0 ? "\(Int(whole))" : "\(whole)"
  }

  static func microseconds(_ seconds: Double) -> String {
    rounded(seconds * 1e6) + " µs"
  }
}
