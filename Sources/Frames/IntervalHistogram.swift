/// Lengths of time, counted: their median and their longest, in memory that does not grow with their number.
///
/// The median is exact until there are more different lengths than are kept apart; then neighbouring lengths are counted as
/// the shorter one, in steps that double as often as needed.
public struct IntervalHistogram: Sendable, Hashable {
  /// How many different lengths are kept apart.
  private static let maximumLengths = 1 << 12

  /// How many there are.
  public private(set) var count = 0
  /// The longest, in nanoseconds; nil without any.
  public private(set) var longest: UInt64?

  private var counts: [UInt64: Int] = [:]
  /// Bits of the nanoseconds that are not told apart.
  private var shift: UInt64 = 0

  /// A histogram without lengths.
  public init() {}

  /// Counts a length in nanoseconds.
  public mutating func add(_ nanoseconds: UInt64) {
    count += 1
    longest = max(longest ?? 0, nanoseconds)
    counts[nanoseconds >> shift, default: 0] += 1
    while counts.count > Self.maximumLengths {
      shift += 1
      counts = Dictionary(counts.map { ($0.key >> 1, $0.value) }, uniquingKeysWith: +)
    }
  }

  /// The length in the middle when they are sorted, in nanoseconds; the longer one of two. Nil without any.
  public var median: UInt64? {
    var left = count / 2
    for (length, count) in counts.sorted(by: { $0.key < $1.key }) {
      if left < count { return length << shift }
      left -= count
    }
    return nil
  }

  /// The shortest length that is not rare, in nanoseconds: at least two, and an eighth of all, are that long or up to an eighth
  /// longer. Nil when there is none.
  var shortestUsual: UInt64? {
    let sorted = counts.sorted { $0.key < $1.key }
    let few = max(2, count / 8)
    for (index, entry) in sorted.enumerated() {
      let group = sorted[index...].prefix { $0.key - entry.key <= entry.key / 8 }
      let size = group.reduce(0) { $0 + $1.value }
      guard size >= few else { continue }
      var left = size / 2
      for (length, count) in group {
        if left < count { return length << shift }
        left -= count
      }
    }
    return nil
  }
}
