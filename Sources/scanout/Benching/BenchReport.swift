import Display
import Text
import DisplaySocket

/// What `scanout bench` found, in words and as JSON.
struct BenchReport: Encodable {
  struct BackEnd: Encodable {
    let name: String
    /// True when it shows a guest's own memory.
    let hasBlobs: Bool
    /// What came over its display socket; nil: it takes none.
    let display: Received?

    init(_ backEnd: BenchBackEnd) {
      name = backEnd.place.name
      hasBlobs = backEnd.hasBlobs
      display = backEnd.traffic.map {
        Received(updates: $0.updates, pixelBytes: $0.pixelBytes, sharedUpdates: $0.sharedUpdates)
      }
    }
  }

  struct Received: Encodable {
    let updates: Int
    let pixelBytes: UInt64
    let sharedUpdates: Int
  }

  /// What one back end needed for one operation.
  struct Figure: Encodable {
    let samples: Int
    let medianMicroseconds: Double
    let percentile99Microseconds: Double
    /// What one took of processors on average, in the back end and in the process that received its pictures.
    let processorMicroseconds: Double?
    /// Operations in a second of medians.
    let operationsPerSecond: Double
    let gigabytesPerSecond: Double?
  }

  /// A measure, with a figure for each back end in their order; nil: it does not offer that.
  struct Row: Encodable {
    let operation: BenchMeasure.Operation
    let size: Size?
    let figures: [Figure?]
    /// For each but the first, its median as a multiple of the first's.
    let ratios: [Double?]
    /// The same of what they took of processors.
    let processorRatios: [Double?]

    init(_ measure: BenchMeasure, _ samples: [Samples?]) {
      operation = measure.operation
      size = measure.size
      figures = samples.map { samples in
        samples.map { samples in
          Figure(
            samples: samples.count, medianMicroseconds: Self.rounded(samples.median * 1e6),
            percentile99Microseconds: Self.rounded(samples.percentile99 * 1e6),
            processorMicroseconds: samples.processorTime.map { Self.rounded($0 * 1e6) },
            operationsPerSecond: Self.rounded(1 / samples.median),
            gigabytesPerSecond: measure.byteCount.map { Self.rounded(Double($0) / samples.median / 1e9) })
        }
      }
      let first = samples.first.flatMap { $0 }
      ratios = samples.dropFirst().map { Self.ratio($0?.median, first?.median) }
      processorRatios = samples.dropFirst().map { Self.ratio($0?.processorTime, first?.processorTime) }
    }

    private static func ratio(_ value: Double?, _ first: Double?) -> Double? {
      guard let value, let first, first > 0 else { return nil }
      return rounded(value / first)
    }

    /// To hundredths: the rest is noise.
    private static func rounded(_ value: Double) -> Double { (value * 100).rounded() / 100 }
  }

  /// In a sentence.
  var summary: String {
    "\(count(rows.count, "measure")) of \(backEnds.map { $0.name.printable }.joined(separator: ", "))"
  }

  let secondsPerMeasure: Double
  let backEnds: [BackEnd]
  let rows: [Row]
}
