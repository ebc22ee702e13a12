import Display
import DisplaySocket
import Text

/// Result of `scanout bench`, as a table and as JSON.
struct BenchReport: Encodable {
  struct BackEnd: Encodable {
    let name: String
    /// True when the back end can show guest memory without a copy.
    let hasBlobs: Bool
    /// Counts of what came over its display socket; nil: it takes none.
    let display: ReceivedPixels?

    init(_ backEnd: BenchBackEnd) {
      name = backEnd.target.name
      hasBlobs = backEnd.hasBlobs
      display = backEnd.traffic.map {
        ReceivedPixels(updates: $0.updates, pixelBytes: $0.pixelBytes, sharedUpdates: $0.sharedUpdates)
      }
    }
  }

  struct ReceivedPixels: Encodable {
    let updates: Int
    let pixelBytes: UInt64
    let sharedUpdates: Int
  }

  /// Times of one operation on one back end.
  struct Figure: Encodable {
    let samples: Int
    let medianMicroseconds: Double
    let percentile99Microseconds: Double
    /// Processor time of one operation on average, in the back end and in the process that receives its frames.
    let processorMicroseconds: Double?
    /// Operations a second, by the median.
    let operationsPerSecond: Double
    let gigabytesPerSecond: Double?
  }

  /// One operation with a figure for each back end, in their order; nil: the back end does not offer it.
  struct Row: Encodable {
    let operation: BenchMeasure.Operation
    let size: Size?
    let figures: [Figure?]
    /// For each but the first, its median as a multiple of the first's.
    let ratios: [Double?]
    /// The same ratios of processor time.
    let processorRatios: [Double?]

    init(_ measure: BenchMeasure, _ samples: [OperationTimes?]) {
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

  /// The report as one sentence.
  var summary: String {
    "\(count(rows.count, "measure")) of \(backEnds.map { $0.name.printable }.joined(separator: ", "))"
  }

  let secondsPerMeasure: Double
  let backEnds: [BackEnd]
  let rows: [Row]
}
