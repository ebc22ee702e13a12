import Foundation

/// How close the device comes to the machine's own limits, as ratios, which do not depend on how fast the machine is.
///
/// A ratio is the time of the limit divided by the device's: larger is better.
final class Ratios {
  /// How often everything is measured for a check: the median of the runs counts.
  static let runs = 3
  /// The part of a threshold that a ratio has to reach.
  private static let tolerance = 0.95

  private var ratios: [String: [Double]] = [:]

  /// Takes note of a ratio of one run.
  func add(_ name: String, _ ratio: Double) {
    ratios[name, default: []].append(ratio)
  }

  private var medians: [String: Double] {
    ratios.mapValues { ratios in ratios.sorted()[ratios.count / 2] }
  }

  /// Writes the medians as the thresholds of later checks.
  func record(in file: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    let rounded = medians.mapValues { ($0 * 10_000).rounded() / 10_000 }
    try (encoder.encode(rounded) + Data("\n".utf8)).write(to: URL(filePath: file))
    print("The thresholds are in \(file).")
  }

  /// Prints each ratio beside its threshold; false when one is too small, or is measured and has none.
  func check(against file: String) throws -> Bool {
    let thresholds = try JSONDecoder().decode([String: Double].self, from: Data(contentsOf: URL(filePath: file)))
    let medians = medians
    var isFastEnough = true
    print("Ratios, and the thresholds of which each has to reach \(Self.tolerance):")
    for name in Set(thresholds.keys).union(medians.keys).sorted() {
      let (median, threshold) = (medians[name], thresholds[name])
      var verdict = ""
      if let median, let threshold {
        if median < threshold * Self.tolerance { verdict = "TOO SLOW" }
      } else {
        verdict = median == nil ? "NOT MEASURED" : "NO THRESHOLD"
      }
      isFastEnough = isFastEnough && verdict.isEmpty
      func text(_ ratio: Double?) -> String { ratio.map { BenchmarkReport.rounded($0, 4) } ?? "-" }
      BenchmarkReport.line(name, text(median), "of \(text(threshold))" + (verdict.isEmpty ? "" : "   \(verdict)"))
    }
    return isFastEnough
  }
}
