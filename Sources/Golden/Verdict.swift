/// What is to be said of one frame, and, as the worst of them, of a run.
///
/// The raw values are what result files say. The exit code of a run is that of its worst verdict, in this order from
/// the worst: `unreadable`, `mismatch`, `notReached`, `missingGolden`, `pass`. An image that is wrong says more than
/// one that did not come, and that more than one that was not approved yet.
public enum Verdict: String, Sendable, Codable, CaseIterable {
  /// The frame is its golden, pixel by pixel.
  case pass
  /// It is not.
  case mismatch
  /// There is no golden for it.
  case missingGolden = "missing-golden"
  /// There is a golden, and no frame for it came.
  case notReached = "not-reached"
  /// The frame or its golden cannot be read.
  case unreadable

  /// What a program ends with: 0, 1, 2, 5 and, for what cannot be read, 74 as in `sysexits.h`.
  public var exitCode: Int32 {
    switch self {
    case .pass: 0
    case .mismatch: 1
    case .missingGolden: 2
    case .notReached: 5
    case .unreadable: 74
    }
  }

  /// True when this one decides over the other.
  func isWorse(than other: Verdict) -> Bool { rank > other.rank }

  private var rank: Int {
    switch self {
    case .pass: 0
    case .missingGolden: 1
    case .notReached: 2
    case .mismatch: 3
    case .unreadable: 4
    }
  }
}
